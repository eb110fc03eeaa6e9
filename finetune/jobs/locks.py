"""One run of a kind at a time on a machine."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from feedback.errors import Conflict

PATIENCE = 1.0  # seconds in which whoever has just got the lock writes its number down


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
            raise Conflict(f"{what} is already going on in {holder_of(file)}: wait for it to end") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)  # before the lock goes, so that no later process of this number is taken for the holder


def find_holder(path: Path) -> int | None:
    """The process that holds a lock file, None when none does. A look at it: the lock itself is not touched."""
    try:
        number = path.read_text().strip()
    except OSError:
        return None
    return int(number) if number.isdigit() and is_running(int(number)) else None


def holder_of(file: IO[str]) -> str:
    """The process that holds the lock. What a dead one left in the file is not believed."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        file.seek(0)
        number = file.read().strip()
        if number.isdigit() and is_running(int(number)):
            return f"process {number}"
        time.sleep(PATIENCE / 50)
    return "another process"  # of another machine or container, perhaps


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        pass
    return True
