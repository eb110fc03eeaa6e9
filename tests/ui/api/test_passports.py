"""Passports, the record of exports and disclosures over HTTP, for supervisors of the project."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from feedback.judgements import statuses
from feedback.people import accounts
from feedback.rights.content_credentials import studio_signer
from feedback.rights.content_credentials.reading import verify_file
from feedback.store import Studio


@pytest.fixture
def circled(studio: Studio) -> Studio:
    statuses.set_status(studio, accounts.get_person(studio, "sue"), "u", 1, "circled")
    return studio


def test_a_passport_is_for_supervisors(sue: TestClient, ana: TestClient, circled: Studio) -> None:
    answer = sue.get("/api/takes/1/passport")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    passport = answer.json()
    assert (passport["take"], passport["complete"]) == (1, False)
    assert passport["decisions"][0]["value"] == "circled"
    assert ana.get("/api/takes/1/passport").status_code in (403, 404)
    assert sue.get("/api/takes/999/passport").status_code == 404


def test_what_a_take_is_for_is_set_with_its_select(sue: TestClient, circled: Studio) -> None:
    place = {"take": 1, "frame_in": 0, "frame_out": 5}
    body = {"uid": "one", **place, "intended_use": "final"}
    assert [sue.post("/api/selects", json=body).status_code for _ in range(2)] == [201, 200]
    assert sue.get("/api/selects?project=TEST").json()["shots"][0]["selects"][0]["intended_use"] == "final"
    assert sue.post("/api/selects", json={"uid": "two", **place}).status_code == 201
    assert sue.get("/api/takes/1/passport").json()["intended_use"]["value"] == "final"
    assert sue.post("/api/selects", json={"uid": "three", **place, "intended_use": "poster"}).status_code == 422
    refused = sue.post(
        "/api/selects", json={"uid": "four", "take": 2, "frame_in": 0, "frame_out": 0, "intended_use": "temp"}
    )
    assert refused.status_code == 400
    assert circled.value("SELECT count(*) FROM intended_uses") == 1


def test_a_policy_is_set_by_supervisors(sue: TestClient, ana: TestClient, circled: Studio) -> None:
    assert sue.get("/api/projects").json()[0]["passport_policy"] == "off"
    assert sue.patch("/api/projects/TEST", json={"passport_policy": "refuse"}).json()["passport_policy"] == "refuse"
    assert ana.patch("/api/projects/TEST", json={"passport_policy": "off"}).status_code == 403
    assert sue.patch("/api/projects/TEST", json={"passport_policy": "never"}).status_code == 422
    refused = sue.get("/api/exports/selects?project=TEST&format=csv")
    assert refused.status_code == 400
    assert "take 1 lacks" in refused.json()["error"]
    sue.patch("/api/projects/TEST", json={"passport_policy": "list"})
    answer = sue.get("/api/exports/selects?project=TEST&format=csv")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["TEST_passports.json", "TEST_selects.csv", "TEST_selects.csv.c2pa"]
    assert "TEST_passports.json lists" in " ".join(json.loads(unquote(answer.headers["circletake-remarks"])))


def test_what_is_downloaded_is_signed_and_recorded(
    sue: TestClient, ana: TestClient, circled: Studio, tmp_path: Path
) -> None:
    answer = sue.get("/api/exports/selects?project=TEST&format=otio&media=true")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path / "out")
    (path,) = (tmp_path / "out" / "media").iterdir()
    assert verify_file(path, studio_signer.trusted_pem(circled))["state"] == "trusted"
    (row,) = sue.get("/api/exports?project=TEST").json()
    assert (row["person"], row["path"], row["takes"]) == ("sue", "sent as TEST_selects.otio", 1)
    assert ana.get("/api/exports?project=TEST").status_code == 403


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ai-use?project=TEST&format=csv", "TEST_ai_use.csv"),
        ("ai-use?project=TEST&format=pdf", "TEST_ai_use.pdf"),
        ("data-summary?version=starter", "starter_data_summary.md"),
        ("data-summary?version=starter&format=pdf", "starter_data_summary.pdf"),
    ],
)
def test_disclosures_are_files(sue: TestClient, ana: TestClient, circled: Studio, address: str, name: str) -> None:
    answer = sue.get(f"/api/exports/{address}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert len(answer.content) > 100
    assert ana.get(f"/api/exports/{address}").status_code == 403
    assert sue.get("/api/exports/data-summary?version=none").status_code == 404
