"""How far a run is, in its row, and whether it was asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from feedback.errors import Interrupted
from feedback.models import runs
from feedback.store import Studio

SECONDS = 1.0  # between two writes


@dataclass
class RunProgress:
    """Writes the progress of a run into its row, about once a second. Without a studio nothing is written."""

    studio: Studio | None
    run: int
    should_stop: Callable[[], bool]
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
