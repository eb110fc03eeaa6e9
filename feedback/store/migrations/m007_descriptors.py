"""The table `looks` becomes `descriptors`."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE looks RENAME TO descriptors
"""


def m007_descriptors(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
