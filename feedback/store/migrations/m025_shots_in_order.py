"""Which sequence a shot is in and where, and projects and shots that are put away.

Without a sequence of its own a shot is in the one that its code names, and without a position it comes by its code.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE projects ADD COLUMN archived TEXT;
ALTER TABLE shots ADD COLUMN archived TEXT;
ALTER TABLE shots ADD COLUMN own_sequence TEXT;
ALTER TABLE shots ADD COLUMN position INTEGER;
CREATE INDEX shots_archived ON shots(id, project) WHERE archived IS NOT NULL;
"""


def m025_shots_in_order(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
