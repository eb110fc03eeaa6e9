"""Which outcomes of a trial count towards its interval, so that nobody decides a trial alone.

Nothing here looks at who won: pairs are given to people, and left out, by who judged what and when. So whatever is left
out, the outcomes that count are as fair as the blind pairs are, one by one in the order in which they come to count, and
the interval stays valid at every look (`feedback.statistics`).

- Of each batch of pairs a person decides a share at most; what they judge beyond it is left to the others.
- Of all pairs the first c of each person count, with the largest c that leaves nobody more than the share. As people
  judge, c only grows, and what counted once always counts.
- The interval is the widest of those with one person left out. So no one person can prove a version by their own votes,
  not even somebody who can tell by the pictures which take is whose: without their votes it is as valid as ever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypedDict

from feedback.errors import Invalid
from feedback.fields import check_number, check_whole
from feedback.statistics import confidence_sequence

PEOPLE = 3
MOST_PEOPLE = 100
LEAST_SHARE = 0.05
ROUNDING = 1e-9

Batch = tuple[int, int]  # a trial and the number of a batch of its pairs


class Outcome(TypedDict):
    """What a pair says of the candidate: won 1, tied or both bad 0.5, lost 0."""

    pair: int
    person: int
    outcome: float


@dataclass(frozen=True)
class Limits:
    """How far a trial trusts one person."""

    people: int = PEOPLE  # who must have judged before anything is proven
    share: float = 1 / PEOPLE  # of the pairs that count, one person's at most

    @property
    def needed(self) -> int:
        """People without whom nothing can count: a share of a fifth needs five."""
        return max(self.people, ceil(1 / self.share - ROUNDING))

    def part(self, pairs: int) -> int:
        """How many of a batch of so many pairs one person decides at most."""
        return ceil(self.share * pairs - ROUNDING)


def check_limits(people: int | None = None, share: float | None = None) -> Limits:
    """Three people and a third unless given; with fewer people than three, the share that lets them decide."""
    people = PEOPLE if people is None else check_whole("people", people, 1, MOST_PEOPLE)
    if share is None:
        return Limits(people, 1 / min(people, PEOPLE))
    if not LEAST_SHARE <= check_number("share", share, 0, 1) <= 1:
        raise Invalid(f"share {share} of the pairs for one person: give {LEAST_SHARE} to 1")
    return Limits(people, float(share))


def strictest(limits: Iterable[Limits]) -> Limits:
    """Of trials that are counted together."""
    every = list(limits) or [Limits()]
    return Limits(max(each.people for each in every), min(each.share for each in every))


def give_to_people(
    verdicts: Iterable[tuple[int, int]], batch: Mapping[int, Batch], parts: Mapping[Batch, int]
) -> dict[int, int]:
    """Who decides which pair, {pair: person}: the first who judged it, unless they have had their part of its batch.

    verdicts: (pair, person) in the order in which they were cast; batch: of each pair; parts: of each batch.
    """
    given: dict[int, int] = {}
    decided: Counter[tuple[Batch, int]] = Counter()
    for pair, person in verdicts:
        if pair not in given and decided[batch[pair], person] < parts[batch[pair]]:
            given[pair] = person
            decided[batch[pair], person] += 1
    return given


def counted(outcomes: Sequence[Outcome], limits: Limits) -> list[Outcome]:
    """The first c outcomes of each person; none while fewer people than needed have judged."""
    by_person: dict[int, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        by_person[each["person"]].append(each)
    if len(by_person) < limits.needed:
        return []
    most = largest_part([len(own) for own in by_person.values()], limits.share)
    return [each for own in by_person.values() for each in own[:most]]


def largest_part(numbers: Sequence[int], share: float) -> int:
    """The largest c with c <= share * sum(min(n, c) over `numbers`); the sum per c falls as c grows, so it is bisected."""
    low, high = 0, max(numbers, default=0)
    while low < high:
        middle = (low + high + 1) // 2
        if middle <= share * sum(min(number, middle) for number in numbers) + ROUNDING:
            low = middle
        else:
            high = middle - 1
    return low


def interval(outcomes: Sequence[Outcome], limits: Limits) -> tuple[float, float]:
    """(low, high) of the win rate that holds with each one person left out; (0, 1) where nothing counts."""
    if not outcomes:
        return 0.0, 1.0
    alone = limits.needed == 1
    left_out = [None] if alone else [None, *{each["person"] for each in outcomes}]
    intervals = [interval_of([e["outcome"] for e in outcomes if e["person"] != person]) for person in left_out]
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def interval_of(values: Sequence[float]) -> tuple[float, float]:
    """The confidence sequence of outcomes, whoever they are from."""
    return confidence_sequence(sum(values), len(values))
