"""Keeps a worker's leases alive, and its progress visible, from a thread beside the one that draws."""

from __future__ import annotations

import logging
from threading import Event, Thread
from types import TracebackType

from feedback.errors import Refused, one_line
from feedback.production.render_queue import renew_lease
from feedback.store import Studio

log = logging.getLogger(__name__)

INTERVAL = 0.5  # seconds: what a person watching a progress bar finds alive


class LeaseRenewal:
    """`with LeaseRenewal(…) as renewal:` renews this worker's leases, take by take, until the block ends."""

    def __init__(self, studio: Studio, worker: str, ids: list[int], seconds: float) -> None:
        self.studio, self.worker, self.seconds = studio, worker, seconds
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
            for take_id, share in list(self._shares.items()):
                self._renew(take_id, share)

    def _renew(self, take_id: int, share: float | None) -> None:
        try:
            renew_lease(self.studio, [take_id], self.worker, self.seconds, progress=share)
        except Refused as refusal:  # finished by now, or taken over after a long sleep: finishing will be refused then
            log.debug("%s", refusal)
        except Exception as error:  # a busy disk must not end the drawing; the next renewal tries again
            log.warning("the lease of take %d could not be renewed: %s", take_id, one_line(error))
