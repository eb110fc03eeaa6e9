"""How takes did in the comparisons that people made: the win rate with its interval, and how far people disagree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from feedback.statistics import wilson_interval
from feedback.store import Studio

# Both takes of a ballot are of one brief, so that whoever reads the left ones of a brief has read all of its ballots.
VOTES = """
SELECT min("left", "right") AS a, max("left", "right") AS b,
    CASE WHEN verdict IN ('tie', 'both_bad') THEN verdict
         WHEN (verdict = 'left') = ("left" < "right") THEN 'a' ELSE 'b' END AS outcome, count(*)
FROM current_ballots WHERE verdict <> 'skip' AND doubt IS NULL
    AND "left" IN (SELECT id FROM takes WHERE brief IN (SELECT value FROM json_each(:briefs)))
GROUP BY 1, 2, 3
"""
# What a take gets of an outcome, as the first and as the second of its pair. Both bad is a loss of both.
GAINS = {"a": (1.0, 0.0), "b": (0.0, 1.0), "tie": (0.5, 0.5), "both_bad": (0.0, 0.0)}


@dataclass
class Results:
    """Of one take."""

    wins: float = 0.0  # a tie is half of one
    judged: int = 0  # verdicts on it and another
    same: int = 0  # of two people who judged the same two takes: how often they agreed
    both: int = 0  # and how often there were two

    @property
    def rate(self) -> float:
        return self.wins / self.judged if self.judged else 0.5

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.wins, self.judged)

    @property
    def disagreement(self) -> float:
        """0 to 1: the share of pairs of people who chose differently."""
        return 1 - self.same / self.both if self.both else 0.0


def results_of_briefs(studio: Studio, briefs: Iterable[int]) -> dict[int, Results]:
    """By take; those that nobody compared are left out."""
    outcomes: dict[tuple[int, int], dict[str, int]] = {}
    for a, b, outcome, people in studio.tuples(VOTES, {"briefs": json.dumps(sorted(set(briefs)))}):
        outcomes.setdefault((a, b), {})[outcome] = people
    results: dict[int, Results] = {}
    for pair, people in outcomes.items():
        for place, take in enumerate(pair):
            add_pair(results.setdefault(take, Results()), people, place)
    return results


def add_pair(results: Results, people: dict[str, int], place: int) -> None:
    """`people`: how many there were for each outcome; `place`: 0 for the first take of the pair, 1 for the second."""
    count = sum(people.values())
    results.judged += count
    results.wins += sum(GAINS[outcome][place] * number for outcome, number in people.items())
    results.both += count * (count - 1) // 2
    results.same += sum(number * (number - 1) // 2 for number in people.values())
