"""Takes that are withdrawn, and takes that failed and are queued again, over HTTP."""

from __future__ import annotations

from fastapi.testclient import TestClient

from feedback.production import render_queue
from feedback.store import Studio
from tests.factories import add_person
from tests.ui.api.test_judging import id_of
from tests.ui.conftest import with_token


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
