"""Every request has an id and a log line, whatever became of it, and no line holds a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import PASSWORD
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app
from ui.monitoring.logs import JsonLines, TextLines, without_secrets


class Lines(io.StringIO):
    def rows(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Lines]:
    sink, root = Lines(), logging.getLogger()
    handler, level = logging.StreamHandler(sink), root.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel("INFO")
    yield sink
    root.removeHandler(handler)
    root.setLevel(level)


def test_each_request_has_a_line_and_its_answer_the_same_id(ana: TestClient, log: Lines) -> None:
    answers = [
        ana.get("/api/me"),
        ana.get("/media/none.png"),
        ana.get("/api/nowhere"),
        ana.post("/api/ballots", json={}),
    ]
    rows = [row for row in log.rows() if row["logger"] == "circletake.requests"]
    assert [row["status"] for row in rows] == [answer.status_code for answer in answers]
    ids = [answer.headers.get("X-Request-ID") for answer in answers]
    assert ids[1] is None, "files of takes are sent with the same headers each time"
    assert [row["request"] for row in rows if row["route"] != "/media/{name}"] == [ids[0], *ids[2:]]
    assert [row["route"] for row in rows] == ["/api/me", "/media/{name}", "/api/{rest:path}", "/api/ballots"]
    assert {row["person"] for row in rows} == {"ana"}
    assert len({row["request"] for row in rows}) == 4


def test_a_refused_stranger_is_logged_too(client: TestClient, log: Lines) -> None:
    assert client.get("/api/me").status_code == 401
    (row,) = [row for row in log.rows() if row["logger"] == "circletake.requests"]
    assert (row["status"], row["person"]) == (401, None)


@pytest.mark.parametrize("sent", ["proxy-1.a_B", "a" * 65, "a\tb", "", "é", "x{}\"'"])
def test_a_proxys_id_is_kept_where_it_is_one(ana: TestClient, sent: str) -> None:
    answer = ana.get("/healthz", headers={"X-Request-ID": sent.encode("latin-1")})
    assert (answer.headers["X-Request-ID"] == sent) == (sent == "proxy-1.a_B")


def test_whatever_nobody_foresaw_is_one_line_of_json(
    studio: Studio, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(studio, pages=False)
    token = tokens.issue_token(studio, "ana")
    client = TestClient(app, base_url=ADDRESS, headers={"Authorization": f"Bearer {token}"})
    monkeypatch.setattr("ui.api.service.render_queue.queue_state", lambda *_: 1 / 0)
    answer = client.get("/api/state")
    assert answer.status_code == 500
    assert list(answer.json()) == ["error"]
    assert answer.headers["X-Request-ID"] in answer.json()["error"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    failure = next(row for row in log.rows() if "trace" in row)
    assert "ZeroDivisionError" in str(failure["trace"])
    assert failure["request"] == answer.headers["X-Request-ID"]
    assert token not in log.getvalue()


def test_no_secret_reaches_the_log(client: TestClient, studio: Studio, log: Lines) -> None:
    token = tokens.issue_token(studio, "ana")
    client.post("/login", data={"name": "ana", "password": PASSWORD})
    client.post("/login", data={"name": "ana", "password": "wrong guess"})
    cookie = client.cookies["circletake_session"]
    client.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    client.get(f"/api/pairs?token={token}&count=99999")
    client.get(f"/{token}")
    client.get("/api/me", headers={"Authorization": "Bearer ct_of-somebody-else"})
    with_token(client, studio, "sue").post("/logout", data={"person": "sue"})
    assert len(log.rows()) >= 7
    for secret in (token, cookie, PASSWORD, "wrong guess", "ct_of-somebody-else"):
        assert secret not in log.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "Bearer SECRET",
        "authorization: SECRET",
        'password="SECRET"',
        "{'token': 'SECRET'}",
        "circletake_session=SECRET; x",
        "TOKEN: SECRET",
        "authorization: Bearer SECRET",
        "password='two words SECRET'",
    ],
)
def test_what_introduces_a_secret_takes_it_out(text: str) -> None:
    assert "SECRET" not in without_secrets(text)
    assert "ct_abcdefghijkl" not in without_secrets("kept ct_abcdefghijkl here")
    assert without_secrets("take 9 is done") == "take 9 is done"


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_no_text_makes_two_lines(formatter: logging.Formatter) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "a\nb\u2028c\r\x1b[31m", (), None)
    line = formatter.format(record)
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
