"""Keeps a worker's leases alive, and its progress visible, from a thread beside the one that draws."""

from __future__ import annotations

import logging
from threading import Event, Thread
from types import TracebackType

from feedback.errors import Refused
from feedback.studio import Studio
from feedback.takes import renew_lease

log = logging.getLogger(__name__)

BEAT = 0.5  # seconds: what a person watching a progress bar finds alive


class Heartbeat:
    """`with Heartbeat(…) as beat:` renews this worker's leases until the block ends.

    The drawing says which takes are `current`, how far they are (`share`, 0 to 1), and which are still `waiting`.
    """

    def __init__(self, studio: Studio, worker: str, waiting: list[int], seconds: float) -> None:
        self.studio, self.worker, self.seconds = studio, worker, seconds
        self.current: list[int] = []
        self.waiting = waiting
        self.share = 0.0
        self._ended = Event()
        self._thread = Thread(target=self._run, name=f"heartbeat of {worker}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def begin(self, ids: list[int]) -> None:
        """These takes are drawn from now on; the ones before them are no longer this worker's concern."""
        self.share = 0.0
        self.current, self.waiting = ids, [waiting for waiting in self.waiting if waiting not in ids]

    def _run(self) -> None:
        while not self._ended.wait(BEAT):
            self._renew(self.current, self.share)
            self._renew(self.waiting, None)

    def _renew(self, ids: list[int], share: float | None) -> None:
        try:
            if ids:
                renew_lease(self.studio, ids, self.worker, self.seconds, progress=share)
        except Refused as refusal:  # just finished, or taken over after a long sleep: finishing will be refused then
            log.debug("%s", refusal)
        except Exception:  # a busy disk must not end the drawing; the next beat tries again
            log.exception("the leases of takes %s could not be renewed", ids)
