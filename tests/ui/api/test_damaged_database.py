"""A damaged database is one line over HTTP, which says what helps; other faults of SQLite still are the log's."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.store import Studio


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (sqlite3.SQLITE_CORRUPT, 503, "restore the last backup"),
        (sqlite3.SQLITE_CORRUPT | 3 << 8, 503, "restore the last backup"),  # SQLITE_CORRUPT_INDEX
        (sqlite3.SQLITE_NOTADB, 503, "restore the last backup"),
        (sqlite3.SQLITE_ERROR, 500, "the server's log tells what"),
    ],
)
def test_what_sqlite_says(sue: TestClient, monkeypatch: pytest.MonkeyPatch, code: int, status: int, words: str) -> None:
    execute = Studio._execute

    def fail(studio: Studio, sql: str, *params: Any) -> sqlite3.Cursor:
        if "FROM versions" not in sql:
            return execute(studio, sql, *params)
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(Studio, "_execute", fail)
    client = TestClient(sue.app, headers=sue.headers, base_url=sue.base_url, raise_server_exceptions=False)
    answer = client.get("/api/versions")
    assert answer.status_code == status
    assert words in answer.json()["error"]
