"""Making over HTTP: briefs, takes, and taking them back."""

from __future__ import annotations

from fastapi.testclient import TestClient

from feedback.production import render_queue
from feedback.store import Studio, media
from tests.factories import add_person, png
from tests.ui.api.test_judging import id_of
from tests.ui.conftest import with_token


def test_briefs_and_takes_are_made_over_http(ana: TestClient, studio: Studio) -> None:
    assert [project["code"] for project in ana.get("/api/projects").json()] == ["TEST"]
    assert [shot["code"] for shot in ana.get("/api/shots?project=TEST").json()] == ["T_010"]
    brief = ana.post("/api/briefs", json={"shot": "T_010", "prompt": "a boat at dawn"})
    assert brief.status_code == 201, brief.text
    queued = ana.post("/api/takes", json={"brief": brief.json()["id"], "takes": 3, "seed": 5})
    assert queued.status_code == 201
    shown = ana.get(f"/api/takes?brief={brief.json()['id']}")
    assert [take["id"] for take in shown.json()] == queued.json()["takes"]
    assert {take["state"] for take in shown.json()} == {"queued"}
    assert "version" not in shown.text
    assert ana.post("/api/briefs", json={"shot": "T_010", "prompt": "  "}).status_code == 422
    assert ana.post("/api/briefs", json={"shot": "NONE", "prompt": "a boat"}).status_code == 404
    assert ana.post("/api/takes", json={"brief": 999, "takes": 1}).status_code == 404
    assert ana.get("/api/takes?brief=999").status_code == 404


def test_a_brief_over_http_starts_from_media(ana: TestClient, studio: Studio) -> None:
    source = media.store_bytes(studio, png(700), "png", "image/png", 32, 32, 1)
    mask = media.store_bytes(studio, png(701), "png", "image/png", 32, 32, 1)
    body = {"shot": "T_010", "prompt": "a boat at dawn", "source_media": source}
    sent = ana.post("/api/briefs", json={**body, "mask_media": mask, "strength": 0.7})
    assert sent.status_code == 201, sent.text
    assert (sent.json()["source_media"], sent.json()["mask_media"], sent.json()["strength"]) == (source, mask, 0.7)
    assert ana.post("/api/briefs", json=body).json()["strength"] == 0.6
    for changes, status in (
        ({"source_media": "ab" * 32}, 404),
        ({"source_media": "../studio.db"}, 422),
        ({"strength": 0}, 422),
        ({"strength": 1.5}, 422),
        ({"strength": 0.01}, 422),
        ({"source_media": None, "mask_media": mask}, 422),
    ):
        refused = ana.post("/api/briefs", json={**body, **changes})
        assert refused.status_code == status, refused.text
        assert "\n" not in refused.json()["error"]


def test_urgent_takes_are_for_supervisors_to_queue(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    body = {"brief": 1, "takes": 1, "priority": "urgent"}
    assert ana.post("/api/takes", json=body).status_code == 403
    assert ana.post("/api/takes", json={**body, "priority": "first"}).status_code == 422
    (ordinary,) = ana.post("/api/takes", json={**body, "priority": "ordinary"}).json()["takes"]
    (urgent,) = sue.post("/api/takes", json=body).json()["takes"]
    assert [take["id"] for take in render_queue.lease_takes(studio, "w", 1)] == [urgent]
    assert [take["id"] for take in render_queue.lease_takes(studio, "w", 1)] == [id_of(studio, "ana", ordinary)]


def test_takes_are_withdrawn_by_who_wrote_the_brief_and_by_supervisors(
    ana: TestClient, sue: TestClient, client: TestClient, studio: Studio
) -> None:
    ids = ana.post("/api/takes", json={"brief": 1, "takes": 4}).json()["takes"]
    done = studio.value("select min(id) from takes")
    assert client.post("/api/takes/cancel", json={"brief": 1}).status_code == 401
    assert ana.post("/api/takes/cancel", json={"takes": [ids[0], done]}).json() == {
        "cancelled": [ids[0]],
        "too_late": [done],
    }
    number = id_of(studio, "ana", ids[1])
    assert sue.post("/api/takes/cancel", json={"takes": [number]}).json()["cancelled"] == [number]
    add_person(studio, "ben", "creative")
    refused = with_token(client, studio, "ben").post("/api/takes/cancel", json={"brief": 1})
    assert (refused.status_code, "written by ana" in refused.json()["error"]) == (403, True)
    assert ana.post("/api/takes/cancel", json={"brief": 1}).json() == {"cancelled": ids[2:], "too_late": []}
    states = {take["id"]: take["state"] for take in ana.get("/api/takes?brief=1").json()}
    assert {states[id] for id in ids} == {"cancelled"}
    assert ana.get("/api/state").json()["queue"]["cancelled"] == 4
    for body in ({}, {"brief": 1, "takes": [1]}, {"takes": []}):
        assert ana.post("/api/takes/cancel", json=body).status_code == 422
    assert ana.post("/api/takes/cancel", json={"takes": [9999]}).status_code == 404
    assert ana.post("/api/takes/cancel", json={"brief": 9999}).status_code == 404


def test_failed_takes_are_queued_again_by_who_wrote_the_brief_and_by_supervisors(
    ana: TestClient, sue: TestClient, client: TestClient, studio: Studio
) -> None:
    ids = ana.post("/api/takes", json={"brief": 1, "takes": 3}).json()["takes"]
    for take in render_queue.lease_takes(studio, "w", 3):
        render_queue.fail_take(studio, take["id"], "w", "its adapter is damaged")
    assert client.post("/api/takes/retry", json={"brief": 1}).status_code == 401
    add_person(studio, "ben", "creative")
    assert with_token(client, studio, "ben").post("/api/takes/retry", json={"brief": 1}).status_code == 403
    done = studio.value("select min(id) from takes")
    outcome = ana.post("/api/takes/retry", json={"takes": [ids[0], done]}).json()
    assert outcome == {"queued": [ids[0]], "not_failed": [done]}
    rest = sorted(id_of(studio, "ana", name) for name in ids[1:])
    assert sue.post("/api/takes/retry", json={"brief": 1}).json() == {"queued": rest, "not_failed": []}
    assert sue.post("/api/takes/retry", json={"brief": 1}).json() == {"queued": [], "not_failed": []}
    states = {take["id"]: (take["state"], take["error"]) for take in ana.get("/api/takes?brief=1").json()}
    assert {states[id] for id in ids} == {("queued", None)}
    assert [take["attempts"] for take in render_queue.lease_takes(studio, "w", 3)] == [1, 1, 1]
    assert ana.post("/api/takes/retry", json={"takes": [9999]}).status_code == 404
    assert ana.post("/api/takes/retry", json={}).status_code == 422
