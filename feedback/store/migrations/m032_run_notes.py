"""Which notes told a run where on a take to learn: those that point at a place or at some frames."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE run_notes (
    run INTEGER NOT NULL REFERENCES runs(id), note INTEGER NOT NULL REFERENCES notes(id),
    person INTEGER NOT NULL REFERENCES people(id), PRIMARY KEY (run, note));
"""


def m032_run_notes(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
