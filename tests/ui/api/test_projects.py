"""Projects and shots over HTTP: made, changed, archived and brought back, by whom."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.people import project_members
from feedback.store import Studio

NAMES = ["Хранитель", "灯台守", "حارس المنارة", "<script>alert(1)</script>", 'the keeper\'s "light"']


def codes(client: TestClient, path: str) -> list[str]:
    return [row["code"] for row in client.get(path).json()]


def test_a_project_is_made_and_changed_by_a_supervisor(ana: TestClient, sue: TestClient) -> None:
    body = {"code": "AGM", "title": "The keeper", "fps": "23.976"}
    assert ana.post("/api/projects", json=body).status_code == 403
    made = sue.post("/api/projects", json=body)
    assert (made.status_code, made.json()["fps_num"], made.json()["fps_den"]) == (201, 24000, 1001)
    assert codes(sue, "/api/projects") == ["AGM", "TEST"], "whoever makes it is its first member"
    assert codes(ana, "/api/projects") == ["TEST"]
    assert sue.patch("/api/projects/AGM", json={"title": "x", "fps": "25"}).json()["fps_num"] == 25
    assert ana.patch("/api/projects/AGM", json={"title": "x"}).status_code == 404
    assert ana.patch("/api/projects/TEST", json={"title": "x"}).status_code == 403
    assert sue.post("/api/projects", json=body).status_code == 400


@pytest.mark.parametrize("title", NAMES)
def test_titles_are_in_every_script(sue: TestClient, title: str) -> None:
    assert sue.patch("/api/projects/TEST", json={"title": title}).json()["title"] == title
    shot = sue.get("/api/shots").json()[0]["id"]
    assert sue.patch(f"/api/shots/{shot}", json={"title": title}).json()["title"] == title


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"fps": "fast"}, "'fast' is no frame rate"),
        ({"fps": "0"}, "outside 1-240"),
        ({"title": "x" * 201}, "title"),
        ({"code": "x"}, "code"),
        ({"archived": "perhaps"}, "archived"),
    ],
)
def test_what_is_wrong_with_a_project_is_told_and_changes_nothing(
    sue: TestClient, body: dict[str, Any], line: str
) -> None:
    before = sue.get("/api/projects").json()
    refused = sue.patch("/api/projects/TEST", json={"title": "other", **body})
    assert (refused.status_code, line in refused.json()["error"]) == (422, True), refused.text
    assert sue.get("/api/projects").json() == before


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"position": 0}, "position 0 is outside"),
        ({"position": "first"}, "position 'first' is no whole number"),
        ({"position": 1.5}, "position"),
        ({"sequence": "a b"}, "'a b' is no sequence code"),
        ({"fps": "1e9"}, "is no frame rate"),
        ({"title": "x" * 201}, "title"),
    ],
)
def test_what_is_wrong_with_a_shot_is_told_and_changes_nothing(
    sue: TestClient, body: dict[str, Any], line: str
) -> None:
    before = sue.get("/api/shots").json()
    refused = sue.patch(f"/api/shots/{before[0]['id']}", json={"title": "other", **body})
    assert (refused.status_code, line in refused.json()["error"]) == (422, True), refused.text
    assert sue.post("/api/shots", json={"project": "TEST", "code": "T_020", **body}).status_code == 422
    assert sue.get("/api/shots").json() == before


def test_shots_are_added_and_come_in_the_order_of_the_cut(ana: TestClient, sue: TestClient) -> None:
    for code in ("T_100", "T_20"):
        assert ana.post("/api/shots", json={"project": "TEST", "code": code}).status_code == 201
    assert codes(ana, "/api/shots?project=TEST") == ["T_010", "T_20", "T_100"]
    shot = sue.get("/api/shots").json()[2]["id"]
    moved = sue.patch(f"/api/shots/{shot}", json={"position": 1, "sequence": "T"}).json()
    assert (moved["position"], moved["sequence"]) == (1, "T")
    assert codes(ana, "/api/shots?project=TEST") == ["T_100", "T_010", "T_20"]
    assert [each["shot"] for each in sue.get("/api/selects?project=TEST").json()["shots"]] == ["T_100", "T_010", "T_20"]
    assert [each["code"] for each in ana.get("/api/board/choices?project=TEST").json()["shots"]] == [
        "T_100",
        "T_010",
        "T_20",
    ]
    assert ana.patch(f"/api/shots/{shot}", json={"position": 2}).status_code == 403
    assert sue.patch(f"/api/shots/{shot}", json={"position": ""}).json()["position"] is None


def test_an_archived_project_is_there_for_nobody_and_comes_back(
    ana: TestClient, sue: TestClient, studio: Studio
) -> None:
    media = ana.get("/api/takes?brief=1").json()[0]["media"]
    waiting = ana.post("/api/takes", json={"brief": 1, "takes": 2}).json()["takes"]
    archived = sue.patch("/api/projects/TEST", json={"archived": True})
    assert archived.status_code == 200
    assert archived.json()["archived"]
    for client in (ana, sue):
        assert codes(client, "/api/projects") == codes(client, "/api/shots") == []
        assert client.get("/api/pairs").json() == []
        assert client.get("/api/board").json()["shots"] == []
        assert client.get("/api/briefs").json()["briefs"] == []
        assert client.get("/api/briefs").json()["totals"] == {"waiting": 0, "done": 0, "failed": 0}
        for path in ("/api/shots?project=TEST", "/api/board?project=TEST", "/api/takes?brief=1", media):
            assert client.get(path).status_code == 404, path
        assert client.post("/api/briefs", json={"shot": "T_010", "prompt": "a boat"}).status_code == 404
    assert sue.get("/api/projects?archived=true").json()[0]["code"] == "TEST"
    assert ana.get("/api/projects?archived=true").status_code == 403
    project_members.remove_member(studio, "TEST", "sue")
    assert sue.get("/api/projects?archived=true").json() == []
    assert sue.patch("/api/projects/TEST", json={"archived": False}).status_code == 404
    project_members.add_member(studio, "TEST", "sue")
    assert sue.patch("/api/projects/TEST", json={"archived": False}).json()["archived"] is None
    assert ana.get(media).status_code == 200
    states = {take["id"]: take["state"] for take in ana.get("/api/takes?brief=1").json()}
    assert {states[take] for take in waiting} == {"cancelled"}


def test_a_shot_is_archived_and_comes_back(ana: TestClient, sue: TestClient) -> None:
    shot = sue.get("/api/shots").json()[0]["id"]
    assert ana.patch(f"/api/shots/{shot}", json={"archived": True}).status_code == 403
    assert sue.patch(f"/api/shots/{shot}", json={"archived": True}).json()["archived"]
    assert codes(ana, "/api/shots") == []
    assert ana.get("/api/pairs").json() == []
    problems = ana.post("/api/briefs/check", json={"place": "TEST/T_010", "prompt": "a boat"}).json()["problems"]
    assert [(each["field"], "is archived" in each["error"]) for each in problems] == [("place", True)]
    assert codes(sue, "/api/shots?archived=true") == ["T_010"]
    assert sue.patch(f"/api/shots/{shot}", json={"archived": False}).json()["archived"] is None
    assert len(ana.get("/api/pairs").json()) > 0
