"""One studio folder: its database, media, models and runs, and the only ways in and out of the database.

SQLite in WAL mode with synchronous=FULL, so that what was acknowledged survives the loss of power. Each process has one
writer connection per studio behind one lock: with a connection per thread, commits were lost to "database is locked".
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlite_utils

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import LARGEST_INTEGER, clean_text
from feedback.store.migrations import migrations
from feedback.store.reading import Reading, check_not_empty, check_not_newer, is_read_only

BUSY_SECONDS = 10.0
WRITER_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "fullfsync=ON", "checkpoint_fullfsync=ON", "foreign_keys=ON")
"""What was acknowledged is on the disk. The two fullfsyncs are for macOS, where fsync alone does not empty the disk's cache."""
_writers: dict[Path, _Writer] = {}
_writers_lock = threading.Lock()


class _Writer:
    """The process's writer connection to one database file, shared by every `Studio` opened on it."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self.depth = 0
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)
        for setting in WRITER_SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        self.db = sqlite_utils.Database(connection)


def _writer_of(path: Path) -> _Writer:
    with _writers_lock:
        if path not in _writers:
            _writers[path] = _Writer(path)
        return _writers[path]


@contextmanager
def _naming_what_sqlite_cannot_hold() -> Iterator[None]:
    """The last net under `feedback.fields`: a value that no column can hold is Invalid, and no failure of the server."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise Invalid(f"text with {error.object[error.start]!r} cannot be kept: it is half of a character") from None
    except OverflowError as error:
        if "SQLite INTEGER" not in str(error):
            raise
        raise Invalid(f"a number is larger than the record can hold ({LARGEST_INTEGER})") from None


class Studio:
    """An open studio. Safe to use from many threads; open one per process."""

    def __init__(self, folder: Path, reading: Reading | None = None) -> None:
        """`reading`: how its database is read where it cannot be written."""
        self.name_places(folder)
        self._reading = reading
        self._writer = _writer_of(self.database_path) if reading is None else None
        self._local = threading.local()

    def name_places(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.database_path = self.folder / "studio.db"
        self.media_folder = self.folder / "media"
        self.models_folder = self.folder / "models"
        self.runs_folder = self.folder / "runs"

    @classmethod
    def create(cls, folder: str | Path, name: str | None = None) -> Studio:
        """Makes a new studio in `folder`; Refused when there is one already."""
        folder = Path(folder)
        if (folder / "studio.db").exists():
            raise Refused(f"{folder} is a studio already; give another folder, or open it as it is")
        for part in ("media", "models", "runs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        studio = cls(folder)
        studio._migrate()
        studio.set_setting("name", clean_text(name or folder.resolve().name))
        return studio

    @classmethod
    def open(cls, folder: str | Path) -> Studio:
        """Opens the studio in `folder`, bringing its tables up to date; NotFound when there is none.

        One that cannot be written, such as on a disk that is mounted read-only, is opened for reading: what would write is
        Refused. Refused, too, is a database that a newer Circletake has written.
        """
        database = cls._database_in(folder)
        check_not_empty(database)
        if is_read_only(database):
            return cls.open_to_read(folder)
        studio = cls(Path(folder))
        studio._migrate()
        return studio

    @classmethod
    def open_to_read(cls, folder: str | Path) -> Studio:
        """Likewise, but never to be written, whatever its disk allows."""
        return cls(Path(folder), Reading(cls._database_in(folder)))

    @staticmethod
    def _database_in(folder: str | Path) -> Path:
        path = Path(folder) / "studio.db"
        if not path.is_file():
            raise NotFound(f"no studio in {folder}; make one with: circletake init {folder}")
        return path.resolve()

    @property
    def is_read_only(self) -> bool:
        return self._reading is not None

    def _migrate(self) -> None:
        with self.writing() as db:  # one transaction: two processes that open an old studio together do it once
            check_not_newer(db.conn, self.database_path)
            migrations.apply(db)

    @contextmanager
    def writing(self) -> Iterator[sqlite_utils.Database]:
        """One transaction on the writer connection; nested use joins the outer one, and all of it commits or none."""
        writer = self._writer
        if writer is None:
            raise Refused(f"the studio in {self.folder} is read-only here: let it be written, or work on a copy")
        with writer.lock:
            if writer.depth:
                yield writer.db
                return
            writer.db.conn.execute("BEGIN IMMEDIATE")
            writer.depth = 1
            try:
                with _naming_what_sqlite_cannot_hold():
                    yield writer.db
                writer.db.conn.execute("COMMIT")
            except BaseException:
                # A full disk ends the transaction by itself; a failed COMMIT leaves it open.
                if writer.db.conn.in_transaction:
                    writer.db.conn.execute("ROLLBACK")
                raise
            finally:
                writer.depth = 0

    def _reader(self) -> sqlite3.Connection:
        # Inside a transaction of this thread the writer is read, so that one sees what one wrote.
        writer = self._writer
        if writer and writer.depth and writer.lock._is_owned():  # type: ignore[attr-defined]
            return writer.db.conn
        if not hasattr(self._local, "connection"):
            if self._reading:
                connection = self._reading.connect(BUSY_SECONDS)
            else:
                connection = sqlite3.connect(self.database_path, timeout=BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA query_only=ON")
            self._local.connection = connection
        return self._local.connection

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All that this thread reads inside is of one moment, whatever others write meanwhile; nested use joins the outer one."""
        connection = self._reader()
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.execute("COMMIT")

    def rows(self, sql: str, params: Any = ()) -> list[dict[str, Any]]:
        """Every row of a query, as dicts."""
        cursor = self._execute(sql, params)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def tuples(self, sql: str, params: Any = ()) -> list[tuple[Any, ...]]:
        """Every row of a query, its columns in the query's order: a quarter of the time, for very many rows."""
        return self._execute(sql, params).fetchall()

    def _execute(self, sql: str, params: Any) -> sqlite3.Cursor:
        with _naming_what_sqlite_cannot_hold():
            return self._reader().execute(sql, params)

    def row(self, sql: str, params: Any = ()) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(sql, params)), None)

    def value(self, sql: str, params: Any = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, params)
        return next(iter(row.values())) if row else None

    def copy_into(self, connection: sqlite3.Connection) -> None:
        """Copies the whole database, as it is at one moment, while others write (https://sqlite.org/backup.html)."""
        self._reader().backup(connection)

    def setting(self, key: str, default: str | None = None) -> str | None:
        value = self.value("SELECT value FROM settings WHERE key = ?", (key,))
        return default if value is None else value

    def set_setting(self, key: str, value: str) -> None:
        with self.writing() as db:
            db.table("settings").upsert({"key": key, "value": value, "changed": now()}, pk="key")

    def close(self) -> None:
        """Closes this thread's reader; the writer stays for other users of the same file in this process."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()
