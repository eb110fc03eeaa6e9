"""A day of judging: pairs dealt brief by brief or as the product deals them, ballots cast by the record's own function."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from benchmarks.house_style.scoring import done_takes, read_takes, score_takes
from benchmarks.house_style.setting import PAIRINGS, People
from benchmarks.house_style.stock import add_people
from benchmarks.raters import Rater
from feedback import ballots
from feedback.briefs import get_brief
from feedback.errors import Invalid
from feedback.pairing import CHANCE, next_pairs
from feedback.shots import get_shot
from feedback.studio import Studio

LOOK = 1200  # ms
CHANCES = {"random": 1.0, "active": CHANCE}  # share of pairs dealt at random
DEALT_AT_ONCE = 8  # as the review page asks for them


def briefs_needed(people: People, takes: int, pairs: int) -> int:
    """How many briefs of `takes` takes `pairs` pairs come from; Invalid when a brief has not that many pairs."""
    if people.pairing != PAIRINGS[0]:
        return people.stock
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
        if people.pairing != PAIRINGS[0]:
            return judge_dealt(room, briefs, pairs, CHANCES[people.pairing])
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


def judge_dealt(room: Room, briefs: list[int], pairs: int, chance: float) -> Counter[str]:
    """`pairs` pairs of the shot that these briefs are of, as the product deals them to one person after the other."""
    shot = get_shot(room.studio, get_brief(room.studio, briefs[0])["shot"])["code"]
    luck, liked, verdicts, judged = (
        random.Random(room.seed),
        dict[tuple[int, int], dict[int, float]](),
        Counter[str](),
        0,
    )
    while judged < pairs:
        voters = room.voters(judged // DEALT_AT_ONCE)
        wanted = min(DEALT_AT_ONCE, pairs - judged)
        dealt = next_pairs(room.studio, room.ids[voters[0]], wanted, shot=shot, chance=chance, rng=luck)
        for pair, voter in product(dealt, voters):
            place = (voter, pair["brief"]["id"])
            if place not in liked:
                liked[place] = liking(room, *place)
            left, right = sorted((pair["left"]["id"], pair["right"]["id"]))
            verdicts[vote(room, voter, (left, right), liked[place])] += 1
        judged += len(dealt)
        if not dealt:
            break
    return verdicts


def liking(room: Room, voter: int, brief: int) -> dict[int, float]:
    """The voter's score of each of the brief's takes."""
    takes = done_takes(room.studio, brief)
    scores = score_takes(room.panel[voter].taste, read_takes(room.studio, takes)[None])[0]
    return dict(zip(takes, scores, strict=True))


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
