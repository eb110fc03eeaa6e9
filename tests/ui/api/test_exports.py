"""Selects are downloaded in every format of the command line, by supervisors of the project, and nothing is left behind."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from feedback.exchange.export import SELECT_FORMATS
from feedback.judgements import notes, statuses
from feedback.people import accounts
from feedback.store import Studio
from ui.api.selects import Format
from ui.pages.board import FORMATS


@pytest.fixture
def circled(studio: Studio) -> Studio:
    statuses.set_status(studio, accounts.get_person(studio, "sue"), "u", 1, "circled")
    notes.write_note(studio, accounts.get_person(studio, "ana")["id"], "n", 1, "Größe")
    return studio


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


def test_the_formats_are_those_of_the_command_line() -> None:
    assert set(get_args(Format)) == set(SELECT_FORMATS) == {format for format, _ in FORMATS}


@pytest.mark.parametrize("format", SELECT_FORMATS)
def test_every_format_is_a_file_with_a_name(sue: TestClient, circled: Studio, temporary: Path, format: str) -> None:
    answer = sue.get("/api/exports/selects", params={"project": "TEST", "format": format})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="TEST_')
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.content) > 50
    assert list(temporary.iterdir()) == []


def test_what_is_exported_is_what_is_circled(sue: TestClient, circled: Studio) -> None:
    answer = sue.get("/api/exports/selects?project=TEST&format=csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["take"], row["shot"]) == ("1", "T_010")


def test_refusals_are_one_line_and_leave_nothing(
    ana: TestClient, sue: TestClient, studio: Studio, temporary: Path
) -> None:
    nothing = sue.get("/api/exports/selects?project=TEST")
    assert (nothing.status_code, nothing.json()["error"]) == (400, "project TEST has no selects: circle a take first")
    assert sue.get("/api/exports/selects?project=NONE").status_code == 404
    assert sue.get("/api/exports/selects?project=TEST&format=docx").status_code == 422
    assert sue.get("/api/exports/selects").status_code == 422
    assert ana.get("/api/exports/selects?project=TEST").status_code == 403
    assert list(temporary.iterdir()) == []


def test_several_files_come_as_one_archive(sue: TestClient, circled: Studio) -> None:
    answer = sue.get("/api/exports/selects?project=TEST&format=otio&media=true")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["TEST_selects.otio", "media/TEST_T_010_1_starter.png"]
    assert answer.headers["content-disposition"] == 'attachment; filename="TEST_selects.zip"'


def test_what_a_format_cannot_hold_is_told(sue: TestClient, circled: Studio) -> None:
    answer = sue.get("/api/exports/selects?project=TEST&format=edl")
    assert b"ana: Grosse" in answer.content
    (remark,) = json.loads(unquote(answer.headers["circletake-remarks"]))
    assert remark.startswith("an EDL is ASCII")


def test_a_wrong_option_is_one_line(sue: TestClient, circled: Studio) -> None:
    for wrong in ("codec=avi", "picture=gif", "media=perhaps"):
        answer = sue.get(f"/api/exports/selects?project=TEST&{wrong}")
        assert answer.status_code == 422
        assert "\n" not in answer.json()["error"]
    answer = sue.get("/api/exports/selects?project=TEST&sequence=NONE")
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        "no select is in sequence 'NONE'; there are selects in T",
    )


def test_how_a_project_is_written_for_the_edit_is_set_by_supervisors(sue: TestClient, ana: TestClient) -> None:
    given = sue.get("/api/projects/TEST/edit").json()
    assert given == {
        "timecode": "drop",
        "clip_name": "{project}_{sequence}-{shot}",
        "media_name": "{project}_{shot}_{take}_{version}",
        "first_frame": 1001,
        "path_map": [],
    }
    change = {"timecode": "non-drop", "first_frame": 1, "path_map": ["/mnt/a=P:\\a"], "media_name": "{reel}"}
    assert sue.patch("/api/projects/TEST", json={"edit": change}).status_code == 200
    assert sue.get("/api/projects/TEST/edit").json() == {**given, **change}
    assert sue.patch("/api/projects/TEST", json={"edit": {"media_name": ""}}).status_code == 200
    assert sue.get("/api/projects/TEST/edit").json()["media_name"] == given["media_name"]
    refused = sue.patch("/api/projects/TEST", json={"edit": {"media_name": "{shot}"}, "title": "Another"})
    assert (refused.status_code, refused.json()["error"][:40]) == (422, "media name '{shot}': two takes would hav")
    assert sue.get("/api/projects").json()[0]["title"] != "Another"
    assert ana.get("/api/projects/TEST/edit").status_code == 403
