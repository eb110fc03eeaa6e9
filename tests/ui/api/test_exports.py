"""Selects are downloaded in every format of the command line, by supervisors of the project, and nothing is left behind."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from feedback.exchange.export import SELECT_FORMATS
from feedback.judgements import statuses
from feedback.people import accounts
from feedback.store import Studio
from ui.api.selects import Format
from ui.pages.board import FORMATS


@pytest.fixture
def circled(studio: Studio) -> Studio:
    statuses.set_status(studio, accounts.get_person(studio, "sue"), "u", 1, "circled")
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
