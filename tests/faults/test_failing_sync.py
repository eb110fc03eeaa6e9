"""A verdict is answered when it is on the disk. If the disk says that it is not, so does the server."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import judging_studio
from tests.faults.failing_sync import install, no_sync
from ui.app import create_app

BODY = {"uid": "u", "left": 1, "right": 2, "verdict": "left"}


def test_no_verdict_is_acknowledged_whose_fsync_failed(tmp_path: Path) -> None:
    install()
    studio = judging_studio(tmp_path / "studio")
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, 'ana')}"}
    client = TestClient(create_app(studio, pages=False), headers=headers, raise_server_exceptions=False)
    for number in range(3):
        with no_sync(tmp_path):
            answer = client.post("/api/ballots", json={**BODY, "uid": f"u{number}"})
        assert (answer.status_code, list(answer.json())) == (503, ["error"]), answer.text
        assert "\n" not in answer.json()["error"]
        assert studio.value("SELECT count(*) FROM ballots") == number
        assert client.post("/api/ballots", json={**BODY, "uid": f"u{number}"}).status_code == 201
    assert [row["uid"] for row in studio.rows("SELECT uid FROM ballots ORDER BY id")] == ["u0", "u1", "u2"]
    studio.close()
    again = Studio.open(tmp_path / "studio")
    assert again.value("SELECT count(*) FROM ballots") == 3
    again.close()


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/studio/media/x"), 503),
        (OSError(errno.EMFILE, "Too many open files"), 503),
        (OSError(errno.EROFS, "Read-only file system"), 503),
        (sqlite3.OperationalError("database is locked"), 500),  # of no code: nobody knows what it was
        (FileNotFoundError(errno.ENOENT, "No such file", "/studio/x"), 500),
    ],
)
def test_what_the_machine_lacks_is_told_in_one_line_without_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: Exception, status: int
) -> None:
    studio = judging_studio(tmp_path / "studio")

    def fails(*given: object, **more: object) -> None:
        raise reason

    monkeypatch.setattr("ui.api.judging.ballots.cast_ballot", fails)
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, 'ana')}"}
    client = TestClient(create_app(studio, pages=False), headers=headers, raise_server_exceptions=False)
    answer = client.post("/api/ballots", json=BODY)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert "\n" not in answer.json()["error"]
    assert "/studio" not in answer.json()["error"]
    studio.close()


def test_the_fault_is_real(tmp_path: Path) -> None:
    """What is written meanwhile fails; were it not so, the test above could not fail either."""
    install()
    db = sqlite3.connect(tmp_path / "plain.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE t (x)")
    with no_sync(tmp_path), pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        db.execute("INSERT INTO t VALUES (1)")
    db.execute("PRAGMA synchronous = OFF")
    with pytest.raises(AssertionError, match="nothing was synchronised"), no_sync(tmp_path):
        db.execute("INSERT INTO t VALUES (2)")
    db.close()
