"""What a signed-in person may ask for at once, and how it is refused: one line of JSON with 413, 422 or 429."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from feedback.people import project_members
from feedback.production import cancellation, projects, render_queue, shots
from feedback.production.queue_limits import QueueLimits
from feedback.store import Studio
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app
from ui.context import Limits
from ui.security.request_rate import RequestRate
from ui.settings import Settings

LIMITS = Limits(body_bytes=2000, queue=QueueLimits(per_person=6, per_project=9, steps=20))


@pytest.fixture
def client(studio: Studio) -> TestClient:
    app = create_app(studio, pages=False, limits=LIMITS)
    return TestClient(app, base_url=ADDRESS, follow_redirects=False)


def refused(answer: object, status: int, words: str) -> bool:
    problem = answer.json()  # type: ignore[attr-defined]
    assert (answer.status_code, list(problem)) == (status, ["error"]), problem  # type: ignore[attr-defined]
    assert words in problem["error"], problem
    assert "\n" not in problem["error"]
    return True


def test_a_person_has_so_many_takes_waiting_and_a_project_so_many(
    ana: TestClient, sue: TestClient, studio: Studio
) -> None:
    assert ana.post("/api/takes", json={"brief": 1, "takes": 4}).status_code == 201
    assert refused(
        ana.post("/api/takes", json={"brief": 2, "takes": 3}), 429, "you have 4 takes that are not drawn yet"
    )
    ids = ana.post("/api/takes", json={"brief": 2, "takes": 2}).json()["takes"]
    assert refused(sue.post("/api/takes", json={"brief": 1, "takes": 4}), 429, "this project has 6 takes")
    assert sue.post("/api/takes", json={"brief": 1, "takes": 3}).status_code == 201
    assert ana.post("/api/takes/cancel", json={"takes": ids}).status_code == 201
    assert ana.post("/api/takes", json={"brief": 3, "takes": 2}).status_code == 201
    render_queue.queue_takes(studio, 1, list(range(50)))  # the command line has no limits
    assert studio.value("SELECT count(*) FROM takes WHERE state = 'queued'") == 59


def test_two_requests_at_once_do_not_pass_the_limit_together(ana: TestClient, studio: Studio) -> None:
    answers: list[int] = []

    def queue() -> None:
        answers.append(ana.post("/api/takes", json={"brief": 1, "takes": 2}).status_code)

    threads = [threading.Thread(target=queue) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] * 3 + [429] * 5
    assert studio.value("SELECT count(*) FROM takes WHERE state = 'queued'") == 6


def test_takes_count_while_they_are_drawn_and_no_longer(ana: TestClient, studio: Studio) -> None:
    assert ana.post("/api/takes", json={"brief": 1, "takes": 6}).status_code == 201
    render_queue.lease_takes(studio, "w", 6)
    assert refused(ana.post("/api/takes", json={"brief": 1, "takes": 1}), 429, "you have 6 takes")
    cancellation.cancel_brief(studio, 1, actor="sue")
    assert ana.post("/api/takes", json={"brief": 1, "takes": 6}).status_code == 201


def test_takes_that_failed_are_queued_again_within_the_limits(ana: TestClient, sue: TestClient, studio: Studio) -> None:
    ids = ana.post("/api/takes", json={"brief": 1, "takes": 4}).json()["takes"]
    for take in render_queue.lease_takes(studio, "w", 4):
        render_queue.fail_take(studio, take["id"], "w", "its adapter is damaged")
    assert ana.post("/api/takes", json={"brief": 2, "takes": 3}).status_code == 201
    assert refused(ana.post("/api/takes/retry", json={"brief": 1}), 429, "you have 3 takes that are not drawn yet")
    assert refused(ana.post("/api/takes/retry", json={"takes": ids}), 429, "and 4 more would be above 6")
    assert ana.post("/api/takes/retry", json={"takes": ids[:3]}).status_code == 201
    assert sue.post("/api/takes", json={"brief": 1, "takes": 3}).status_code == 201
    assert refused(sue.post("/api/takes/retry", json={"brief": 1}), 429, "this project has 9 takes")


def test_another_project_has_its_own_share(sue: TestClient, studio: Studio) -> None:
    projects.add_project(studio, "OTHER", maker="sue")
    shots.add_shot(studio, "OTHER", "O_010")
    project_members.add_member(studio, "OTHER", "ana")
    brief = sue.post("/api/briefs", json={"shot": "O_010", "prompt": "a boat"}).json()["id"]
    render_queue.queue_takes(studio, 1, list(range(9)))
    assert refused(sue.post("/api/takes", json={"brief": 1, "takes": 1}), 429, "this project has 9")
    assert sue.post("/api/takes", json={"brief": brief, "takes": 6}).status_code == 201


@pytest.mark.parametrize("steps", [21, 250, 1000])
def test_steps_have_a_most(ana: TestClient, studio: Studio, steps: int) -> None:
    before = studio.value("SELECT count(*) FROM briefs")
    body = {"shot": "T_010", "prompt": "a boat", "steps": steps}
    assert refused(ana.post("/api/briefs", json=body), 422, f"steps {steps} is above 20")
    assert studio.value("SELECT count(*) FROM briefs") == before
    assert ana.post("/api/briefs", json={**body, "steps": 20}).status_code == 201


def test_the_briefs_page_has_the_same_limits(ana: TestClient, studio: Studio) -> None:
    form = {"place": "TEST/T_010", "prompt": "a house", "takes": 4, "steps": 2}
    before = studio.value("SELECT count(*) FROM briefs")
    for steps in (21, "21", 21.0):
        assert refused(ana.post("/api/briefs/queue", json={**form, "steps": steps}), 422, "steps 21 is above 20")
    assert ana.post("/api/briefs/queue", json=form).status_code == 201
    assert refused(ana.post("/api/briefs/queue", json=form), 429, "you have 4 takes that are not drawn yet")
    assert studio.value("SELECT count(*) FROM briefs") == before + 1


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 100):
        yield b" " * 100


def test_bodies_have_a_largest_size(ana: TestClient) -> None:
    for path in ("/api/ballots", "/api/takes", "/api/nothing"):
        assert refused(ana.post(path, content=b" " * 2001), 413, "larger than 2000 bytes")
        assert refused(ana.post(path, content=pieces(2100)), 413, "larger than 2000 bytes")
    assert ana.post("/api/ballots", content=pieces(2000)).status_code == 422
    body = {"shot": "T_010", "prompt": "a" * 1000}
    assert ana.post("/api/briefs", json=body).status_code == 201
    assert refused(ana.post("/api/ballots", content=b"x", headers={"Content-Length": "9" * 30}), 413, "larger")
    assert refused(ana.post("/api/ballots", content=b"x", headers={"Content-Length": "-1"}), 413, "larger")


def test_requests_of_a_person_have_a_rate(studio: Studio) -> None:
    limits = Limits(requests_per_second=0.4)  # four at once, another one after two and a half seconds
    client = TestClient(create_app(studio, pages=False, limits=limits), base_url=ADDRESS, follow_redirects=False)
    ana, again, sue = (with_token(client, studio, name) for name in ("ana", "ana", "sue"))
    assert [ana.get("/api/me").status_code for _ in range(4)] == [200] * 4
    late = ana.get("/api/me")
    assert refused(late, 429, "at most 0.4 requests a second")
    assert 1 <= int(late.headers["retry-after"]) <= 3
    assert refused(again.get("/api/me"), 429, "go slower"), "a second token is no way around"
    assert sue.get("/api/me").status_code == 200, "others are not held up"
    assert ana.get("/healthz").status_code == 200
    assert ana.get("/web/x/y.js").status_code == 404, "scripts and styles are not counted"


def test_the_rate_fills_up_again_and_forgets() -> None:
    now = [0.0]
    rate = RequestRate(2.0, lambda: now[0])
    assert [rate.wait(1) for _ in range(20)] == [0.0] * 20
    assert rate.wait(1) == 0.5
    now[0] = 0.5
    assert (rate.wait(1), rate.wait(1)) == (0.0, 0.5)
    now[0] = 1e6
    assert [rate.wait(1) for _ in range(21)] == [0.0] * 20 + [0.5]


def test_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("MOST_BODY_BYTES", "5000"),
        ("REQUESTS_PER_SECOND", "7.5"),
        ("QUEUE_PER_PERSON", "3"),
        ("QUEUE_PER_PROJECT", "4"),
        ("MOST_STEPS", "9"),
        ("MOST_UPLOAD_BYTES", "6000"),
    ):
        monkeypatch.setenv(f"CIRCLETAKE_{name}", value)
    assert Settings().limits == Limits(5000, 6000, 7.5, QueueLimits(3, 4, 9))
