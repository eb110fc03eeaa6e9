"""When a token ends by itself."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE tokens ADD COLUMN expires TEXT
"""


def m010_token_expiry(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
