"""A studio as an older Circletake left it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlite_utils
from sqlite_utils.migrations import Migrations

from feedback.store import Studio
from feedback.store.migrations import STEPS


def open_older(folder: Path, before: str, rows: str) -> Studio:
    """A studio in which the steps before `before` were done, with these rows (SQL), opened by today's Circletake."""
    folder.mkdir()
    done = Migrations("circletake")
    for step in STEPS[: [step.__name__ for step in STEPS].index(before)]:
        done(name=step.__name__)(step)
    with closing(sqlite3.connect(folder / "studio.db")) as connection:
        done.apply(sqlite_utils.Database(connection))
        connection.executescript(rows)
    return Studio.open(folder)
