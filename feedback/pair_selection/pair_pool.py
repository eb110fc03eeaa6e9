"""Every pair that can be dealt, in memory, with what has been said of it and the looks of its takes.

Read afresh, ten thousand takes cost a third of a second, and people wait for the next pair. The record only grows, so
each deal reads what came since the last one and the rest stays: a few milliseconds.
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

# Takes drawn last are paired with their nearest neighbours in the brief, so that a brief with 200 takes offers
# hundreds of pairs and not 20,000.
NEIGHBOURS = 6
# A pair that a page was dealt is leased to it. Another page of the same person is not dealt it until the page has been
# silent for so long; a page shows that it is open three times a minute, and browsers slow hidden pages to once.
PAGE_SECONDS = 150.0
LEASE_SECONDS = 600.0  # after which other people no longer count it as on its way
MOST_PAGES = 16  # of one person; the one that has been silent longest is forgotten
MOST_LEASES = 256  # of one page
CANDIDATES = 1000  # drawn by chance from all that may be dealt next, and compared

_SHOWN = f"SELECT json_group_array(id) FROM takes WHERE state = 'done' AND rendition IS NOT NULL AND id NOT IN ({TAKES_OF_OPEN_TRIALS})"
_TAKES = "SELECT id, brief, rendition FROM takes WHERE id IN (SELECT value FROM json_each(?))"

Page = tuple[int, str]  # a person and the id that their open page made for itself; "" for a program

_decks: WeakKeyDictionary[Studio, Deck] = WeakKeyDictionary()
_decks_lock = Lock()


def deck_of(studio: Studio) -> Deck:
    """The studio's one deck in this process."""
    with _decks_lock:
        if studio not in _decks:
            _decks[studio] = Deck()
        return _decks[studio]


class Deck:
    """Whoever uses it holds its `lock`, and begins with `read`. Rows are places in its arrays, pairs sorted."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.tally = VoteCounts()
        self.takes: dict[int, tuple[int, str]] = {}  # id -> (brief, rendition)
        self.kept: dict[str, np.ndarray] = {}  # looks by rendition
        self.looked = 0  # place of the last look read
        self.leases: dict[Page, dict[Pair, float]] = {}  # moment of the last sign of life
        self.liking: RewardEstimate | None = None
        self.fitted = (0, 0)  # ballots and looks that the liking knows
        self.lay_out()

    def read(self, studio: Studio) -> None:
        """Brings everything up to date."""
        heard = self.tally.read(studio)
        shown = json.loads(studio.value(_SHOWN))
        new, self.looked = read_descriptors(studio, self.looked)
        self.kept |= new
        if self.takes.keys() != set(shown):
            self.read_takes(studio, shown)
            self.lay_out()
        elif new:
            self.lay_out()
        self.count_ballots(heard)
        self.refit()

    def count_ballots(self, ballots: Collection[tuple[int, Pair]]) -> None:
        """Takes in (person, pair) of new ballots, all of them in one search: one each would be quadratic."""
        if not ballots:
            return
        pairs = list({pair for _, pair in ballots})
        rows, which = self.find(pairs)
        self.judged[rows] = np.array([self.tally.judged(pair) for pair in pairs], np.int64)[which]
        cast = set(ballots)
        for (person, _), leased in self.leases.items():
            for pair in [pair for pair in leased if (person, pair) in cast]:
                del leased[pair]

    def read_takes(self, studio: Studio, shown: list[int]) -> None:
        rows = studio.rows(_TAKES, (json.dumps([take for take in shown if take not in self.takes]),))
        self.takes |= {row["id"]: (row["brief"], row["rendition"]) for row in rows}
        self.takes = {take: self.takes[take] for take in shown}

    def lay_out(self) -> None:
        """The arrays: takes [n] by brief and id with their looks [n, NUMBERS], and pairs [m] as rows of takes."""
        ordered = sorted((brief, take, rendition) for take, (brief, rendition) in self.takes.items())
        self.brief = np.array([brief for brief, _, _ in ordered], np.int64)
        self.take = np.array([take for _, take, _ in ordered], np.int64)
        missing = np.full(DIMENSIONS, np.nan, np.float32)
        looks = [self.kept.get(rendition, missing) for _, _, rendition in ordered]
        self.looks = np.stack(looks) if looks else np.empty((0, DIMENSIONS), np.float32)
        codes = {rendition: code for code, rendition in enumerate({row[2] for row in ordered})}
        self.pair_up(np.array([codes[rendition] for _, _, rendition in ordered], np.int64))

    def pair_up(self, rendition: np.ndarray) -> None:
        """Each take with its nearest neighbours, but for those that are the same picture."""
        found = []
        for apart in range(1, NEIGHBOURS + 1):
            same = self.brief[apart:] == self.brief[:-apart]
            first = np.flatnonzero(same & (rendition[apart:] != rendition[:-apart]))
            found.append(np.stack([first, first + apart]))
        first, second = np.concatenate(found, axis=1)
        pair = self.take[first] << 32 | self.take[second]
        order = pair.argsort()
        self.first, self.second, self.pair = first[order], second[order], pair[order]
        self.home = self.brief[self.first]
        self.judged = np.zeros(len(pair), np.int64)
        rows, which = self.find(list(self.tally.counts))
        self.judged[rows] = np.array([judged for judged, _, _ in self.tally.counts.values()], np.int64)[which]

    def find(self, pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
        """(rows, which of `pairs` they are); what is not in the deck is left out."""
        wanted = np.array(pairs, np.int64)
        rows = np.searchsorted(self.pair, wanted)
        which = np.flatnonzero(rows < len(self.pair))
        which = which[self.pair[rows[which]] == wanted[which]]
        return rows[which], which

    def refit(self) -> None:
        """Fits the liking again when enough is new: at first with every ballot, later with every fiftieth part."""
        looks = int(np.isfinite(self.looks[:, 0]).sum())
        ballots_then, looks_then = self.fitted
        due = self.tally.ballots > ballots_then + ballots_then // 50 or looks > looks_then * 1.1
        if not looks or (self.liking and not due):
            return
        pairs = list(islice(reversed(self.tally.counts), acquisition.NEWEST))
        rows, which = self.find(pairs)
        counts = np.array([self.tally.counts[pairs[place]] for place in which], np.float64).reshape(-1, 3)
        told = np.isfinite(self.differences(rows)).all(axis=1) & (counts[:, 1] > 0)
        rows, (_, votes, wins) = rows[told], counts[told].T
        there = np.isfinite(self.looks).all(axis=1)
        scale = acquisition.descriptor_scale(self.looks[there], self.brief[there])
        before = self.liking.weight if self.liking else None
        self.liking = acquisition.estimate_reward(
            scale, self.differences(rows), wins / np.maximum(votes, 1), votes, before
        )
        self.fitted = self.tally.ballots, looks

    def differences(self, rows: np.ndarray) -> np.ndarray:
        """Looks of the pairs' first takes minus those of their second, [n, NUMBERS]; nan where one is missing."""
        return self.looks[self.first[rows]].astype(np.float64) - self.looks[self.second[rows]]

    def within(self, briefs: Collection[int] | None) -> np.ndarray:
        """Which pairs are of these briefs, [m] bool; None is all briefs."""
        if briefs is None:
            return np.ones(len(self.pair), bool)
        return np.isin(self.home, np.array(list(briefs), np.int64))

    def without(self, free: np.ndarray, pairs: Sequence[Pair]) -> np.ndarray:
        """A copy of [m] bool in which these pairs are not free."""
        left = free.copy()
        left[self.find(pairs)[0]] = False
        return left

    def deal(
        self, person: int, free: np.ndarray, held: Collection[Pair], wanted: int, chance: float, seed: int
    ) -> list[Pair]:
        """Up to `wanted` of the free pairs: those that the fewest people have judged, and of these what teaches most.

        A pair that is leased to somebody else counts as judged by them, or everybody would be dealt the same ones.
        """
        rng, judged, dealt = np.random.default_rng(seed), self.judged.copy(), list[int]()
        others = self.leased_to_others(person)
        np.add.at(judged, self.find(others)[0], 1)
        pending, _ = self.find([*held, *others])
        while len(dealt) < wanted and free.any():
            level = free & (judged == judged[free].min())
            some = rng.permutation(np.flatnonzero(level))[:CANDIDATES]
            dealt += self.choose(some, [*pending, *dealt], wanted - len(dealt), chance, rng)
            free = free & ~level
        return [int(self.pair[row]) for row in dealt]

    def choose(
        self, some: np.ndarray, pending: list[int], wanted: int, chance: float, rng: np.random.Generator
    ) -> list[int]:
        """Up to `wanted` of some rows in random order; `pending`: rows whose verdicts are on their way."""
        if self.liking is None:
            return some[:wanted].tolist()
        judged = np.bincount(self.home, self.judged)[self.home[some]]
        liking = acquisition.expect_verdicts(self.liking, self.differences(np.array(pending, np.int64)))
        rows = acquisition.choose_pairs(liking, self.differences(some), self.home[some], judged, wanted, chance, rng)
        return some[rows].tolist()

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
        """What a page still holds; its other leases end."""
        self.leases.pop((person, client), None)
        if pairs:
            self.lease(person, client, pairs)
