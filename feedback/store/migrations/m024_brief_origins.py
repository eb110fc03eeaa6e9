"""Which brief another one was made from: a brief that has takes is never changed, so that editing one makes another."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute


def m024_brief_origins(db: sqlite_utils.Database) -> None:
    execute(db, "ALTER TABLE briefs ADD COLUMN based_on INTEGER REFERENCES briefs(id);")
