"""Whether briefs of a project may start from pictures that are under no licence. Projects of before may, as they did."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE projects ADD COLUMN plate_policy TEXT NOT NULL DEFAULT 'off' CHECK (plate_policy IN ('refuse','list','off'));
"""


def m046_plate_policy(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
