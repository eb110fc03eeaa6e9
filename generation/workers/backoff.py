"""How a worker waits while the machine is at fault: twice as long each time, and at once again when a take is done."""

from __future__ import annotations

import logging
from threading import Event
from time import monotonic

from generation.workers.machine_faults import MachineFault

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds
TRIES = 3  # in a row, of a worker that is to leave when the queue is empty


class Backoff:
    """The faults of one worker's machine: the one met this time, those in a row, and the briefs that it has no memory for."""

    def __init__(self) -> None:
        self.met: MachineFault | None = None
        self.pausing = False
        self.in_a_row = 0
        self._aside: dict[int, tuple[float, float]] = {}  # brief -> (until when, after how long a pause)

    def meet(self, fault: MachineFault, brief: int | None = None) -> None:
        """Notes a fault; where a brief's takes are too large, or its version cannot draw, only they wait."""
        self.met = fault
        if not (fault.memory or fault.version) or brief is None:
            self.pausing = True
        else:
            _, before = self._aside.get(brief, (0.0, FIRST_PAUSE / 2))
            pause = min(2 * before, LONGEST_PAUSE)
            self._aside[brief] = monotonic() + pause, pause

    def set_aside(self) -> list[int]:
        """Briefs whose takes are not tried yet."""
        return [brief for brief, (until, _) in self._aside.items() if until > monotonic()]

    def wait(self, stop: Event, done: int) -> None:
        """After each round, in which `done` takes were drawn: forgets the fault, and pauses where there was one."""
        stop.wait(self.pause_after(done))

    def pause_after(self, done: int) -> float:
        """Likewise, for who does not wait here: the seconds until the next round."""
        fault, pausing = self.met, self.pausing
        self.met, self.pausing = None, False
        if fault is None or done:
            self.in_a_row = 0
        if fault is None:
            return 0.0
        pause = min(FIRST_PAUSE * 2 ** min(self.in_a_row, 16), LONGEST_PAUSE) if pausing else 0.0
        self.in_a_row += pausing
        log.error("takes go back to the queue: %s%s", fault.reason, f"; trying again in {pause:.0f} s" if pause else "")
        return pause
