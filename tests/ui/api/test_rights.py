"""The routes of rights: recorded, previewed, ended; what is missing where; and everybody's own agreement."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.judgements import ballots
from feedback.people import accounts
from feedback.production import briefs, projects, shots
from feedback.rights.agreements import ask_for_agreement
from feedback.rights.contributors import add_contributor
from feedback.store import Studio, time_zone
from tests.factories import add_brief, add_takes, png
from tests.ui.conftest import with_token

CONSENT = {"person": "Ada Lovelace", "subject": "likeness", "uses": ["drawing"], "described": "a face in a window"}


@pytest.fixture
def named(studio: Studio) -> int:
    """A brief that names Ada, with two takes that were drawn before she was recorded."""
    brief = add_brief(studio, "ana", "Ada Lovelace at a window")
    add_takes(studio, brief, 2, 900)
    add_contributor(studio, "Ada Lovelace")
    return brief["id"]


def rights(sue: TestClient) -> dict[str, Any]:
    return sue.get("/api/rights").json()


def test_what_is_missing_is_told_until_it_is_recorded(sue: TestClient, named: int) -> None:
    (waiting,) = rights(sue)["waiting"]
    assert (waiting["id"], waiting["drawn"]) == (named, 2)
    assert waiting["missing"] == [{"what": "consent", "name": "Ada Lovelace", "subject": "likeness"}]
    made = sue.post(
        "/api/rights/consents",
        json={**CONSENT, "ends": (date.fromisoformat(rights(sue)["today"]) + timedelta(30)).isoformat()},
    )
    assert (made.status_code, made.json()["recorded_by"]) == (201, "sue")
    body = rights(sue)
    assert body["waiting"] == []
    assert [(row["what"], row["name"], row["days"]) for row in body["ending"]] == [("consent", "Ada Lovelace", 30)]
    (person,) = body["people"]
    assert (person["briefs"], [row["id"] for row in person["consents"]]) == (1, [1])


def test_what_ends_later_or_was_ended_ends_not_soon(sue: TestClient, named: int) -> None:
    late = (date.fromisoformat(rights(sue)["today"]) + timedelta(31)).isoformat()
    sue.post("/api/rights/consents", json={**CONSENT, "ends": late})
    sue.post("/api/rights/consents", json={**CONSENT, "ends": rights(sue)["today"]})
    assert [row["days"] for row in rights(sue)["ending"]] == [0]
    sue.post("/api/rights/consents/2/revoke", json={"reason": "asked"})
    assert rights(sue)["ending"] == []


def test_a_revocation_is_looked_at_first_and_then_done(sue: TestClient, named: int) -> None:
    sue.post("/api/rights/consents", json=CONSENT)
    touched = sue.get("/api/rights/consents/1/touched").json()
    assert (touched["counts"]["takes"], len(touched["takes"]), touched["versions"]) == (2, 2, [])
    assert rights(sue)["waiting"] == []
    assert sue.post("/api/rights/consents/1/revoke", json={"reason": " "}).status_code == 422
    done = sue.post("/api/rights/consents/1/revoke", json={"reason": "she asked us to"})
    assert (done.json()["touched"]["counts"]["takes"], done.json()["previous"]) == (2, None)
    assert len(rights(sue)["waiting"]) == 1
    again = sue.post("/api/rights/consents/1/revoke", json={"reason": "again"})
    assert (again.status_code, "was revoked on" in again.json()["error"]) == (400, True)


def test_of_a_document_the_hash_is_kept(sue: TestClient, studio: Studio) -> None:
    paper = b"signed by the archive"
    made = sue.post("/api/rights/documents", files={"file": ("signed.pdf", paper)})
    assert made.json() == {"document": hashlib.sha256(paper).hexdigest(), "bytes": len(paper)}
    licence = {"name": "Archive", "holder": "The archive", "uses": ["training"], "document": made.json()["document"]}
    assert sue.post("/api/rights/licences", json=licence).status_code == 201
    assert rights(sue)["licences"][0]["document"] == made.json()["document"]
    assert sue.post("/api/rights/documents", files={"file": ("empty.pdf", b"")}).status_code == 422
    assert sue.post("/api/rights/licences/1/end", json={"reason": "over"}).json()["touched"]["counts"]["takes"] == 0
    assert sue.get("/api/rights/licences/2/touched").status_code == 404


def test_projects_of_others_stay_theirs(sue: TestClient, client: TestClient, studio: Studio, named: int) -> None:
    projects.add_project(studio, "HIDDEN", "Not for everybody")
    shot = shots.add_shot(studio, "HIDDEN", "H_010")
    briefs.write_brief(studio, shot["id"], "Ada Lovelace, unreleased", author="ada")
    refused = sue.post("/api/rights/consents", json={**CONSENT, "projects": ["HIDDEN"]})
    assert refused.status_code == 404
    ada = with_token(client, studio, "ada")
    assert ada.post("/api/rights/consents", json={**CONSENT, "projects": ["HIDDEN"]}).status_code == 201
    sue = with_token(client, studio, "sue")
    text = sue.get("/api/rights").text
    assert "HIDDEN" not in text
    assert "unreleased" not in text
    assert sue.get("/api/rights/consents/1/touched").status_code == 404
    assert sue.post("/api/rights/consents/1/revoke", json={"reason": "x"}).status_code == 404


def test_a_brief_says_whose_consent_is_missing_while_it_is_written(ana: TestClient, named: int, studio: Studio) -> None:
    form = {"place": "TEST/T_010", "prompt": "ADA LOVELACE in a boat", "negative_prompt": "", "kind": "still"}
    problems = {row["field"]: row["error"] for row in ana.post("/api/briefs/check", json=form).json()["problems"]}
    assert "no consent of Ada Lovelace for drawing with their likeness" in problems["prompt"]
    both = {**form, "prompt": "a boat", "negative_prompt": "Ada\u200b Lovelace"}
    problems = {row["field"]: row["error"] for row in ana.post("/api/briefs/check", json=both).json()["problems"]}
    assert "negative_prompt" in problems
    assert "prompt" not in problems


def test_a_take_tells_supervisors_on_what_it_rests(
    ana: TestClient, client: TestClient, studio: Studio, named: int
) -> None:
    take = studio.value("SELECT max(id) FROM takes WHERE brief = ?", (named,))
    sue = with_token(client, studio, "sue")
    grounds = {"people": ["Ada Lovelace"], "consents": [], "licences": [], "is_missing": True}
    assert sue.get(f"/api/takes/{take}").json()["grounds"] == grounds
    sue.post("/api/rights/consents", json=CONSENT)
    assert sue.get(f"/api/takes/{take}").json()["grounds"] == {**grounds, "consents": [1], "is_missing": False}
    assert sue.get("/api/takes/1").json()["grounds"] is None


def test_everybody_answers_for_themselves(ana: TestClient, client: TestClient, studio: Studio) -> None:
    assert ana.get("/api/me/agreement").json() == {"is_asked": False, "agreed": None, "since": None}
    ask_for_agreement(studio, True)
    assert ana.post("/api/me/agreement", json={"agreed": True}).json()["follows"] is None
    assert ana.get("/api/me/agreement").json()["agreed"] is True
    events = "SELECT count(*) FROM events WHERE action = 'agreement.record'"
    assert ana.post("/api/me/agreement", json={"agreed": True}).status_code == 200
    assert studio.value(events) == 1  # the same again is no other answer
    person = accounts.get_person(studio, "ana")["id"]
    ballots.cast_ballot(studio, person, "1", 1, 2, "left", 900)
    kept = ana.post("/api/me/agreement", json={"agreed": False}).json()
    assert (kept["agreed"], kept["runs"], kept["follows"]["previous"]) == (False, 0, None)
    people = {row["name"]: row["agreed"] for row in with_token(client, studio, "ada").get("/api/people").json()}
    assert (people["ana"], people["sue"]) == (False, None)


def test_a_plate_is_put_under_a_licence_by_a_supervisor(ana: TestClient, client: TestClient, studio: Studio) -> None:
    form = {"place": "TEST/T_010", "prompt": "a boat", "kind": "still", "takes": 1}

    def queue(client: TestClient, **more: str) -> tuple[int, str]:
        answer = client.post(
            "/api/briefs/queue/files",
            data={"brief": json.dumps({**form, **more})},
            files={"source": ("plate.png", png(9, "brought"), "image/png")},
        )
        return answer.status_code, answer.text

    assert ana.get("/api/briefs/form").json()["licences"] == []
    assert ana.post("/api/rights/files", data={"licence": "Plates", "media": "0" * 64}).status_code == 403
    sue = with_token(client, studio, "sue")
    assert sue.patch("/api/projects/TEST", json={"plate_policy": "refuse"}).json()["plate_policy"] == "refuse"
    assert "no licence of the plate" in queue(sue)[1]
    sue.post("/api/rights/licences", json={"name": "Plates", "holder": "A painter", "uses": ["drawing"]})
    assert sue.get("/api/briefs/form").json()["licences"] == ["Plates"]
    assert queue(sue, licence="None")[0] == 404
    ana = with_token(client, studio, "ana")
    assert queue(ana, licence="Plates")[0] == 403
    sue = with_token(client, studio, "sue")
    assert queue(sue, licence="Plates")[0] == 201
    assert queue(sue)[0] == 201  # it stays under it
    other = {"files": {"file": ("other.png", png(10, "brought"), "image/png")}}
    assert sue.post("/api/rights/files", data={"licence": "None"}, **other).status_code == 404
    made = sue.post("/api/rights/files", data={"licence": "Plates"}, **other)
    assert (made.status_code, made.json()["licence"]) == (201, "Plates")
    assert sue.post("/api/rights/files", data={"licence": "Plates"}).status_code == 422
    shown = rights(sue)
    assert (shown["licences"][0]["files"], shown["plates"], shown["waiting"]) == (2, {"TEST": "refuse"}, [])


def test_days_are_those_of_the_studio(studio: Studio, sue: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_zone, "now", lambda: "2026-11-30T15:30:00.000000+00:00")
    add_contributor(studio, "Ada Lovelace")
    sue.post("/api/rights/consents", json={**CONSENT, "ends": "2026-11-30"})
    body = rights(sue)
    assert (body["time_zone"], body["today"], len(body["ending"])) == ("UTC", "2026-11-30", 1)
    time_zone.set_time_zone(studio, "Asia/Tokyo")
    body = rights(sue)
    assert (body["time_zone"], body["today"], body["ending"]) == ("Asia/Tokyo", "2026-12-01", [])
