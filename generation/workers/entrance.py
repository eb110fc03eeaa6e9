"""The ways into a worker: its place in the liveness record first, then the libraries, which take seconds to load."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from threading import Event
from typing import Any

from feedback.signals import stopping_on_signals
from feedback.store import Studio
from generation.workers.liveness import worker_lives


def work(studio: Studio, *, stop: Event | None = None, projects: Sequence[str] = (), **options: Any) -> int:
    """Draws queued takes as `generation.workers.worker.run_worker` does, with its options; returns how many were done.

    Every worker comes in here, or by `work_on_ray`, so that others see it from its first moment to its last. In the
    main thread SIGTERM and SIGINT set `stop`.
    """
    with present(studio, projects), stopping_on_signals(stop) as stopping:
        from generation.workers.worker import run_worker

        return run_worker(studio, stop=stopping, projects=projects, **options)


def work_on_ray(
    studio: Studio, address: str, *, stop: Event | None = None, projects: Sequence[str] = (), **options: Any
) -> int:
    """Likewise on the machines of a Ray cluster, as `generation.workers.ray.head.run_head` does."""
    with present(studio, projects):
        from generation.workers.ray.cluster import joined
        from generation.workers.ray.head import run_head

        with joined(address) as ray, stopping_on_signals(stop) as stopping:  # Ray sets handlers of its own as it joins
            return run_head(ray, studio, stop=stopping, projects=projects, **options)


def present(studio: Studio, projects: Sequence[str]) -> AbstractContextManager[None]:
    """A place in the liveness record, but for a worker of some projects: others' takes must not wait for it."""
    return nullcontext() if projects else worker_lives(studio.folder)
