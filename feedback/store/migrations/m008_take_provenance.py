"""What is needed to make a take again is its provenance; `asked_version` becomes `requested_version`."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE takes RENAME COLUMN recipe TO provenance;
ALTER TABLE takes RENAME COLUMN asked_version TO requested_version
"""


def m008_take_provenance(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
