"""How a migration runs several statements."""

from __future__ import annotations

import sqlite_utils


def execute(db: sqlite_utils.Database, statements: str) -> None:
    """Runs statements that each end with a semicolon at the end of a line."""
    # executescript() would commit the migration's transaction halfway.
    for statement in filter(str.strip, statements.split(";\n")):
        db.execute(statement)
