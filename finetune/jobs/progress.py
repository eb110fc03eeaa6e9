"""How far a run is, in its row, and whether it was asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from feedback.errors import Interrupted
from feedback.models import runs
from feedback.store import Studio

SECONDS = 1.0  # between two writes


class OnStage(Protocol):
    """Is told that a stage of a night begins (snapshot, tune, evaluate, register), and what came of the one before."""

    def __call__(self, stage: str, came: str = "") -> None: ...


def unwatched(stage: str, came: str = "") -> None:
    """For a run that nobody follows by its stages."""


@dataclass
class RunProgress:
    """Writes the progress of a run into its row, about once a second. Without a studio nothing is written."""

    studio: Studio | None
    run: int
    should_stop: Callable[[], bool]
    on_stage: OnStage = unwatched
    written: float = 0.0  # when it was written last

    def part(self, first: float, last: float) -> Callable[[float], None]:
        """Takes the share done of one part of the run, which itself goes from `first` to `last`; raises Interrupted."""

        def report(share: float) -> None:
            if self.should_stop():
                raise Interrupted(f"run {self.run} was interrupted")
            self.write(first + (last - first) * share)

        return report

    def write(self, share: float) -> None:
        if self.studio is not None and time.monotonic() - self.written >= SECONDS:
            runs.progress_run(self.studio, self.run, share)
            self.written = time.monotonic()
