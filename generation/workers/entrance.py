"""The one way into a worker: its place in the liveness record first, then the libraries, which take seconds to load."""

from __future__ import annotations

from contextlib import nullcontext
from threading import Event
from typing import Any

from feedback.signals import stopping_on_signals
from feedback.store import Studio
from generation.workers.liveness import worker_lives


def work(studio: Studio, *, stop: Event | None = None, **options: Any) -> int:
    """Draws queued takes as `generation.workers.worker.run_worker` does, with its options; returns how many were done.

    Every worker comes in here, so that others see it from its first moment to its last, but for those that draw for some
    projects only: who waits for another project's takes must not count on them. In the main thread SIGTERM and SIGINT
    set `stop`.
    """
    present = nullcontext() if options.get("projects") else worker_lives(studio.folder)
    with present, stopping_on_signals(stop) as stopping:
        from generation.workers.worker import run_worker

        return run_worker(studio, stop=stopping, **options)
