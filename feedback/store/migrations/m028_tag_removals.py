"""When a tag was removed, so that boards which are open elsewhere can tell."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE tags ADD COLUMN removed TEXT;
CREATE INDEX tags_removed ON tags(removed) WHERE removed IS NOT NULL;
"""


def m028_tag_removals(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
