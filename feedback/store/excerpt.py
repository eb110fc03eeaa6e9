"""A few rows of a studio's database, for processes that must not open it: those on other machines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlite_utils

from feedback.errors import Refused
from feedback.store.connection import Studio

Tables = dict[str, list[dict[str, Any]]]

ROWS = {
    "versions": "SELECT * FROM versions",
    "media": "SELECT * FROM media WHERE sha256 IN (SELECT value FROM json_each(:media))",
    "briefs": "SELECT * FROM briefs WHERE id IN (SELECT value FROM json_each(:briefs))",
    "shots": "SELECT id, code, project FROM shots WHERE id IN"
    " (SELECT shot FROM briefs WHERE id IN (SELECT value FROM json_each(:briefs)))",
    "projects": "SELECT id, code FROM projects",
    "runs": "SELECT id, json_object('data', json_object('learn_from', json_extract(recipe, '$.data.learn_from'))) AS recipe FROM runs",
}
"""What a tuning run reads of the record: no person, no judgement."""


def excerpt_of(studio: Studio, briefs: Iterable[int], media: Iterable[str]) -> Tables:
    """All versions, and the rows of these briefs and media (sha256)."""
    chosen = {"briefs": json.dumps(sorted(briefs)), "media": json.dumps(sorted(media))}
    return {table: studio.rows(query, chosen) for table, query in ROWS.items()}


class Excerpt(Studio):
    """These rows, in memory, and the studio's folder as it is mounted here. Nothing can be written."""

    def __init__(self, folder: Path, tables: Tables) -> None:
        self.name_places(folder)
        # Batches are read by a thread of their own; sqlite itself keeps the threads apart.
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        for table, rows in tables.items():
            if rows:
                names = list(rows[0])
                columns = ", ".join(f'"{name}"' for name in names)
                self._connection.execute(
                    f'CREATE TABLE "{table}" ({columns})'
                )  # without types: values stay as they are
                places = ", ".join("?" * len(names))
                values = [tuple(row.values()) for row in rows]
                self._connection.executemany(f'INSERT INTO "{table}" VALUES ({places})', values)

    @property
    def is_read_only(self) -> bool:
        return True

    def _reader(self) -> sqlite3.Connection:
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite_utils.Database]:
        raise Refused("only the first process of a run writes into the studio's database")
        yield  # a generator, as in the class above

    def close(self) -> None:
        self._connection.close()
