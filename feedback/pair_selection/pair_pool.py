"""Every pair that can be shown, in memory, with its votes and the descriptors of its takes.

Reading two hundred thousand takes takes seconds, and people wait for the next pair. The record only grows, so each request
reads what was added since the last one, and makes pairs only of briefs to which something was added.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from feedback.pair_selection import acquisition
from feedback.pair_selection.acquisition import RewardEstimate
from feedback.pair_selection.descriptors import DIMENSIONS
from feedback.pair_selection.session_takes import SessionTakes
from feedback.pair_selection.shown_takes import ShownTakes
from feedback.pair_selection.vote_counts import Pair, VoteCounts, takes_of
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
SCALED_BY = 20_000  # newest takes by which descriptors are scaled
MANY_PEOPLE = 2**31 - 1
MOST_CHANGED = 64  # briefs whose pairs are made anew one by one; all are where more have changed

NO_PAIRS = np.empty((3, 0), np.int64)

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
        self.takes = ShownTakes()
        self.sessions = SessionTakes()
        self.leases: dict[Page, dict[Pair, float]] = {}  # moment of the last sign of life
        self.reward: RewardEstimate | None = None
        self.measured = 0  # shown takes with descriptors
        self.fitted_to = (0, 0)  # ballots and takes with descriptors that the reward was fitted to
        self.pair: np.ndarray  # [m], sorted
        self.first: np.ndarray  # [m], row of its take
        self.second: np.ndarray
        self.judged: np.ndarray  # [m], by how many people
        self.set_pairs(NO_PAIRS)

    def read(self, studio: Studio) -> None:
        """Brings everything up to date."""
        ballots = self.votes.read(studio)
        described = self.takes.newest_descriptors
        changed = self.takes.read(studio) | self.sessions.read(studio)
        if changed:
            self.make_pairs(changed)
        if changed or described != self.takes.newest_descriptors:
            self.measured = len(self.takes.measured())
        self.count_ballots(ballots)
        self.refit()

    def count_ballots(self, ballots: Collection[tuple[int, Pair]]) -> None:
        """Takes in (person, pair) of new ballots, all of them in one search: one each would be quadratic."""
        if not ballots:
            return
        self.count_judged(list({pair for _, pair in ballots}))
        cast = set(ballots) if self.leases else set()
        for (person, _), leased in self.leases.items():
            for pair in [pair for pair in leased if (person, pair) in cast]:
                del leased[pair]

    def count_judged(self, pairs: Sequence[Pair]) -> None:
        rows, which = self.rows_of(pairs)
        self.judged[rows] = np.array([self.votes.judged(pair) for pair in pairs], np.int32)[which]

    def make_pairs(self, changed: set[int]) -> None:
        """The pairs of these briefs anew. Of the others only the places change, in one copy of each array."""
        if len(changed) > MOST_CHANGED:
            self.set_pairs(self.pairs_of(None))
            self.count_judged(list(self.votes.counts))
            return
        made, before = self.pairs_of(changed), np.flatnonzero(self.in_briefs(changed))
        gone = before[~np.isin(self.pair[before], made[0])]
        added = made[:, ~np.isin(made[0], self.pair[before])]
        kept = [np.delete(each, gone) for each in (self.pair, self.first, self.second)] if len(gone) else None
        pair, first, second = kept or (self.pair, self.first, self.second)
        places = np.searchsorted(pair, added[0])
        judged = np.insert(np.delete(self.judged, gone), places, 0)
        columns = zip((pair, first, second), added, strict=True)
        self.set_pairs(tuple(np.insert(column, places, values) for column, values in columns))
        self.judged = judged
        self.count_judged(added[0].tolist())

    def set_pairs(self, pairs: Sequence[np.ndarray] | np.ndarray) -> None:
        """Pairs [m], sorted, with the rows of their first and second takes; nobody has judged them yet."""
        self.pair, self.first, self.second = pairs
        self.brief_of_pair = self.takes.brief[self.first]
        self.judged = np.zeros(len(self.pair), np.int32)

    def pairs_of(self, briefs: set[int] | None) -> np.ndarray:
        """(pair, row of its first take, row of its second take), [3, m], of these briefs or of all, sorted.

        Each take comes with its nearest neighbours, but for those that are the same picture: in its brief, and among
        its brief's takes in each review session, where those between them may be missing. Takes of a rewrite come in sessions
        alone: their own pair is dealt as one of two wordings, and no picture model learns from any other.
        """
        rows = self.takes.of_briefs(briefs)
        own = rows[~self.takes.rewritten[rows]]
        chosen, group = self.sessions.groups(briefs)
        by_take = rows[self.takes.take[rows].argsort()]
        place = np.searchsorted(self.takes.take[by_take], chosen)
        there = place < len(by_take)
        there[there] = self.takes.take[by_take[place[there]]] == chosen[there]
        in_sessions = self.neighbours(by_take[place[there]], group[there])
        first, second = np.concatenate([self.neighbours(own, self.takes.brief[own]), in_sessions], axis=1)
        pair, kept = np.unique(self.takes.take[first] << 32 | self.takes.take[second], return_index=True)
        return np.stack([pair, first[kept], second[kept]])

    def neighbours(self, rows: np.ndarray, group: np.ndarray) -> np.ndarray:
        """Rows of takes that are near each other in one group, and not the same picture, [2, m].

        rows: by group, then by take.
        """
        near, picture = [NO_PAIRS[1:]], self.takes.picture[rows]
        for apart in range(1, NEIGHBOURS + 1):
            same = group[apart:] == group[:-apart]
            first = np.flatnonzero(same & (picture[apart:] != picture[:-apart]))
            near.append(np.stack([rows[first], rows[first + apart]]))
        return np.concatenate(near, axis=1)

    def rows_of(self, pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
        """(rows, which of `pairs` they are); pairs that are not in the pool are left out."""
        numbers = np.array(pairs, np.int64)
        rows = np.searchsorted(self.pair, numbers)
        which = np.flatnonzero(rows < len(self.pair))
        which = which[self.pair[rows[which]] == numbers[which]]
        return rows[which], which

    def refit(self) -> None:
        """Fits the reward again when enough is new: at first after every ballot, later after every fiftieth part."""
        measured = self.measured
        ballots_before, measured_before = self.fitted_to
        due = self.votes.ballots > ballots_before + ballots_before // 50 or measured > measured_before * 1.1
        if not measured or (self.reward and not due):
            return
        # Pairs that are dealt no more among them, as of discarded takes: their verdicts go on to count.
        pairs = list(islice(reversed(self.votes.counts), acquisition.NEWEST))
        difference = self.differences_of(pairs)
        counts = np.array([self.votes.counts[pair] for pair in pairs], np.float64).reshape(-1, 3)
        usable = np.isfinite(difference).all(axis=1) & (counts[:, 1] > 0)
        _, votes, wins = counts[usable].T
        scale = self.descriptor_scale()
        share, start = wins / np.maximum(votes, 1), self.reward.weight if self.reward else None
        self.reward = acquisition.estimate_reward(scale, difference[usable], share, votes, start)
        self.fitted_to = self.votes.ballots, measured

    def descriptor_scale(self) -> np.ndarray:
        """By the newest takes that have descriptors: the others say little more, and take long."""
        newest = self.takes.measured()[-SCALED_BY:]
        rows = newest[np.argsort(self.takes.brief[newest], kind="stable")]
        return acquisition.descriptor_scale(self.takes.descriptors(rows), self.takes.brief[rows])

    def differences(self, rows: np.ndarray) -> np.ndarray:
        """Descriptors of the pairs' first takes minus those of their second, [n, DIMENSIONS]; nan where one is missing."""
        first, second = (self.takes.descriptors(side[rows]) for side in (self.first, self.second))
        return first.astype(np.float64) - second

    def differences_of(self, pairs: Sequence[Pair]) -> np.ndarray:
        """As `differences`, of pairs that need not be in the pool; nan also where an open trial hides a take."""
        takes = np.array([takes_of(pair) for pair in pairs], np.int64).reshape(-1, 2)
        rows = self.takes.rows_of(takes.ravel()).reshape(-1, 2)
        difference = np.full((len(pairs), DIMENSIONS), np.nan)
        there = (rows >= 0).all(axis=1)
        first, second = (self.takes.descriptors(side) for side in rows[there].T)
        difference[there] = first.astype(np.float64) - second
        return difference

    def in_briefs(self, briefs: Collection[int] | None) -> np.ndarray:
        """Which pairs are of these briefs, [m] bool; None is all briefs."""
        if briefs is None:
            return np.ones(len(self.pair), bool)
        return np.isin(self.brief_of_pair, np.array(list(briefs), np.int64))

    def in_session(self, session: int) -> np.ndarray:
        """Which pairs are of takes of this review session alone, [m] bool."""
        chosen = np.isin(self.takes.take, self.sessions.of_session(session))
        return chosen[self.first] & chosen[self.second]

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
            least_judged = free & (judged == judged.min(where=free, initial=MANY_PEOPLE))
            rows = np.flatnonzero(least_judged)
            # Drawn, and not cut from all of them in random order, which alone would take longer than everything else.
            many = len(rows) > CANDIDATES
            candidates = rng.choice(rows, CANDIDATES, replace=False) if many else rng.permutation(rows)
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

    def take_from_other_pages(self, person: int, client: str, pairs: Collection[Pair]) -> None:
        for (who, page), leased in self.leases.items():
            if who == person and page != client:
                for pair in pairs:
                    leased.pop(pair, None)

    def renew(self, person: int, client: str, pairs: Collection[Pair]) -> None:
        """Renews a page's leases of these pairs; its other leases end."""
        self.leases.pop((person, client), None)
        if pairs:
            self.lease(person, client, pairs)
