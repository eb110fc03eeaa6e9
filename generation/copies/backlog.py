"""What of a studio is not described, compared or measured yet: a little at a time, and what is done stays done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from feedback.copies import checks, descriptions, threshold
from feedback.errors import Refused, one_line
from feedback.store import Studio
from generation.copies.checking import Known, check_take, describe_file, describe_frames, measure_apart
from generation.copies.encoding_round import Encoding
from generation.opencv import is_there

log = logging.getLogger(__name__)

AT_ONCE = 4  # pictures, after which something else may come first


def keep_frames(studio: Studio, sha256: str, frames: Sequence[np.ndarray] | np.ndarray) -> None:
    """Describes a file whose pixels, F of uint8 [H, W, 3], are at hand. Never raises: it can be described later."""
    try:
        if is_there():
            describe_frames(studio, sha256, frames)
    except Exception as error:
        log.warning("no description of %s: %s", sha256[:12], one_line(error))


@dataclass
class Progress:
    """What one run over a studio did."""

    described: int = 0  # files of the library
    compared: int = 0  # takes
    measured: int = 0  # frames of the library, for the threshold
    read: int = 0  # files, by the image encoder or the model
    encoder_problem: str | None = None  # why it cannot read them
    left_out: list[dict[str, str]] = field(default_factory=list)  # library item, and why it could not be described


class Backlog:
    """One round over what is to be done: the library is described, takes are compared, the threshold is measured; then the
    same by an image encoder, or by the model that draws."""

    def __init__(
        self, studio: Studio, known: Known | None = None, encoding: Encoding | None = None, *, newer: bool = False
    ) -> None:
        """`newer`: also takes that were compared before the library's newest frames came, and what the model is to read."""
        self.studio, self.known, self.newer = studio, known or Known(studio), newer
        self.encoding = encoding or Encoding(studio)
        self.progress = Progress()
        self._encoding = self.encoding.round(by_model=newer)
        self._stages: list[Callable[[int], bool]] = [self._describe, self._compare, self._measure, self._encode]
        self._item = self._take = self._measured = 0

    def step(self, most: int = AT_ONCE) -> bool:
        """Does up to `most` of what is left; False when nothing is."""
        while self._stages:
            if self._stages[0](most):
                return True
            self._stages.pop(0)
        return False

    def run(self, stop: threading.Event, on_step: Callable[[Progress], None] = lambda progress: None) -> Progress:
        """All that is left, until `stop` is set."""
        while not stop.is_set() and self.step(1):
            on_step(self.progress)
        return self.progress

    def left(self) -> int:
        """About how many steps of one there are: for a bar."""
        items = len(descriptions.items_without(self.studio, self._item, -1))
        takes = len(checks.unchecked(self.studio, self._take, -1, newer=self.newer))
        measured = max(0, threshold.left_to_measure(self.studio) - self._measured)
        return items + takes + measured + self.encoding.left()

    def _describe(self, most: int) -> bool:
        rows = descriptions.items_without(self.studio, self._item, most)
        for item, sha256 in rows:
            reason = describe_file(self.studio, sha256)
            if reason:
                self.progress.left_out.append({"item": str(item), "reason": reason})
            self.progress.described += reason is None
            self._item = item
        return bool(rows)

    def _compare(self, most: int) -> bool:
        takes = checks.unchecked(self.studio, self._take, most, newer=self.newer)
        for take in takes:
            check_take(self.known, take)
            self.progress.compared += 1
            self._take = take
        return bool(takes)

    def _measure(self, most: int) -> bool:
        self.known.update()
        rows = threshold.to_measure(self.studio, self.known.upto, most)
        for description in rows:
            measure_apart(self.known, description)
            self.progress.measured += 1
            self._measured += 1
        return bool(rows)

    def _encode(self, most: int) -> bool:
        done = list(islice(self._encoding, most))
        self.progress.read += done.count("file")
        self.progress.encoder_problem = self.encoding.problem
        return bool(done)


class IdleComparing:
    """The worker's part of it: new takes as they come, and now and then a round for what the library has that is new."""

    ROUND = 300.0  # seconds between rounds

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.known: Known | None = None
        self.encoding = Encoding(studio)
        self._backlog: Backlog | None = None
        self._next_round = 0.0

    def begin(self) -> None:
        """Something was drawn: there may be takes to compare."""
        self._backlog = None

    def step(self, now: float) -> bool:
        """A little of what is left; False when nothing is. Never raises for a picture's sake."""
        if not is_there():
            return False
        if self._backlog is None:
            self.known = self.known or Known(self.studio)
            is_round = now >= self._next_round
            self._next_round = now + self.ROUND if is_round else self._next_round
            self._backlog = Backlog(self.studio, self.known, self.encoding, newer=is_round)
        try:
            if self._backlog.step():
                return True
        except Refused as reason:  # such as a studio on a disk that is read-only now
            log.warning("takes are not compared: %s", one_line(reason))
        if now >= self._next_round:
            self._backlog = None
        return False
