"""Whether briefs of a project may start from pictures that are under no licence, and how much of a passport is in files that
leave it. Projects of before go on as they did."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE projects ADD COLUMN plate_policy TEXT NOT NULL DEFAULT 'off' CHECK (plate_policy IN ('refuse','list','off'));
ALTER TABLE projects ADD COLUMN credentials TEXT NOT NULL DEFAULT 'full' CHECK (credentials IN ('full','reduced'));
"""


def m046_plate_policy(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
