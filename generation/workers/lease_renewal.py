"""Keeps a worker's leases alive, and its progress visible, from a thread beside the one that draws."""

from __future__ import annotations

import logging
from threading import Event, Thread
from types import TracebackType

from feedback.errors import one_line
from feedback.production.render_queue import renew_leases
from feedback.store import Studio

log = logging.getLogger(__name__)

INTERVAL = 0.5  # seconds: what a person watching a progress bar finds alive


class LeaseRenewal:
    """`with LeaseRenewal(…) as renewal:` renews this worker's leases, all in one transaction, until the block ends."""

    def __init__(self, studio: Studio, worker: str, ids: list[int], seconds: float) -> None:
        self.studio, self.worker, self.seconds = studio, worker, seconds
        self.lost: set[int] = set()
        """Takes that are no longer this worker's: done, cancelled, or another one's after a long sleep."""
        self._shares: dict[int, float | None] = dict.fromkeys(ids)
        self._ended = Event()
        self._thread = Thread(target=self._run, name=f"lease renewal of {worker}", daemon=True)

    def __enter__(self) -> LeaseRenewal:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def report(self, ids: list[int], share: float) -> None:
        """These takes are drawn up to `share`, 0 to 1; written with the next renewal."""
        self._shares.update(dict.fromkeys(ids, share))

    def _run(self) -> None:
        while not self._ended.wait(INTERVAL):
            held = {id: share for id, share in self._shares.copy().items() if id not in self.lost}
            try:
                self.lost |= renew_leases(self.studio, self.worker, held, self.seconds)
            except Exception as error:  # a busy disk must not end the drawing; the next renewal tries again
                log.warning("the leases of takes %s could not be renewed: %s", list(held), one_line(error))
