"""A day of judging: pairs dealt brief by brief, ballots cast through the record's own function."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmarks.raters import Rater
from benchmarks.style.scoring import done_takes, read_takes, score_takes
from benchmarks.style.setting import People
from benchmarks.style.stock import add_people
from feedback import ballots
from feedback.errors import Invalid
from feedback.studio import Studio

LOOK = 1200  # ms


def briefs_needed(people: People, takes: int, pairs: int) -> int:
    """How many briefs of `takes` takes `pairs` pairs come from; Invalid when a brief has not that many pairs."""
    most = takes * (takes - 1) // 2
    if not 1 <= people.pairs_per_brief <= most:
        raise Invalid(f"{people.pairs_per_brief} pairs per brief: {takes} takes make 1 to {most}")
    return -(-pairs // people.pairs_per_brief)


def judge(studio: Studio, people: People, panel: list[Rater], briefs: list[int], pairs: int, seed: int) -> Counter[str]:
    """Judges `pairs` pairs of these briefs, each by `people.votes` of the panel in turn; counts of the verdicts.

    Fewer pairs are the first ones of more, and a ballot's chance hangs on its takes and its rater: points of a curve
    differ in nothing but what the curve is about.
    """
    room = Room(studio, panel, add_people(studio, [f"rater_{k + 1}" for k in range(len(panel))]), people.votes, seed)
    verdicts: Counter[str] = Counter()
    with studio.writing():  # one transaction: nobody waits for a receipt
        for number, brief in enumerate(briefs):
            first = number * people.pairs_per_brief
            verdicts += judge_brief(room, brief, first, min(people.pairs_per_brief, pairs - first))
    return verdicts


@dataclass(frozen=True)
class Room:
    """Where judging happens: no logic of its own."""

    studio: Studio
    panel: list[Rater]
    ids: list[int]  # of the panel's people
    votes: int  # people who judge each pair
    seed: int

    def voters(self, number: int) -> list[int]:
        """Places in the panel of those who judge pair `number`."""
        return [(number + vote) % len(self.panel) for vote in range(self.votes)]


def judge_brief(room: Room, brief: int, first: int, wanted: int) -> Counter[str]:
    """Pairs number `first` to `first + wanted`, all of one brief."""
    takes = done_takes(room.studio, brief)
    pixels = read_takes(room.studio, takes)[None]
    pairs = list(enumerate(deal(takes, wanted, room.seed), first))
    asked = {voter for number, _ in pairs for voter in room.voters(number)}
    liked = {voter: dict(zip(takes, score_takes(room.panel[voter].taste, pixels)[0], strict=True)) for voter in asked}
    return Counter(vote(room, voter, pair, liked[voter]) for number, pair in pairs for voter in room.voters(number))


def vote(room: Room, voter: int, pair: tuple[int, int], liked: dict[int, float]) -> str:
    """One ballot; `liked`: the voter's score of each take."""
    left, right = pair
    chance = np.random.default_rng([room.seed, left, right, voter])
    verdict = room.panel[voter].compare(liked[left], liked[right], chance)
    ballots.cast_ballot(room.studio, room.ids[voter], f"{left}-{right}-{voter}", left, right, verdict, LOOK)
    return verdict


def deal(takes: list[int], wanted: int, seed: int) -> list[tuple[int, int]]:
    """`wanted` pairs of these takes in random order, on random sides; fewer are the first of more."""
    chance = np.random.default_rng([seed, *takes])
    pairs = list(combinations(takes, 2))
    order, sides = chance.permutation(len(pairs)), chance.random(len(pairs)) < 0.5
    dealt = [pairs[index] if sides[index] else pairs[index][::-1] for index in order]
    return dealt[: max(0, wanted)]
