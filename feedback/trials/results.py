"""What blind pairs say about a candidate: the outcomes of trials, counted, with an interval that allows peeking."""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from typing import Any

from feedback.clock import seconds_between
from feedback.statistics import confidence_sequence
from feedback.store import Studio

UNDO_SECONDS = 10.0  # in which a verdict on a trial pair may be mended; time to notice a slip, too little to ask around
ON_PAIR = """((b."left" = tp.candidate_take AND b."right" = tp.baseline_take)
    OR (b."left" = tp.baseline_take AND b."right" = tp.candidate_take))"""
BALLOTS = """
SELECT tp.id AS pair, b.id, b.person, b.verdict, b.supersedes, b.created, b."left" = tp.candidate_take AS candidate_is_left
FROM trial_pairs tp JOIN trials t ON t.id = tp.trial JOIN ballots b ON {ON_PAIR}
WHERE {which} AND (t.state = 'open' OR b.id <= t.last_ballot)
ORDER BY b.id
"""
ALL_PAIRS = "SELECT COUNT(*) FROM trial_pairs tp JOIN trials t ON t.id = tp.trial WHERE {which}"
UNSEEN_PAIRS = """
SELECT COUNT(*) FROM trial_pairs tp JOIN trials t ON t.id = tp.trial AND t.state = 'open'
    JOIN takes c ON c.id = tp.candidate_take AND c.state <> 'failed'
    JOIN takes o ON o.id = tp.baseline_take AND o.state <> 'failed'
WHERE {which} AND NOT EXISTS (SELECT 1 FROM ballots b WHERE {ON_PAIR})
"""


def outcomes_of(s: Studio, which: str, params: tuple[Any, ...]) -> list[dict[str, Any]]:
    """One outcome per judged pair, {"pair", "person", "outcome" 1 | 0.5 | 0 for the candidate}.

    Only the first rater of a pair counts: several ballots on one pair are not independent draws, and letting a pair
    count as often as people liked to judge it would break the interval. Of that rater the first verdict counts, or what
    replaced it within UNDO_SECONDS: were it the present one, whoever learns how the trial stands could go back and turn
    it. A rater who skipped, or took the verdict back at once, leaves the pair to the next one. Ballots cast after the
    trial was closed do not count, by their place in the record and not by the clock: boards tell by then who drew what.
    """
    verdicts: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for ballot in s.rows(BALLOTS.format(which=which, ON_PAIR=ON_PAIR), params):
        keep_first_verdict(verdicts[ballot["pair"]], ballot)
    first = [next(iter(by_person.values())) for by_person in verdicts.values() if by_person]
    return [{"pair": each["pair"], "person": each["person"], "outcome": outcome_of(each)} for each in first]


def keep_first_verdict(verdicts: dict[int, dict[str, Any]], ballot: dict[str, Any]) -> None:
    """Adds the next ballot on a pair to the verdicts that stand, {person: ballot}, whoever was first in front."""
    first = verdicts.get(ballot["person"])
    if first is None:
        if ballot["verdict"] != "skip":
            verdicts[ballot["person"]] = ballot
    elif ballot["supersedes"] and 0 <= seconds_between(first["created"], ballot["created"]) <= UNDO_SECONDS:
        if ballot["verdict"] == "skip":
            del verdicts[ballot["person"]]
        else:
            verdicts[ballot["person"]] = {**ballot, "created": first["created"]}


def outcome_of(ballot: dict[str, Any]) -> float:
    """1 where the candidate won, 0 where it lost, 0.5 for a tie and for both bad."""
    if ballot["verdict"] not in ("left", "right"):
        return 0.5
    return float((ballot["verdict"] == "left") == bool(ballot["candidate_is_left"]))


def counted(s: Studio, which: str, params: tuple[Any, ...]) -> dict[str, Any]:
    """The outcomes summed up, with all `pairs`, and how many of open trials are `left` that nobody has seen yet.

    A pair with a take that could not be drawn is not left: nobody will ever see it.
    """
    pairs = s.value(ALL_PAIRS.format(which=which), params)
    left = s.value(UNSEEN_PAIRS.format(which=which, ON_PAIR=ON_PAIR), params)
    return {**summarize(outcomes_of(s, which, params), pairs), "left": left}


def summarize(outcomes: list[dict[str, Any]], pairs: int) -> dict[str, Any]:
    values = [row["outcome"] for row in outcomes]
    low, high = confidence_sequence(sum(values), len(values))
    return {
        "wins": values.count(1.0),
        "losses": values.count(0.0),
        "ties": values.count(0.5),
        "pairs_judged": len(values),
        "pairs": pairs,
        "win_rate": sum(values) / len(values) if values else None,
        "low": low,
        "high": high,
        "raters": len({row["person"] for row in outcomes}),
    }


def evidence(s: Studio, candidate: str, baseline: str) -> dict[str, Any]:
    """The record of all trials of `candidate` against `baseline` together.

    Trials are pooled because a second trial must add to the first: whoever could start over until the dice fall
    well would always win in the end.
    """
    which, params = "t.candidate = ? AND t.baseline = ?", (candidate, baseline)
    return {"candidate": candidate, "baseline": baseline, **counted(s, which, params)}


def sentence(record: dict[str, Any]) -> str:
    """One line for people: "v0007 won 64 of 90 blind pairs against v0006 (at least 55 %, 95 % sure)".

    A loss says what the win rate is at most.
    """
    if not record["pairs_judged"]:
        return f"{record['candidate']}: none of {record['pairs']} blind pairs is judged yet"
    ties = f", {record['ties']} tied" if record["ties"] else ""
    pairs = "blind pair" if record["pairs_judged"] == 1 else "blind pairs"
    lost = record["high"] < 0.5
    bound = f"at most {ceil(record['high'] * 100)}" if lost else f"at least {int(record['low'] * 100)}"
    return (
        f"{record['candidate']} won {record['wins']} of {record['pairs_judged']} {pairs} against "
        f"{record['baseline']}{ties} ({bound} %, 95 % sure)"
    )
