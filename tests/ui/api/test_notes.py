"""Notes over HTTP: in threads, resolved, edited, taken back, and hidden from whoever may still be swayed."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.store import Studio
from tests.factories import add_person
from tests.ui.conftest import with_token


def pair_of(person: TestClient) -> dict[str, Any]:
    return person.get("/api/pairs?count=1").json()[0]


def judge(person: TestClient, pair: dict[str, Any], uid: str = "verdict") -> None:
    sides = {"left": pair["left"]["take"], "right": pair["right"]["take"]}
    answer = person.post("/api/ballots", json={"uid": uid, **sides, "verdict": "left", "elapsed_ms": 900})
    assert answer.status_code == 201


def post(person: TestClient, uid: str, take: int, text: str, **more: Any) -> int:
    answer = person.post("/api/notes", json={"uid": uid, "take": take, "text": text, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def threads(person: TestClient, take: int) -> list[dict[str, Any]]:
    return person.get("/api/notes", params={"take": take}).json()["threads"]


@pytest.fixture
def ben(ana: TestClient, studio: Studio) -> TestClient:
    add_person(studio, "ben", "creative")
    return with_token(ana, studio, "ben")


def test_others_notes_come_after_ones_own_verdict(
    ana: TestClient, ben: TestClient, sue: TestClient, studio: Studio
) -> None:
    pair = pair_of(ben)
    take = pair["left"]["take"]
    post(ben, "own", take, "my own")
    number = studio.value("SELECT take FROM notes")
    note = post(sue, "n", number, "the hand")
    shown = ben.get("/api/notes", params={"take": take}).json()
    assert shown["own_only"]
    assert [thread["text"] for thread in shown["threads"]] == ["my own"]
    # What cannot be read cannot be answered, resolved or told from what is not there.
    answer = {"uid": "a", "take": take, "text": "no", "reply_to": note}
    for refused, missing in (
        (ben.post("/api/notes", json=answer), ben.post("/api/notes", json={**answer, "reply_to": 999})),
        (
            ben.post("/api/notes/resolutions", json={"uid": "r", "note": note}),
            ben.post("/api/notes/resolutions", json={"uid": "r", "note": 999}),
        ),
        (ben.delete(f"/api/notes/{note}"), ben.delete("/api/notes/999")),
    ):
        assert (refused.status_code, refused.json()["error"].replace(str(note), "999")) == (
            404,
            missing.json()["error"],
        )
    assert [thread["text"] for thread in threads(sue, number)] == ["my own", "the hand"], "a supervisor reads all"
    judge(ben, pair)
    shown = ben.get("/api/notes", params={"take": take}).json()
    assert (shown["own_only"], len(shown["threads"])) == (False, 2)


def test_a_thread_is_answered_resolved_edited_and_taken_back(sue: TestClient, ana: TestClient) -> None:
    note = post(sue, "n", 1, "the hand", region={"strokes": [[[0.1, 0.2], [0.3, 0.4]]]})
    post(sue, "edit", 1, "the left hand", supersedes=note)
    reply = post(sue, "r", 1, "mended", reply_to=note)
    assert sue.post("/api/notes/resolutions", json={"uid": "d", "note": reply}).status_code == 201
    assert sue.post("/api/notes/resolutions", json={"uid": "d", "note": reply}).status_code == 200
    assert sue.post("/api/notes/resolutions", json={"uid": "d", "note": reply, "resolved": False}).status_code == 409
    (thread,) = threads(sue, 1)
    assert (thread["id"], thread["text"], thread["edited"], thread["mine"]) == (note, "the left hand", True, True)
    assert thread["region"] is None
    assert (thread["resolved"], thread["resolved_by"]) == (True, "sue")
    assert [answer["text"] for answer in thread["replies"]] == ["mended"]
    assert [sue.delete(f"/api/notes/{reply}").status_code for _ in range(2)] == [204, 204]
    assert threads(sue, 1)[0]["replies"] == []
    assert ana.delete(f"/api/notes/{note}").status_code == 404


def test_a_region_is_a_box_or_strokes(sue: TestClient) -> None:
    box = {"x": 0.1, "y": 0.1, "w": 0.5, "h": 0.5}
    post(sue, "box", 1, "there", region=box)
    post(sue, "strokes", 1, "there", region={"strokes": [[[0.1, 0.2], [0.3, 0.4]], [[1, 1]]]})
    first, second = threads(sue, 1)
    assert first["region"] == box
    assert second["region"]["strokes"] == [[[0.1, 0.2], [0.3, 0.4]], [[1, 1]]]
    for region in ({}, {"x": 0.1}, {"strokes": []}, {"strokes": [[[0, 2]]]}, {**box, "strokes": [[[0, 0]]]}):
        answer = sue.post("/api/notes", json={"uid": "no", "take": 1, "text": "there", "region": region})
        assert answer.status_code == 422, region
        assert "region" in answer.json()["error"]


def test_a_take_that_is_not_drawn_yet_has_no_notes(sue: TestClient) -> None:
    queued = sue.post("/api/takes", json={"brief": 1, "takes": 1, "seed": 5}).json()["takes"][0]
    assert sue.get("/api/notes", params={"take": queued}).status_code == 400
    assert sue.get("/api/notes", params={"take": 999}).status_code == 404
