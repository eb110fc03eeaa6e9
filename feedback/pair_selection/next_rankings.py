"""Which takes a person ranks next: several of one brief, of whose pairs they have judged as few as can be.

The first two are the pair that they would judge next (`feedback.pair_selection.pair_pool`); the others are those that add
the most pairs without a verdict of theirs. Takes of open trials are in no ranking: a trial is decided by pairs.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import TypedDict

import numpy as np

from feedback.fields import check_whole
from feedback.judgements.rankings import FEWEST, MOST
from feedback.pair_selection.next_pairs import RANDOM_SHARES
from feedback.pair_selection.offers import Scope, TrialPairs, offer_of
from feedback.pair_selection.pair_pool import PairPool, pair_pool_of
from feedback.pair_selection.vote_counts import Pair, pair_of, takes_of
from feedback.production.briefs import Brief, get_brief
from feedback.production.shots import Shot, get_shot
from feedback.production.takes import Take, get_take
from feedback.store import Studio


class TakesToRank(TypedDict):
    takes: list[Take]  # in random order
    brief: Brief
    shot: Shot


def next_rankings(
    studio: Studio,
    person_id: int,
    count: int,
    size: int,
    project: str | None = None,
    shot: str | None = None,
    exclude: Collection[Sequence[int]] = (),
    *,
    random_share: float = RANDOM_SHARES["random"],
    rng: random.Random | None = None,
) -> list[TakesToRank]:
    """Up to `count` sets of `size` takes, of projects that the person sees; fewer takes where a brief has no more.

    `exclude`: sets that the client holds already. `random_share`: of sets, as in `next_pairs`. Nothing where the person has judged every pair.
    """
    rng = rng or random.SystemRandom()
    check_whole("size", size, FEWEST, MOST)
    pool = pair_pool_of(studio)
    with pool.lock:
        pool.read(studio)
        offer = offer_of(studio, pool, person_id, Scope(project, shot), TrialPairs(set(), {}, set()))
        held = {pair for takes in exclude for pair in pairs_among(takes)}
        free = pool.without(offer.ordinary, [*offer.own, *held])
        sets = list(_choose_sets(pool, person_id, free, count, size, random_share, rng))
    return [_describe(studio, takes, rng) for takes in sets]


def pairs_among(takes: Sequence[int]) -> list[Pair]:
    return [pair_of(a, b) for a, b in combinations(takes, 2)]


def _choose_sets(
    pool: PairPool, person: int, free: np.ndarray, count: int, size: int, random_share: float, rng: random.Random
) -> Iterator[list[int]]:
    for _ in range(count):
        first = pool.select(person, free, (), 1, random_share, rng.getrandbits(64))
        if not first:
            return
        takes = extend(pool, free, first[0], size, rng)
        free = pool.without(free, pairs_among(takes))
        yield takes


def extend(pool: PairPool, free: np.ndarray, first: Pair, size: int, rng: random.Random) -> list[int]:
    """The takes of the first pair and others of its brief, each with the most free pairs to those before it."""
    neighbours = defaultdict[int, set[int]](set)
    brief = pool.brief_of_pair[pool.rows_of([first])[0][0]]
    for pair in pool.pair[free & (pool.brief_of_pair == brief)].tolist():
        a, b = takes_of(pair)
        neighbours[a].add(b)
        neighbours[b].add(a)
    chosen = list(takes_of(first))
    while len(chosen) < size:
        links = {take: len(near.intersection(chosen)) for take, near in neighbours.items() if take not in chosen}
        most = max(links.values(), default=0)
        if not most:
            break
        chosen.append(rng.choice(sorted(take for take, number in links.items() if number == most)))
    return chosen


def _describe(studio: Studio, takes: Sequence[int], rng: random.Random) -> TakesToRank:
    rows = [get_take(studio, take) for take in rng.sample(list(takes), len(takes))]
    return {
        "takes": rows,
        "brief": get_brief(studio, rows[0]["brief"]),
        "shot": get_shot(studio, rows[0]["shot"]),
    }
