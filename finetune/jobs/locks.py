"""One run of a kind at a time on a machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback.errors import Conflict


@contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Holds a lock file for as long as the block runs; Conflict when another process holds it.

    The kernel lets go of the lock when its process dies, however it dies, so there is no stale lock to clean up.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Conflict(f"{what} is already going on in process {holder}: wait for it to end") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
