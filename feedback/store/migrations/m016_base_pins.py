"""The hash of every file of a version's base. Versions that are there get theirs when they are loaded next."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE base_pins (
    version TEXT PRIMARY KEY REFERENCES versions(name), files TEXT NOT NULL, created TEXT NOT NULL);
"""


def m016_base_pins(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
