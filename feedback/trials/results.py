"""Results of trials: the outcomes of blind pairs, counted, with an interval that allows peeking."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, TypedDict, cast

from feedback.clock import seconds_between
from feedback.store import Studio
from feedback.trials import counting
from feedback.trials.counting import Limits, Outcome
from feedback.trials.trials import get_trial

POOLED = "t.candidate = ? AND t.baseline = ?"
UNDO_SECONDS = 10.0  # in which a verdict on a trial pair may be mended; time to notice a slip, too little to ask around
ON_PAIR = """((b."left" = tp.candidate_take AND b."right" = tp.baseline_take)
    OR (b."left" = tp.baseline_take AND b."right" = tp.candidate_take))"""
# Whoever asked how a trial stands votes in it no more: by the order of the rows, since clocks are set back.
BALLOTS = """
SELECT tp.id AS pair, b.id, b.person, CASE WHEN b.doubt IS NULL THEN b.verdict ELSE 'skip' END AS verdict, b.supersedes, b.created, b."left" = tp.candidate_take AS candidate_is_left
FROM trial_pairs tp JOIN trials t ON t.id = tp.trial JOIN ballots b ON {ON_PAIR}
WHERE {which} AND b.repeats IS NULL AND (t.state = 'open' OR b.id <= t.last_ballot) AND NOT EXISTS
    (SELECT 1 FROM trial_unblindings l WHERE l.trial = t.id AND l.person = b.person AND b.id > l.last_ballot)
ORDER BY b.id
"""
PAIRS = """
SELECT tp.id, tp.trial, tp.batch, t.people, t.share, t.state = 'open'
    AND c.state NOT IN ('failed', 'cancelled') AND o.state NOT IN ('failed', 'cancelled') AS is_live
FROM trial_pairs tp JOIN trials t ON t.id = tp.trial
    JOIN takes c ON c.id = tp.candidate_take JOIN takes o ON o.id = tp.baseline_take WHERE {which}
"""


class PairBallot(TypedDict):
    """A ballot on a pair of a trial."""

    pair: int
    id: int
    person: int
    verdict: str
    supersedes: int | None
    created: str
    candidate_is_left: int  # 0 or 1


class OutcomeCounts(TypedDict):
    """The outcomes of trials summed up: the candidate's wins, one outcome a pair."""

    wins: int
    losses: int
    ties: int
    pairs_judged: int
    pairs: int
    left: int  # pairs of open trials that are still to be judged
    win_rate: float | None
    counted: int  # outcomes that the interval is made of: `feedback.trials.counting`
    low: float  # of the anytime-valid interval of the win rate
    high: float
    raters: int
    needed: int  # people, before anything is proven


class TrialResults(OutcomeCounts):
    candidate: str
    baseline: str


class TrialPair(TypedDict):
    """A pair of a trial, with the trial's limits."""

    id: int
    trial: int
    batch: int
    people: int
    share: float
    is_live: int  # 1 while it may still be judged: the trial is open, and neither take failed


@dataclass(frozen=True)
class JudgedPairs:
    """Trials that are counted together."""

    outcomes: list[Outcome]  # in the order of the verdicts
    limits: Limits  # the strictest of theirs
    pairs: int
    left: int  # of open trials, still to be judged


def count_outcomes(studio: Studio, which: str, params: tuple[Any, ...]) -> OutcomeCounts:
    """The outcomes of the trials `t` for which the SQL condition `which` holds."""
    judged = read_outcomes(studio, which, params)
    return summarize_outcomes(judged.outcomes, judged.limits, judged.pairs, judged.left)


def read_outcomes(studio: Studio, which: str, params: tuple[Any, ...]) -> JudgedPairs:
    """The same one by one. A pair with a take that could not be drawn is not left: nobody will ever see it."""
    pairs = cast(list[TrialPair], studio.rows(PAIRS.format(which=which), params))
    limits = counting.strictest(Limits(people, share) for people, share in {(p["people"], p["share"]) for p in pairs})
    ballots = cast(list[PairBallot], studio.rows(BALLOTS.format(which=which, ON_PAIR=ON_PAIR), params))
    outcomes = outcomes_of(pairs, ballots, limits)
    seen = {each["pair"] for each in outcomes} | {each["pair"] for each in ballots if each["verdict"] == "skip"}
    left = sum(pair["is_live"] and pair["id"] not in seen for pair in pairs)
    return JudgedPairs(outcomes, limits, len(pairs), left)


def outcomes_of(pairs: Sequence[TrialPair], ballots: Sequence[PairBallot], limits: Limits) -> list[Outcome]:
    """One outcome per judged pair, in the order of the verdicts.

    Only the first rater of a pair counts: several ballots on one pair are not independent draws, and letting a pair
    count as often as people liked to judge it would break the interval. Of that rater the first verdict counts, or what
    replaced it within UNDO_SECONDS: were it the present one, whoever learns how the trial stands could go back and turn
    it. A rater who skipped, who took the verdict back at once, or who has had their part of the batch leaves the pair to
    the next one. Ballots cast after the trial was closed do not count, by their place in the record and not by the
    clock: boards tell by then who drew what.
    """
    verdicts: dict[int, dict[int, PairBallot]] = defaultdict(dict)
    for ballot in ballots:
        keep_first_verdict(verdicts[ballot["pair"]], ballot)
    standing = sorted((each for by_person in verdicts.values() for each in by_person.values()), key=lambda b: b["id"])
    batch = {pair["id"]: (pair["trial"], pair["batch"]) for pair in pairs}
    parts = {key: limits.part(size) for key, size in Counter(batch.values()).items()}
    given = counting.give_to_people([(each["pair"], each["person"]) for each in standing], batch, parts)
    return [
        {"pair": each["pair"], "person": each["person"], "outcome": outcome_of(each)}
        for each in standing
        if given.get(each["pair"]) == each["person"]
    ]


def keep_first_verdict(verdicts: dict[int, PairBallot], ballot: PairBallot) -> None:
    """Adds the next ballot on a pair to the verdicts that stand, {person: ballot}, whoever was first in front."""
    first = verdicts.get(ballot["person"])
    if first is None:
        if ballot["verdict"] != "skip":
            verdicts[ballot["person"]] = ballot
    elif ballot["supersedes"] and 0 <= seconds_between(first["created"], ballot["created"]) <= UNDO_SECONDS:
        if ballot["verdict"] == "skip":
            del verdicts[ballot["person"]]
        else:
            verdicts[ballot["person"]] = {**ballot, "id": first["id"], "created": first["created"]}


def outcome_of(ballot: PairBallot) -> float:
    """1 where the candidate won, 0 where it lost, 0.5 for a tie and for both bad."""
    if ballot["verdict"] not in ("left", "right"):
        return 0.5
    return float((ballot["verdict"] == "left") == bool(ballot["candidate_is_left"]))


def summarize_outcomes(outcomes: list[Outcome], limits: Limits, pairs: int, left: int) -> OutcomeCounts:
    values, counted = [row["outcome"] for row in outcomes], counting.counted(outcomes, limits)
    low, high = counting.interval(counted, limits)
    return {
        "wins": values.count(1.0),
        "losses": values.count(0.0),
        "ties": values.count(0.5),
        "pairs_judged": len(values),
        "pairs": pairs,
        "left": left,
        "win_rate": sum(values) / len(values) if values else None,
        "counted": len(counted),
        "low": low,
        "high": high,
        "raters": len({row["person"] for row in outcomes}),
        "needed": limits.needed,
    }


def is_proven(results: OutcomeCounts) -> bool:
    """Whether the candidate may be promoted: the whole interval of its win rate is above one half."""
    return results["low"] > 0.5


def is_lost(results: OutcomeCounts) -> bool:
    """Whether the candidate is worse: the whole interval is below one half."""
    return results["high"] < 0.5


def trial_results(studio: Studio, trial: int) -> TrialResults:
    """The results of one trial."""
    row = get_trial(studio, trial)
    outcomes = count_outcomes(studio, "t.id = ?", (trial,))
    return {"candidate": row["candidate"], "baseline": row["baseline"], **outcomes}


def pooled_results(studio: Studio, candidate: str, baseline: str) -> TrialResults:
    """The results of all trials of `candidate` against `baseline` together.

    Trials are pooled because a second trial must add to the first: whoever could start over until the dice fall
    well would always win in the end.
    """
    return {"candidate": candidate, "baseline": baseline, **count_outcomes(studio, POOLED, (candidate, baseline))}


def describe_results(results: TrialResults) -> str:
    """One line for people: "v0007 won 64 of 90 blind pairs against v0006 (at least 55 %, 95 % sure)".

    A loss says what the win rate is at most.
    """
    if not results["pairs_judged"]:
        return f"{results['candidate']}: none of {results['pairs']} blind pairs is judged yet"
    ties = f", {results['ties']} tied" if results["ties"] else ""
    pairs = "blind pair" if results["pairs_judged"] == 1 else "blind pairs"
    won = f"{results['candidate']} won {results['wins']} of {results['pairs_judged']} {pairs} against"
    return f"{won} {results['baseline']}{ties} ({describe_bound(results)})"


def describe_bound(results: TrialResults) -> str:
    """ "at least 55 %, 95 % sure, from the 30 that count", or the people who are missing."""
    if results["raters"] < results["needed"]:
        return f"none counts yet: {results['raters']} of the {results['needed']} people needed have judged"
    bound = f"at most {ceil(results['high'] * 100)}" if is_lost(results) else f"at least {int(results['low'] * 100)}"
    some = f", from the {results['counted']} that count" if results["counted"] < results["pairs_judged"] else ""
    return f"{bound} %, 95 % sure{some}"
