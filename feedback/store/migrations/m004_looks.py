"""Descriptors of takes, under the name they had then."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE looks (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
"""


def m004_looks(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
