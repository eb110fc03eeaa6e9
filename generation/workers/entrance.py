"""The one way into a worker: its place in the liveness record first, then the libraries, which take seconds to load."""

from __future__ import annotations

from threading import Event
from typing import Any

from feedback.signals import stopping_on_signals
from feedback.store import Studio
from generation.workers.liveness import worker_lives


def work(studio: Studio, *, stop: Event | None = None, **options: Any) -> int:
    """Draws queued takes as `generation.workers.worker.run_worker` does, with its options; returns how many were done.

    Every worker comes in here, so that others see it from its first moment to its last. In the main thread SIGTERM and
    SIGINT set `stop`.
    """
    with worker_lives(studio.folder), stopping_on_signals(stop) as stopping:
        from generation.workers.worker import run_worker

        return run_worker(studio, stop=stopping, **options)
