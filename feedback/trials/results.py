"""Results of trials: the outcomes of blind pairs, counted, with an interval that allows peeking, and who may see them."""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from typing import Any, TypedDict, cast

from feedback.clock import seconds_between
from feedback.models import lineage, versions
from feedback.models.lineage import Lineage
from feedback.models.versions import Version
from feedback.statistics import confidence_sequence
from feedback.store import Studio
from feedback.trials.lifecycle import Trial
from feedback.trials.trials import get_trial, list_trials

BLIND = "a blind trial is open: how it stands is shown when it is over"
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
    JOIN takes c ON c.id = tp.candidate_take AND c.state NOT IN ('failed', 'cancelled')
    JOIN takes o ON o.id = tp.baseline_take AND o.state NOT IN ('failed', 'cancelled')
WHERE {which} AND NOT EXISTS (SELECT 1 FROM ballots b WHERE {ON_PAIR})
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


class Outcome(TypedDict):
    """What a pair says of the candidate: won 1, tied or both bad 0.5, lost 0."""

    pair: int
    person: int
    outcome: float


class OutcomeCounts(TypedDict):
    """The outcomes of trials summed up: the candidate's wins, one outcome a pair."""

    wins: int
    losses: int
    ties: int
    pairs_judged: int
    pairs: int
    left: int  # pairs of open trials that nobody has seen
    win_rate: float | None
    low: float  # of the anytime-valid interval of the win rate
    high: float
    raters: int


class TrialResults(OutcomeCounts):
    candidate: str
    baseline: str


class DescribedVersion(Version):
    """A version with what it learned from and what its trials showed."""

    learned_from: Lineage
    trial: TrialResults | None  # against the newest baseline it played; None before a trial, and while it is blind
    trial_sentence: str | None
    trials: list[Trial]  # newest first


def outcomes_of(studio: Studio, which: str, params: tuple[Any, ...]) -> list[Outcome]:
    """One outcome per judged pair.

    Only the first rater of a pair counts: several ballots on one pair are not independent draws, and letting a pair
    count as often as people liked to judge it would break the interval. Of that rater the first verdict counts, or what
    replaced it within UNDO_SECONDS: were it the present one, whoever learns how the trial stands could go back and turn
    it. A rater who skipped, or took the verdict back at once, leaves the pair to the next one. Ballots cast after the
    trial was closed do not count, by their place in the record and not by the clock: boards tell by then who drew what.
    """
    verdicts: dict[int, dict[int, PairBallot]] = defaultdict(dict)
    ballots = studio.rows(BALLOTS.format(which=which, ON_PAIR=ON_PAIR), params)
    for ballot in cast(list[PairBallot], ballots):
        keep_first_verdict(verdicts[ballot["pair"]], ballot)
    first = [next(iter(by_person.values())) for by_person in verdicts.values() if by_person]
    return [{"pair": each["pair"], "person": each["person"], "outcome": outcome_of(each)} for each in first]


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
            verdicts[ballot["person"]] = {**ballot, "created": first["created"]}


def outcome_of(ballot: PairBallot) -> float:
    """1 where the candidate won, 0 where it lost, 0.5 for a tie and for both bad."""
    if ballot["verdict"] not in ("left", "right"):
        return 0.5
    return float((ballot["verdict"] == "left") == bool(ballot["candidate_is_left"]))


def count_outcomes(studio: Studio, which: str, params: tuple[Any, ...]) -> OutcomeCounts:
    """The outcomes of the trials `t` for which the SQL condition `which` holds.

    A pair with a take that could not be drawn is not left: nobody will ever see it.
    """
    pairs = studio.value(ALL_PAIRS.format(which=which), params)
    left = studio.value(UNSEEN_PAIRS.format(which=which, ON_PAIR=ON_PAIR), params)
    return summarize_outcomes(outcomes_of(studio, which, params), pairs, left)


def summarize_outcomes(outcomes: list[Outcome], pairs: int, left: int) -> OutcomeCounts:
    values = [row["outcome"] for row in outcomes]
    low, high = confidence_sequence(sum(values), len(values))
    return {
        "wins": values.count(1.0),
        "losses": values.count(0.0),
        "ties": values.count(0.5),
        "pairs_judged": len(values),
        "pairs": pairs,
        "left": left,
        "win_rate": sum(values) / len(values) if values else None,
        "low": low,
        "high": high,
        "raters": len({row["person"] for row in outcomes}),
    }


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
    which, params = "t.candidate = ? AND t.baseline = ?", (candidate, baseline)
    return {"candidate": candidate, "baseline": baseline, **count_outcomes(studio, which, params)}


def describe_results(results: TrialResults) -> str:
    """One line for people: "v0007 won 64 of 90 blind pairs against v0006 (at least 55 %, 95 % sure)".

    A loss says what the win rate is at most.
    """
    if not results["pairs_judged"]:
        return f"{results['candidate']}: none of {results['pairs']} blind pairs is judged yet"
    ties = f", {results['ties']} tied" if results["ties"] else ""
    pairs = "blind pair" if results["pairs_judged"] == 1 else "blind pairs"
    lost = results["high"] < 0.5
    bound = f"at most {ceil(results['high'] * 100)}" if lost else f"at least {int(results['low'] * 100)}"
    return (
        f"{results['candidate']} won {results['wins']} of {results['pairs_judged']} {pairs} against "
        f"{results['baseline']}{ties} ({bound} %, 95 % sure)"
    )


def describe_versions(studio: Studio, *, unblinded: bool = False) -> list[DescribedVersion]:
    """Every version, oldest first, as `describe_version` has it."""
    return [
        describe_version(studio, version["name"], unblinded=unblinded) for version in versions.list_versions(studio)
    ]


def describe_version(studio: Studio, name: str, *, unblinded: bool = False) -> DescribedVersion:
    """The version with what it learned from and what its trials showed.

    While a trial of the version is open, its results are kept from those who may vote in it: `trial` is None, unless the
    answer is for somebody who may see it (`unblinded`).
    """
    version, trials = versions.get_version(studio, name), list_trials(studio, name)
    blind = not unblinded and any(trial["state"] == "open" for trial in trials)
    results = pooled_results(studio, name, trials[0]["baseline"]) if trials and not blind else None
    return {
        **version,
        "learned_from": lineage.learned_from(studio, name),
        "trial": results,
        "trial_sentence": describe_results(results) if results else BLIND if blind else None,
        "trials": trials,
    }
