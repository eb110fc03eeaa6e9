"""Rewrites over HTTP: proposed by the real writer, tried in both wordings, judged blind, and shown afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from feedback.production import render_queue
from feedback.store import Studio
from feedback.wordings import writers
from finetune.prompts.process import WriterProcess
from tests import preloaded
from tests.factories import add_person, finish
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app

FORM = {"place": "TEST/T_010", "prompt": "a house in a field", "takes": 2}
LONGER = "a house in a field, at dusk"


@pytest.fixture
def writer(studio: Studio) -> Iterator[WriterProcess]:
    writer = WriterProcess(studio, preloaded.python())
    yield writer
    writer.close()


@pytest.fixture
def app(studio: Studio, writer: WriterProcess) -> TestClient:
    return TestClient(create_app(studio, pages=False, writer_process=writer), ADDRESS)


def client_of(app: TestClient, studio: Studio, name: str) -> TestClient:
    return with_token(TestClient(app.app, ADDRESS), studio, name)


def draw(studio: Studio) -> None:
    while leased := render_queue.lease_takes(studio, "test", 64):
        for take in leased:
            finish(studio, take["id"])


def test_from_a_proposal_to_its_verdict(app: TestClient, studio: Studio) -> None:
    ana, sue = client_of(app, studio, "ana"), client_of(app, studio, "sue")
    state = ana.get("/api/briefs/rewrites").json()
    assert (state["writer"], state["learned"], state["judged"], state["comparisons"]) == ("untuned", False, 0, [])
    proposed = ana.post("/api/briefs/rewrites/propose", json={"prompt": FORM["prompt"], "seed": 1}).json()["proposals"]
    assert proposed
    assert all(each["prompt"] == f"{FORM['prompt']}, {each['addition']}" for each in proposed)
    rewrite = {"writer": proposed[0]["writer"], "prompt": proposed[0]["prompt"]}
    queued = ana.post("/api/briefs/queue", json={**FORM, "rewrite": rewrite})
    assert queued.status_code == 201, queued.text
    assert (queued.json()["takes"], queued.json()["both"]) == (2, True)
    (comparison,) = ana.get("/api/briefs/rewrites").json()["comparisons"]
    assert (comparison["pairs"], comparison["judged"], comparison["to_draw"]) == (2, 0, 2)
    draw(studio)
    brief = queued.json()["brief"]
    assert ana.get(f"/api/takes?brief={brief}").json() == []
    text = sue.get("/api/pairs?count=64").text
    assert proposed[0]["addition"] not in text, "nothing says that there are two wordings"
    pairs = [pair for pair in sue.get("/api/pairs?count=64").json() if pair["brief"]["id"] == brief]
    assert len(pairs) == 2
    for number, pair in enumerate(pairs):
        ballot = {"uid": f"wording-{number}", "verdict": "left", "elapsed_ms": 900}
        sides = {side: pair[side]["take"] for side in ("left", "right")}
        assert sue.post("/api/ballots", json={**ballot, **sides}).status_code == 201
    listed = next(each for each in ana.get("/api/briefs").json()["briefs"] if each["id"] == brief)
    assert sorted(take["rewritten"] for take in listed["takes"]) == [False, False, True, True]
    state = ana.get("/api/briefs/rewrites").json()
    assert (state["judged"], state["comparisons"]) == (2, [])


def test_what_is_no_rewrite_leaves_nothing_behind(app: TestClient, studio: Studio) -> None:
    ana, before = client_of(app, studio, "ana"), studio.value("SELECT count(*) FROM briefs")
    for rewrite in (
        {"writer": "untuned", "prompt": "another house, at dusk"},
        {"writer": "w0009", "prompt": LONGER},
    ):
        assert ana.post("/api/briefs/queue", json={**FORM, "rewrite": rewrite}).status_code in (404, 422)
    assert ana.post("/api/briefs/rewrites/propose", json={"prompt": " "}).status_code == 422
    assert studio.value("SELECT count(*) FROM briefs") == before


def test_a_comparison_is_ended_by_who_asked_for_it_and_a_writer_that_lost_is_named(
    app: TestClient, studio: Studio
) -> None:
    writers.ensure_untuned(studio)
    add_person(studio, "cas", "creative")
    ana, cas = client_of(app, studio, "ana"), client_of(app, studio, "cas")
    ana.post("/api/briefs/queue", json={**FORM, "rewrite": {"writer": "untuned", "prompt": LONGER}})
    (comparison,) = ana.get("/api/briefs/rewrites").json()["comparisons"]
    assert cas.get("/api/briefs/rewrites").json()["comparisons"] == [], "others judge it blind"
    assert cas.post(f"/api/briefs/rewrites/{comparison['id']}/end").status_code == 403
    assert ana.post(f"/api/briefs/rewrites/{comparison['id']}/end").status_code == 204
    draw(studio)
    assert len(ana.get(f"/api/takes?brief={comparison['brief']}").json()) == 4
    writers.stop_by_hand(studio, "untuned", "enough")
    state = ana.get("/api/briefs/rewrites").json()
    assert (state["writer"], state["stopped"]) == (None, "untuned")
    assert ana.post("/api/briefs/rewrites/propose", json={"prompt": "a boat"}).status_code == 400


def test_why_the_last_tuning_kept_no_writer_is_told(app: TestClient, studio: Studio) -> None:
    ana = client_of(app, studio, "ana")
    assert ana.get("/api/briefs/rewrites").json()["refused"] is None
    for needed in (40, None):
        refused = {"pairs": 84, "accuracy": 0.55, "needed": needed}
        writers.record_refused_tuning(studio, refused)  # type: ignore[arg-type]
        assert ana.get("/api/briefs/rewrites").json()["refused"] == refused
