"""Whether a worker is alive on this studio: each holds a shared lock on one file, which ends with its process.

A lock and not a row in the database: a worker that is killed leaves no row behind that says it still lives.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "workers.lock"


@contextmanager
def worker_lives(folder: Path) -> Iterator[None]:
    """Says "a worker is here" while the block runs."""
    with (folder / LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def worker_is_alive(folder: Path) -> bool:
    """Whether any process is inside `worker_lives` for this studio folder."""
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
