"""How a trial stands, in one line."""

from __future__ import annotations

from math import ceil

from feedback.trials.results import TrialResults, is_lost
from ui.languages import _, ngettext


def describe_standing(results: TrialResults) -> str:
    """As `feedback.trials.results.describe_results` has it, in the language that is spoken."""
    names = {"candidate": results["candidate"], "baseline": results["baseline"]}
    judged, wins, ties = results["pairs_judged"], results["wins"], results["ties"]
    if not judged:
        return _("{candidate}: none of {pairs} blind pairs is judged yet", **names, pairs=results["pairs"])
    won = ngettext(
        "{candidate} won {wins} of {n} blind pair against {baseline}",
        "{candidate} won {wins} of {n} blind pairs against {baseline}",
        judged,
        **names,
        wins=wins,
    )
    tied = [ngettext("{n} tied", "{n} tied", ties)] if ties else []
    return f"{', '.join([won, *tied])} ({describe_bound(results)})"


def describe_bound(results: TrialResults) -> str:
    """How sure it is, or the people who are missing."""
    if results["raters"] < results["needed"]:
        people = {"raters": results["raters"], "needed": results["needed"]}
        return _("none counts yet: {raters} of the {needed} people needed have judged", **people)
    low, high = int(results["low"] * 100), ceil(results["high"] * 100)
    is_all, lost = results["counted"] >= results["pairs_judged"], is_lost(results)
    if is_all:
        return _("at most {high} %, 95 % sure", high=high) if lost else _("at least {low} %, 95 % sure", low=low)
    if lost:
        return _("at most {high} %, 95 % sure, from the {counted} that count", high=high, counted=results["counted"])
    return _("at least {low} %, 95 % sure, from the {counted} that count", low=low, counted=results["counted"])
