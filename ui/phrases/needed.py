"""Enough judgements? As `feedback.preferences.night_needs` and `feedback.trials.needed` say it, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Sequence

from feedback.preferences.night_needs import NightNeeds
from feedback.statistics import rounded
from feedback.trials.deciders import PromotionRule
from feedback.trials.needed import HORIZON, Needed, TrialNeeds
from finetune.jobs.judgements_needed import JudgementsNeeded
from ui.languages import _, ngettext


def describe_needed(needs: JudgementsNeeded) -> list[str]:
    """A line for the night, and one for each open trial; one more for those who have looked at it."""
    return [describe_night(needs["night"]), *(line for trial in needs["trials"] for line in describe_trial(trial))]


def describe_rule(rule: PromotionRule) -> str:
    """Who promotes what a trial proves."""
    if not rule.automatic:
        return _("Promotion: by hand.")
    return _("Promotion: the night promotes a proven candidate by itself, once {n} people have judged.", n=rule.people)


def describe_night(needs: NightNeeds) -> str:
    if needs["first"] is not None:
        return ngettext(
            "Night: {n} pair with a preference is judged, and the first night needs {first}.",
            "Night: {n} pairs with a preference are judged, and the first night needs {first}.",
            needs["new"],
            first=needs["first"],
        )
    since = ngettext(
        "Night: {n} judgement is new since run {run}, which learned from {learned_from}.",
        "Night: {n} judgements are new since run {run}, which learned from {learned_from}.",
        needs["new"],
        run=needs["run"],
        learned_from=needs["learned_from"],
    )
    return f"{since} {describe_suggestion(needs)}"


def describe_suggestion(needs: NightNeeds) -> str:
    runs = needs["points"]
    if not needs["known"]:
        return _(
            "How many make a night better is not known yet: that takes three runs, one of them of twice as many"
            " judgements as another."
        )
    if needs["median"] is None:
        if needs["low"] is None:
            return _("The learning curve of {runs} runs is too flat to say how many make a night better.", runs=runs)
        return _(
            "The learning curve of {runs} runs is too flat to say how many make a night better: {low} at least.",
            runs=runs,
            low=rounded(needs["low"]),
        )
    numbers = {"runs": runs, **{name: rounded(needs[name] or 0) for name in ("low", "median", "high")}}
    if needs["high"] is None:
        return _(
            "The learning curve of {runs} runs suggests {median} until one more verdict in a hundred is predicted"
            " ({low} to more than the curve can tell, eight times in ten).",
            **numbers,
        )
    return _(
        "The learning curve of {runs} runs suggests {median} until one more verdict in a hundred is predicted"
        " ({low} to {high}, eight times in ten).",
        **numbers,
    )


def describe_trial(needs: TrialNeeds) -> list[str]:
    names = {"trial": needs["trial"], "candidate": needs["candidate"], "people": describe_people(needs)}
    rates = dict(
        zip(("a", "b", "c"), (f"{100 * (each['win_rate'] or 0):.0f}" for each in needs["at_rates"]), strict=True)
    )
    more = dict(zip(("x", "y", "z"), map(describe_more, needs["at_rates"]), strict=True))
    line = ngettext(
        "Trial {trial} of {candidate}: {n} pair judged by {people}. If it wins {a}, {b} or {c} % of pairs, it is decided"
        " after {x}, {y} or {z} more pairs (the range holds eight times in ten).",
        "Trial {trial} of {candidate}: {n} pairs judged by {people}. If it wins {a}, {b} or {c} % of pairs, it is decided"
        " after {x}, {y} or {z} more pairs (the range holds eight times in ten).",
        needs["judged"],
        **names,
        **rates,
        **more,
    )
    return [line, *describe_as_judged(needs)]


def describe_people(needs: TrialNeeds) -> str:
    if needs["raters"] < needs["needed"]:
        return _("{raters} of the {needed} people needed", raters=needs["raters"], needed=needs["needed"])
    return ngettext("{n} person", "{n} people", needs["raters"])


def describe_as_judged(needs: TrialNeeds) -> Sequence[str]:
    seen = needs["as_judged"]
    if seen is None:
        return []
    if seen["high"] == 0:
        return [_("As trial {trial} stands, it is decided.", trial=needs["trial"])]
    share = f"{100 * seen['proven']:.0f}"
    names = {"trial": needs["trial"], "candidate": needs["candidate"], "more": describe_more(seen), "share": share}
    return [_("As trial {trial} stands: {more} more pairs, and {share} % of such trials prove {candidate}.", **names)]


def describe_more(needed: Needed) -> str:
    """As `feedback.trials.needed.describe_more`."""
    low, median, high = (describe_number(needed[name]) for name in ("low", "median", "high"))
    if low == median == high:
        return median
    if needed["median"] is None:
        return _("{median} ({low} to {high})", median=median, low=low, high=high)
    return _("about {median} ({low} to {high})", median=median, low=low, high=high)


def describe_number(number: int | None) -> str:
    return _("more than {number}", number=HORIZON) if number is None else str(rounded(number))
