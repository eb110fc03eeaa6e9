"""Every take that is done, in memory: its brief, its picture, the picture's descriptors, and whether it is dealt.

A take that an open trial hides is not, and neither is a discarded one. What was judged of a discarded take goes on to count.

Takes stay on the row at which they were read, so that what is new is only ever added.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from feedback.pair_selection.descriptors import DIMENSIONS, read_descriptors
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

_DONE = """
SELECT t.id, t.brief, t.rendition, t.rewrite IS NOT NULL, d.number FROM done_takes d JOIN takes t ON t.id = d.take
WHERE d.number > ? AND t.rendition IS NOT NULL ORDER BY d.number
"""
_STATUSES = """
SELECT s.take, s.status = 'discarded', s.id FROM statuses s WHERE s.id > ? ORDER BY s.id
"""
MANY = 256  # takes; an array has room for at least so many more


class GrowingArray:
    """Rows [n, ...] of one kind, to whose end more are added; memory is doubled whenever there is no room left."""

    def __init__(self, kind: type, *width: int) -> None:
        self.memory: np.ndarray = np.empty((MANY, *width), kind)
        self.rows = self.memory[:0]

    def extend(self, rows: np.ndarray) -> None:
        before, after = len(self.rows), len(self.rows) + len(rows)
        if after > len(self.memory):
            memory = np.empty((2 * after, *self.memory.shape[1:]), self.memory.dtype)
            memory[:before] = self.rows
            self.memory = memory
        self.memory[before:after] = rows
        self.rows = self.memory[:after]


class ShownTakes:
    """Takes [n] by row, and pictures [k] by code: several takes may have the same picture."""

    def __init__(self) -> None:
        self._take, self._brief, self._picture = (GrowingArray(np.int64) for _ in range(3))
        self._rewritten = GrowingArray(np.bool_)
        self._descriptors = GrowingArray(np.float32, DIMENSIONS)  # by code of the picture; nan where missing
        self.codes: dict[str, int] = {}  # by the rendition's sha256
        self.hidden: set[int] = set()  # by an open trial
        self.discarded: set[int] = set()
        self.newest_done = self.newest_descriptors = self.newest_status = 0

    @property
    def take(self) -> np.ndarray:
        return self._take.rows

    @property
    def brief(self) -> np.ndarray:
        return self._brief.rows

    @property
    def picture(self) -> np.ndarray:
        return self._picture.rows

    @property
    def rewritten(self) -> np.ndarray:
        """Which takes were drawn from a rewrite of their brief, [n] bool."""
        return self._rewritten.rows

    def read(self, studio: Studio) -> set[int]:
        """Takes in what is new; the briefs of which more or fewer takes are shown than before."""
        self.read_descriptors(studio)
        new = studio.tuples(_DONE, (self.newest_done,))
        hidden = {row[0] for row in studio.tuples(TAKES_OF_OPEN_TRIALS)}
        changed = {row[1] for row in new}
        if new:
            takes, briefs, renditions, rewritten, numbers = zip(*new, strict=True)
            self.newest_done = numbers[-1]
            self._take.extend(np.array(takes, np.int64))
            self._brief.extend(np.array(briefs, np.int64))
            self._picture.extend(self.codes_of(renditions))
            self._rewritten.extend(np.array(rewritten, np.bool_))
        discarded = self.read_discarded(studio)
        if other := (hidden ^ self.hidden) | (discarded ^ self.discarded):
            changed |= set(self.brief[np.isin(self.take, list(other))].tolist())
            self.hidden, self.discarded = hidden, discarded
        return changed

    def read_discarded(self, studio: Studio) -> set[int]:
        """The takes whose status is discarded by now; statuses are only ever added."""
        discarded = set(self.discarded)
        for take, is_discarded, status in studio.tuples(_STATUSES, (self.newest_status,)):
            (discarded.add if is_discarded else discarded.discard)(take)
            self.newest_status = status
        return discarded

    def read_descriptors(self, studio: Studio) -> None:
        measured, self.newest_descriptors = read_descriptors(studio, self.newest_descriptors)
        if measured:
            codes = self.codes_of(measured)
            self._descriptors.rows[codes] = np.array(list(measured.values()))

    def codes_of(self, renditions: Iterable[str]) -> np.ndarray:
        """The code of each, new ones among them, whose descriptors are missing for now."""
        codes = np.array([self.codes.setdefault(sha256, len(self.codes)) for sha256 in renditions], np.int64)
        added = len(self.codes) - len(self._descriptors.rows)
        self._descriptors.extend(np.full((added, DIMENSIONS), np.nan, np.float32))
        return codes

    def descriptors(self, rows: np.ndarray) -> np.ndarray:
        """Of the takes on these rows, float32 [n, DIMENSIONS]; nan where they are missing."""
        return self._descriptors.rows[self.picture[rows]]

    def measured(self) -> np.ndarray:
        """Rows of takes whose descriptors are there and that no open trial hides."""
        there = np.isfinite(self._descriptors.rows[:, 0])[self.picture]
        return np.flatnonzero(there & self.visible(self.take))

    def visible(self, takes: np.ndarray) -> np.ndarray:
        """Which of these takes no open trial hides, [n] bool."""
        return ~np.isin(takes, list(self.hidden))

    def rows_of(self, takes: np.ndarray) -> np.ndarray:
        """The rows of these takes [n]; -1 for one that is not there, or that an open trial hides."""
        order = self.take.argsort()
        places = np.searchsorted(self.take[order], takes)
        rows = order[np.minimum(places, len(order) - 1)] if len(order) else np.full(len(takes), -1)
        there = (self.take[rows] == takes) & self.visible(takes) if len(order) else np.zeros(len(takes), bool)
        return np.where(there, rows, -1)

    def of_briefs(self, briefs: set[int] | None) -> np.ndarray:
        """Rows of the takes of these briefs, or of all, that are dealt, by brief and then by take."""
        chosen = self.visible(self.take) & ~np.isin(self.take, list(self.discarded))
        if briefs is not None:
            chosen &= np.isin(self.brief, list(briefs))
        rows = np.flatnonzero(chosen)
        return rows[np.lexsort((self.take[rows], self.brief[rows]))]
