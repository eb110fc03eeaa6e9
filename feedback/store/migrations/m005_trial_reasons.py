"""Why a trial was closed."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE trials ADD COLUMN reason TEXT
"""


def m005_trial_reasons(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
