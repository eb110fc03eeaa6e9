"""Which take a brief starts from, and storyboards: panels of a sequence, in order, with their texts.

A panel that is taken out stays, so that it can be brought back. Places are apart, so that moving one panel writes one row.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE briefs ADD COLUMN source_take INTEGER REFERENCES takes(id);
CREATE TABLE storyboard_panels (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), sequence TEXT NOT NULL, place REAL NOT NULL,
    take INTEGER NOT NULL REFERENCES takes(id), frame INTEGER NOT NULL DEFAULT 0, held INTEGER,
    action TEXT NOT NULL DEFAULT '', dialogue TEXT NOT NULL DEFAULT '', revision INTEGER NOT NULL DEFAULT 1,
    author TEXT NOT NULL, created TEXT NOT NULL, changed_by TEXT NOT NULL, changed TEXT NOT NULL, removed TEXT);
CREATE INDEX panels_of_sequence ON storyboard_panels(project, sequence, place);
"""


def m042_boards(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
