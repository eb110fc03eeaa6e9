"""Every pair that can be shown, in memory, with its votes and the descriptors of its takes.

Reading ten thousand takes afresh takes a third of a second, and people wait for the next pair. The record only grows, so
each request reads what was added since the last one, in a few milliseconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from feedback.pair_selection import acquisition
from feedback.pair_selection.acquisition import RewardEstimate
from feedback.pair_selection.descriptors import DIMENSIONS, read_descriptors
from feedback.pair_selection.vote_counts import Pair, VoteCounts
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

# Each take is paired with the takes nearest to it in time in its brief, so that a brief with 200 takes offers hundreds
# of pairs and not 20,000.
NEIGHBOURS = 6
# A pair that is sent to a page is leased to it. Another page of the same person does not get it until the page has been
# silent for so long; a page shows that it is open three times a minute, and browsers slow hidden pages to once.
PAGE_SECONDS = 150.0
LEASE_SECONDS = 600.0  # after which other people no longer count it as about to be judged
MOST_PAGES = 16  # of one person; the one that has been silent longest is forgotten
MOST_LEASES = 256  # of one page
CANDIDATES = 1000  # drawn at random from all pairs that may come next, and compared

_SHOWN = f"SELECT json_group_array(id) FROM takes WHERE state = 'done' AND rendition IS NOT NULL AND id NOT IN ({TAKES_OF_OPEN_TRIALS})"
_TAKES = "SELECT id, brief, rendition FROM takes WHERE id IN (SELECT value FROM json_each(?))"

Page = tuple[int, str]  # a person and the id that their open page made for itself; "" for a program

_pools: WeakKeyDictionary[Studio, PairPool] = WeakKeyDictionary()
_pools_lock = Lock()


def pair_pool_of(studio: Studio) -> PairPool:
    """The studio's one pair pool in this process."""
    with _pools_lock:
        if studio not in _pools:
            _pools[studio] = PairPool()
        return _pools[studio]


class PairPool:
    """Whoever uses it holds its `lock`, and begins with `read`. Rows are places in its arrays, where pairs are sorted."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.votes = VoteCounts()
        self.takes: dict[int, tuple[int, str]] = {}  # id -> (brief, rendition)
        self.measured: dict[str, np.ndarray] = {}  # descriptors by rendition
        self.newest_descriptors = 0  # number of the last row read
        self.leases: dict[Page, dict[Pair, float]] = {}  # moment of the last sign of life
        self.reward: RewardEstimate | None = None
        self.fitted_to = (0, 0)  # ballots and takes with descriptors that the reward was fitted to
        self.build_arrays()

    def read(self, studio: Studio) -> None:
        """Brings everything up to date."""
        ballots = self.votes.read(studio)
        shown = json.loads(studio.value(_SHOWN))
        measured, self.newest_descriptors = read_descriptors(studio, self.newest_descriptors)
        self.measured |= measured
        if self.takes.keys() != set(shown):
            self.read_takes(studio, shown)
            self.build_arrays()
        elif measured:
            self.build_arrays()
        self.count_ballots(ballots)
        self.refit()

    def count_ballots(self, ballots: Collection[tuple[int, Pair]]) -> None:
        """Takes in (person, pair) of new ballots, all of them in one search: one each would be quadratic."""
        if not ballots:
            return
        pairs = list({pair for _, pair in ballots})
        rows, which = self.rows_of(pairs)
        self.judged[rows] = np.array([self.votes.judged(pair) for pair in pairs], np.int64)[which]
        cast = set(ballots)
        for (person, _), leased in self.leases.items():
            for pair in [pair for pair in leased if (person, pair) in cast]:
                del leased[pair]

    def read_takes(self, studio: Studio, shown: list[int]) -> None:
        rows = studio.rows(_TAKES, (json.dumps([take for take in shown if take not in self.takes]),))
        self.takes |= {row["id"]: (row["brief"], row["rendition"]) for row in rows}
        self.takes = {take: self.takes[take] for take in shown}

    def build_arrays(self) -> None:
        """Takes [n] sorted by brief and id, with descriptors [n, DIMENSIONS]; pairs [m] as rows of takes."""
        ordered = sorted((brief, take, rendition) for take, (brief, rendition) in self.takes.items())
        self.brief = np.array([brief for brief, _, _ in ordered], np.int64)
        self.take = np.array([take for _, take, _ in ordered], np.int64)
        missing = np.full(DIMENSIONS, np.nan, np.float32)
        descriptors = [self.measured.get(rendition, missing) for _, _, rendition in ordered]
        self.descriptors = np.stack(descriptors) if descriptors else np.empty((0, DIMENSIONS), np.float32)
        codes = {rendition: code for code, rendition in enumerate({row[2] for row in ordered})}
        self.build_pairs(np.array([codes[rendition] for _, _, rendition in ordered], np.int64))

    def build_pairs(self, rendition: np.ndarray) -> None:
        """Each take with its nearest neighbours, but for those that are the same picture."""
        neighbours = []
        for apart in range(1, NEIGHBOURS + 1):
            same = self.brief[apart:] == self.brief[:-apart]
            first = np.flatnonzero(same & (rendition[apart:] != rendition[:-apart]))
            neighbours.append(np.stack([first, first + apart]))
        first, second = np.concatenate(neighbours, axis=1)
        pair = self.take[first] << 32 | self.take[second]
        order = pair.argsort()
        self.first, self.second, self.pair = first[order], second[order], pair[order]
        self.brief_of_pair = self.brief[self.first]
        self.judged = np.zeros(len(pair), np.int64)
        rows, which = self.rows_of(list(self.votes.counts))
        self.judged[rows] = np.array([judged for judged, _, _ in self.votes.counts.values()], np.int64)[which]

    def rows_of(self, pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
        """(rows, which of `pairs` they are); pairs that are not in the pool are left out."""
        numbers = np.array(pairs, np.int64)
        rows = np.searchsorted(self.pair, numbers)
        which = np.flatnonzero(rows < len(self.pair))
        which = which[self.pair[rows[which]] == numbers[which]]
        return rows[which], which

    def refit(self) -> None:
        """Fits the reward again when enough is new: at first after every ballot, later after every fiftieth part."""
        measured = int(np.isfinite(self.descriptors[:, 0]).sum())
        ballots_before, measured_before = self.fitted_to
        due = self.votes.ballots > ballots_before + ballots_before // 50 or measured > measured_before * 1.1
        if not measured or (self.reward and not due):
            return
        pairs = list(islice(reversed(self.votes.counts), acquisition.NEWEST))
        rows, which = self.rows_of(pairs)
        counts = np.array([self.votes.counts[pairs[place]] for place in which], np.float64).reshape(-1, 3)
        usable = np.isfinite(self.differences(rows)).all(axis=1) & (counts[:, 1] > 0)
        rows, (_, votes, wins) = rows[usable], counts[usable].T
        there = np.isfinite(self.descriptors).all(axis=1)
        scale = acquisition.descriptor_scale(self.descriptors[there], self.brief[there])
        share, start = wins / np.maximum(votes, 1), self.reward.weight if self.reward else None
        self.reward = acquisition.estimate_reward(scale, self.differences(rows), share, votes, start)
        self.fitted_to = self.votes.ballots, measured

    def differences(self, rows: np.ndarray) -> np.ndarray:
        """Descriptors of the pairs' first takes minus those of their second, [n, DIMENSIONS]; nan where one is missing."""
        return self.descriptors[self.first[rows]].astype(np.float64) - self.descriptors[self.second[rows]]

    def in_briefs(self, briefs: Collection[int] | None) -> np.ndarray:
        """Which pairs are of these briefs, [m] bool; None is all briefs."""
        if briefs is None:
            return np.ones(len(self.pair), bool)
        return np.isin(self.brief_of_pair, np.array(list(briefs), np.int64))

    def without(self, free: np.ndarray, pairs: Sequence[Pair]) -> np.ndarray:
        """A copy of [m] bool in which these pairs are not free."""
        left = free.copy()
        left[self.rows_of(pairs)[0]] = False
        return left

    def select(
        self, person: int, free: np.ndarray, held: Collection[Pair], count: int, random_share: float, seed: int
    ) -> list[Pair]:
        """Up to `count` of the free pairs: those that the fewest people have judged, the most informative first.

        A pair that is leased to somebody else counts as judged by them, or everybody would get the same ones.
        """
        rng, judged, selected = np.random.default_rng(seed), self.judged.copy(), list[int]()
        others = self.leased_to_others(person)
        np.add.at(judged, self.rows_of(others)[0], 1)
        pending, _ = self.rows_of([*held, *others])
        while len(selected) < count and free.any():
            least_judged = free & (judged == judged[free].min())
            candidates = rng.permutation(np.flatnonzero(least_judged))[:CANDIDATES]
            selected += self.choose(candidates, [*pending, *selected], count - len(selected), random_share, rng)
            free = free & ~least_judged
        return [int(self.pair[row]) for row in selected]

    def choose(
        self, candidates: np.ndarray, pending: list[int], count: int, random_share: float, rng: np.random.Generator
    ) -> list[int]:
        """Up to `count` of the candidates, rows in random order; `pending`: rows whose verdicts are expected."""
        if self.reward is None:
            return candidates[:count].tolist()
        brief = self.brief_of_pair[candidates]
        judged = np.bincount(self.brief_of_pair, self.judged)[brief]
        reward = acquisition.expect_verdicts(self.reward, self.differences(np.array(pending, np.int64)))
        rows = acquisition.choose_pairs(reward, self.differences(candidates), brief, judged, count, random_share, rng)
        return candidates[rows].tolist()

    def leased_to_others(self, person: int) -> list[Pair]:
        """Pairs leased to other people who have not judged them yet, once for each person; old leases are dropped."""
        oldest = time.monotonic() - LEASE_SECONDS
        self.leases = {
            page: current
            for page, leased in self.leases.items()
            if (current := {pair: at for pair, at in leased.items() if at > oldest})
        }
        holders = {(who, pair) for (who, _), leased in self.leases.items() for pair in leased if who != person}
        return sorted(pair for _, pair in holders)

    def leased_elsewhere(self, person: int, client: str) -> set[Pair]:
        """Pairs leased to the person's other open pages. A program without a client id keeps none from anybody."""
        oldest = time.monotonic() - PAGE_SECONDS
        return {
            pair
            for (who, page), leased in self.leases.items()
            if who == person and page not in ("", client)
            for pair, at in leased.items()
            if at > oldest
        }

    def lease(self, person: int, client: str, pairs: Iterable[Pair]) -> None:
        """Leases pairs to a page, or renews its leases; the newest MOST_LEASES are noted."""
        moment, leased = time.monotonic(), self.leases.pop((person, client), {})
        leased = dict([*leased.items(), *((pair, moment) for pair in pairs)][-MOST_LEASES:])
        pages = [page for page in self.leases if page[0] == person]
        for page in pages[: max(0, len(pages) + 1 - MOST_PAGES)]:
            del self.leases[page]
        self.leases[person, client] = leased

    def renew(self, person: int, client: str, pairs: Collection[Pair]) -> None:
        """Renews a page's leases of these pairs; its other leases end."""
        self.leases.pop((person, client), None)
        if pairs:
            self.lease(person, client, pairs)
