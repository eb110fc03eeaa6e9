"""Work on a studio that ends with SIGKILL before a chosen statement of SQLite."""

from __future__ import annotations

import os
import signal
import sqlite3
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from feedback.models import versions
from feedback.store import Studio
from feedback.trials import promotion
from tests.faults.warm import begin

ALL = 1 << 30


def main(kind: str, folder: str, left: int) -> None:
    """Says how many statements it took, where it was not killed."""
    begun, real = 0, sqlite3.connect

    def count(statement: str) -> None:
        nonlocal begun
        begun += 1
        if begun > left:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(*words: Any, **named: Any) -> sqlite3.Connection:
        connection = real(*words, **named)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = connect  # type: ignore[assignment]
    studio = Studio.open(folder)
    print("open", flush=True)
    DECISIONS.get(kind, lambda opened: None)(studio)
    print(begun)


def promote(studio: Studio) -> None:
    if versions.production_version(studio) != "v0001":
        promotion.promote(studio, "v0001", force=True, reason="to be killed")


def go_back(studio: Studio) -> None:
    if versions.production_version(studio) != "starter":
        promotion.rollback(studio, reason="to be killed")


DECISIONS = {"promotion": promote, "rollback": go_back}


def kill_at(kind: str, studio: Path, statement: int) -> int:
    """The exit code."""
    process = start(kind, studio, statement)
    process.join()
    return process.exitcode or 0


def start(kind: str, studio: Path, statement: int = ALL) -> ForkServerProcess:
    log_of(studio).unlink(missing_ok=True)
    return begin(main, kind, str(studio), statement, log=log_of(studio))


def log_of(studio: Path) -> Path:
    return studio.with_name(f"{studio.name}.log")


def count_statements(kind: str, studio: Path) -> int:
    """How many it takes until it is done; does it."""
    start(kind, studio).join()
    return int(log_of(studio).read_text().split()[-1])
