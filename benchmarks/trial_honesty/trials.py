"""Simulated trials: how often a version that is no better is promoted, and how long one that is better takes.

Each trial is played as the product plays one: pairs in batches of a night, dealt to people until each has had their part, one
verdict after the other, and after every one the product's own counting says whether the candidate is proven or lost
(`feedback.trials.results`). Whoever asks after every ballot asks more often than any person or night.

Panels differ in how many people judge and how unevenly, in the share of ties, and in whether people see the versions alike.
At a win rate of 0.5 the versions are equal, also where half of the people like one better and half the other.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from feedback.statistics import wilson_interval
from feedback.trials.counting import Limits, Outcome, counted, interval_of
from feedback.trials.results import PairBallot, TrialPair, is_lost, is_proven, outcomes_of, summarize_outcomes

BATCH = 48  # pairs, as a night opens them
BATCHES = 10
SECOND_OPINIONS = 0.2  # of the pairs: judged once more by somebody else, which must not count
MOMENT = "2026-11-27T00:00:00.000000+00:00"


@dataclass(frozen=True)
class Panel:
    """Who judges a trial."""

    name: str
    activity: tuple[float, ...]  # of each person: how often they come to judge, relative to each other
    ties: float = 0.0  # share of verdicts that are ties or both bad
    apart: float = 0.0  # how far people's own win rates lie above and below the panel's, by turns
    limits: Limits = field(default_factory=Limits)

    def own_rate(self, person: int, rate: float) -> float:
        """How often the candidate wins with this person where it is no tie; a tie is half a win each."""
        decided = 0.5 + (rate - 0.5) / (1 - self.ties)
        sign = 0 if person == len(self.activity) - 1 and len(self.activity) % 2 else (1 if person % 2 else -1)
        return min(1.0, max(0.0, decided + sign * self.apart))


PANELS = (
    Panel("one person, trusted alone", (1.0,), limits=Limits(1, 1.0)),
    Panel("three people", (1.0, 1.0, 1.0)),
    Panel("three people, a fifth ties", (1.0, 1.0, 1.0), ties=0.2),
    Panel("three people, one judges five times as much", (5.0, 1.0, 1.0), ties=0.2),
    Panel("six people, uneven, two fifths ties", (6.0, 4.0, 2.0, 1.0, 1.0, 0.5), ties=0.4),
    Panel("six people, half for each version", (1.0,) * 6, ties=0.2, apart=0.2),
)


@dataclass(frozen=True)
class Ended:
    """How a trial ended."""

    state: str  # proven, lost or undecided
    judgements: int  # counting or not, until then


def play(panel: Panel, rate: float, rng: random.Random, batches: int = BATCHES) -> Ended:
    """One trial, until it is decided or all pairs are judged."""
    outcomes, pairs, before = play_all(panel, rate, rng, batches), BATCH * batches, 0
    for judged in range(1, len(outcomes) + 1):
        counting = counted(outcomes[:judged], panel.limits)
        if len(counting) == before or is_open(counting):  # or what counts is the same, so the interval is
            continue
        before = len(counting)
        results = summarize_outcomes(outcomes[:judged], panel.limits, pairs, pairs - judged)
        if is_proven(results) or is_lost(results):
            return Ended("proven" if is_proven(results) else "lost", judged)
    return Ended("undecided", len(outcomes))


def is_open(outcomes: list[Outcome]) -> bool:
    """Whether one half lies in the interval of all that count: it then lies in the widest of those with one person left
    out, which takes several times as long to compute."""
    low, high = interval_of([each["outcome"] for each in outcomes])
    return low <= 0.5 <= high


def play_all(panel: Panel, rate: float, rng: random.Random, batches: int) -> list[Outcome]:
    """What the verdicts on all pairs say, in their order, as the product counts them."""
    pairs: list[TrialPair] = [
        {
            "id": pair,
            "trial": 1,
            "batch": 1 + pair // BATCH,
            "people": panel.limits.people,
            "share": panel.limits.share,
            "is_live": 1,
        }
        for pair in range(BATCH * batches)
    ]
    return outcomes_of(pairs, list(cast_ballots(panel, rate, rng, batches)), panel.limits)


def cast_ballots(panel: Panel, rate: float, rng: random.Random, batches: int) -> Iterator[PairBallot]:
    """The candidate is on either side; a pair goes to somebody who has not had their part of its batch."""
    people, number, part = range(len(panel.activity)), 0, panel.limits.part(BATCH)
    for batch in range(batches):
        dealt: Counter[int] = Counter()
        for pair in range(batch * BATCH, (batch + 1) * BATCH):
            free = [person for person in people if dealt[person] < part]
            person = rng.choices(free, [panel.activity[each] for each in free])[0]
            dealt[person] += 1
            second = [rng.choice(people)] if rng.random() < SECOND_OPINIONS else []
            for judge in [person, *(each for each in second if each != person)]:
                number += 1
                yield ballot(number, pair, judge, verdict_of(panel, judge, rate, rng))


def verdict_of(panel: Panel, person: int, rate: float, rng: random.Random) -> str:
    """left where the candidate wins."""
    if rng.random() < panel.ties:
        return rng.choice(["tie", "both_bad"])
    return "left" if rng.random() < panel.own_rate(person, rate) else "right"


def ballot(number: int, pair: int, person: int, verdict: str) -> PairBallot:
    return {
        "pair": pair,
        "id": number,
        "person": person,
        "verdict": verdict,
        "supersedes": None,
        "created": MOMENT,
        "candidate_is_left": 1,
    }


def measure(
    panel: Panel, rate: float, trials: int, seed: int, bar: Any = None, batches: int = BATCHES
) -> dict[str, Any]:
    """Shares of so many trials, each with random numbers of its own."""
    ended = []
    for trial in range(trials):
        ended.append(play(panel, rate, random.Random(f"{seed} {panel.name} {rate} {trial}"), batches))
        if bar is not None:
            bar.update()
    return summarize(panel, rate, ended)


def summarize(panel: Panel, rate: float, ended: list[Ended]) -> dict[str, Any]:
    lengths = [each.judgements if each.state != "undecided" else float("inf") for each in ended]
    proven = sum(each.state == "proven" for each in ended)
    middle = median(lengths)
    return {
        "panel": panel.name,
        "win_rate": rate,
        "trials": len(ended),
        "promoted": proven / len(ended),
        "promoted_interval": wilson_interval(proven, len(ended)),
        "rejected": sum(each.state == "lost" for each in ended) / len(ended),
        "median_judgements": None if middle == float("inf") else middle,
        "decided_within": {
            pairs: sum(length <= pairs for length in lengths) / len(ended)
            for pairs in (BATCH, 2 * BATCH, 4 * BATCH, BATCHES * BATCH)
        },
    }
