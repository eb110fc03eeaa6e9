"""Reading a studio's database that cannot be written: on a read-only disk, in somebody else's folder, on a full disk."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import sqlite_utils

from feedback.errors import Invalid, Refused
from feedback.store.migrations import STEPS, migrations


def is_read_only(database: Path) -> bool:
    """Whether this process may not write the database or beside it, where SQLite keeps its log."""
    return not (os.access(database, os.W_OK) and os.access(database.parent, os.W_OK))


def check_not_empty(database: Path) -> None:
    """Invalid for a file that was cut off to nothing: SQLite would take it for a new database, without any record."""
    if not database.stat().st_size and not (_log_of(database).is_file() and _log_of(database).stat().st_size):
        raise Invalid(
            f"{database} is damaged, it is empty: put it away and restore the last backup (circletake restore)"
        )


def check_not_newer(connection: sqlite3.Connection, database: Path) -> None:
    """Refused for tables that a newer Circletake has made: what it means by them is not known here."""
    applied = migrations.applied(sqlite_utils.Database(connection, execute_plugins=False))
    newer = sorted({migration.name for migration in applied} - {step.__name__ for step in STEPS})
    if newer:
        raise Refused(f"{database} was written by a newer Circletake ({newer[-1]}): use that one, or restore a backup")


class Reading:
    """How one database is read: in place where that is safe, or else from a copy that is gone with this object."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._uri = self._find_way()
        connection = self.connect(0)
        try:
            check_not_newer(connection, database)
            outdated = migrations.pending(sqlite_utils.Database(connection, execute_plugins=False))
        finally:
            connection.close()
        if outdated:
            self._bring_copy_up_to_date()

    def connect(self, busy_seconds: float) -> sqlite3.Connection:
        return sqlite3.connect(self._uri, uri=True, timeout=busy_seconds, isolation_level=None)

    def _find_way(self) -> str:
        # Without the right to make SQLite's shared memory a log cannot be read, and `immutable` would leave it out: of
        # a studio whose -wal holds ballots it would show a record without them.
        in_place = f"{self._database.as_uri()}?mode=ro"
        if _can_be_read(in_place):
            return in_place
        log = _log_of(self._database)
        if not log.is_file() or not log.stat().st_size:
            return f"{in_place}&immutable=1"
        return self._copy_here()

    def _copy_here(self) -> str:
        self._copy = tempfile.TemporaryDirectory(prefix="circletake-")
        for path in (self._database, _log_of(self._database)):
            if path.is_file():
                shutil.copyfile(path, Path(self._copy.name) / path.name)
        return (Path(self._copy.name) / self._database.name).as_uri()

    def _bring_copy_up_to_date(self) -> None:
        uri = self._uri if self._copy else self._copy_here()
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        try:
            migrations.apply(sqlite_utils.Database(connection, execute_plugins=False))
        finally:
            connection.close()
        self._uri = f"{uri}?mode=ro"


def _can_be_read(uri: str) -> bool:
    try:
        connection = sqlite3.connect(uri, uri=True)
    except sqlite3.OperationalError:
        return False
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")
