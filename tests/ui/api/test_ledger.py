"""The ledger over HTTP and by command: for those who see every project, and whole."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from feedback.production.projects import add_project
from feedback.store import Studio
from tests.feedback.ledger.behind import NAMES, studio_behind
from tests.ui.api.test_nights import client_of
from tests.ui.commands.test_projects import run, run_json


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return studio_behind(tmp_path / "studio")


def test_supervisors_get_it_as_json_as_a_page_and_as_files(studio: Studio) -> None:
    client: TestClient = client_of(studio, None, "sue")
    ledger = client.get("/api/versions/v0001/ledger").json()
    assert (ledger["version"], len(ledger["judgements"])) == ("v0001", 4)
    page = client.get("/api/versions/v0001/ledger?format=page")
    assert page.headers["cache-control"] == "no-store"
    for words in (
        "Ledger of v0001",
        "Harbour",
        "竹内",
        "50.0 %",
        "What this record does not know",
        "Influence on run 1",
    ):
        assert words in page.text
    packed = client.get("/api/versions/v0001/ledger?format=zip")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        names = set(archive.namelist())
        sha256 = hashlib.sha256(archive.read("ledger_v0001.json")).hexdigest()
    assert {"ledger_v0001.json", "ledger_v0001.pdf", "ledger_v0001/judgements.csv", "ledger_v0001/people.csv"} <= names
    assert studio.value("SELECT actor FROM events WHERE detail LIKE ?", (f"%{sha256}%",)) == "sue"
    german = client.get("/api/versions/v0001/ledger?format=page", headers={"Accept-Language": "de"}).text
    assert "Was dieses Register nicht weiß" in german
    assert client.get("/api/versions/v0009/ledger").status_code == 404


def test_it_is_for_those_who_see_every_project(studio: Studio) -> None:
    assert client_of(studio, None, "ana").get("/api/versions/v0001/ledger").status_code == 403
    add_project(studio, "SECRET", "A project of others")
    refused = client_of(studio, None, "sue").get("/api/versions/v0001/ledger")
    assert (refused.status_code, "ask an admin" in refused.json()["error"]) == (403, True)


def test_counsel_gets_the_answer_in_one_command(studio: Studio, tmp_path: Path) -> None:
    folder = studio.folder
    studio.close()
    words = run(folder, "ledger", "v0001").stdout
    assert "v0001 learned from 4 judgements by 2 people on 6 takes of 3 briefs, and from 1 frame of 1 title" in words
    assert NAMES[0] in words
    assert run_json(folder, "ledger", "v0001")["judgements"] == 4
    ledger = json.loads(run(folder, "ledger", "v0001", "--format", "json").stdout)
    assert ledger["summary"]["takes"] == 6
    made = run_json(folder, "ledger", "v0001", "--format", "pdf", "--out", str(tmp_path / "out"))
    assert [Path(file).name for file in made["files"]] == ["ledger_v0001.json", "ledger_v0001.pdf"]
    assert made["sha256"] == hashlib.sha256((tmp_path / "out/ledger_v0001.json").read_bytes()).hexdigest()
    (tmp_path / "out/ledger_v0001").mkdir()
    (tmp_path / "out/ledger_v0001/mine.txt").write_text("keep")
    refused = run(folder, "ledger", "v0001", "--format", "csv", "--out", str(tmp_path / "out"))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert (tmp_path / "out/ledger_v0001/mine.txt").read_text() == "keep"
