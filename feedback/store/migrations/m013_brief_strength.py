"""How much of the source a take that starts from one may lose."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE briefs ADD COLUMN strength REAL;
UPDATE briefs SET strength = 0.6 WHERE source_media IS NOT NULL
    AND (kind = 'still' OR (SELECT frames FROM media WHERE sha256 = briefs.source_media) > 1);
"""


def m013_brief_strength(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
