"""What a session says of the browser that it was started in, so that its owner can tell it from the others."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute


def m022_session_browsers(db: sqlite_utils.Database) -> None:
    execute(db, "ALTER TABLE sessions ADD COLUMN browser TEXT;")
