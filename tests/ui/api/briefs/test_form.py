"""The form of a brief over HTTP: what is wrong beside which field, and that what is refused leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.production import projects, render_queue
from feedback.production.queue_limits import QueueLimits
from feedback.store import Studio
from tests.factories import add_person
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app
from ui.context import Limits

FORM = {"place": "TEST/T_010", "prompt": "a house by day", "takes": 2}
TABLES = ("projects", "shots", "briefs", "takes", "media", "project_members")


def problems(client: TestClient, **fields: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/briefs/check", json={**FORM, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()["problems"]


def rows_of(studio: Studio) -> list[int]:
    return [studio.value(f"SELECT count(*) FROM {table}") for table in TABLES]


def test_the_form_offers_what_the_model_in_production_draws(ana: TestClient, sue: TestClient) -> None:
    form = ana.get("/api/briefs/form").json()
    assert [(each["kind"], each["width"], each["frames"]) for each in form["kinds"]] == [
        ("still", 256, 1),
        ("clip", 256, 17),
    ]
    assert form["kinds"][0]["steps"] == 16
    assert {"kind": "clip", "width": 256, "height": 256, "frames": 17} in form["sizes"]
    assert (form["second_guidance"], form["may_make_projects"]) == (False, False)
    assert sue.get("/api/briefs/form").json()["may_make_projects"] is True


def test_a_brief_that_is_right_has_no_problem_and_a_length(ana: TestClient) -> None:
    answer = ana.post("/api/briefs/check", json={**FORM, "prompt": "a red boat"}).json()
    assert answer == {"problems": [], "prompt": {"tokens": 4, "most": 40}}


@pytest.mark.parametrize(
    ("fields", "field", "line"),
    [
        ({"prompt": "boat " * 60}, "prompt", "the prompt has 61 tokens and this model reads 40: make it shorter"),
        ({"negative_prompt": "boat " * 60}, "negative_prompt", "the negative prompt has 61 tokens"),
        ({"prompt": "x" * 4001}, "prompt", "give at most 4000"),
        ({"kind": "opera"}, "kind", "no kind 'opera'"),
        ({"width": "wide"}, "size", "width 'wide' is no whole number"),
        ({"height": 0}, "size", "height 0 is outside"),
        ({"frames": 3}, "size", "a still of 256x256 with 3 frames; the nearest is a still of 256x256"),
        ({"kind": "clip", "frames": 16}, "size", "16 frames; the nearest is a clip of 256x256 with 17 frames"),
        ({"steps": 251}, "steps", "steps 251 is above 250"),
        ({"guidance": "much"}, "guidance", "guidance 'much' is no number"),
        ({"guidance_2": 2}, "guidance_2", "this model has one denoiser"),
        ({"takes": 65}, "takes", "takes 65 is outside 1-64"),
        ({"takes": ""}, "takes", "takes '' is no whole number"),
        ({"seed": -1}, "seed", "seed -1 is outside"),
        ({"seed": 2**31}, "seed", "is outside"),
        ({"place": "T_010"}, "place", "'T_010' is no shot"),
        ({"place": "NEW/S_010"}, "place", "no project 'NEW' of yours"),
        ({"place": "TEST/no shot"}, "place", "'no shot' is no shot code"),
        ({"based_on": 999}, "place", "no brief 999"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(ana: TestClient, fields: dict[str, Any], field: str, line: str) -> None:
    (problem,) = problems(ana, **fields)
    assert problem["field"] == field
    assert line in problem["error"], problem
    assert problem["missing"] is False


def test_the_nearest_size_can_be_drawn(ana: TestClient) -> None:
    (problem,) = problems(ana, kind="clip", width=300, height="", frames="16")
    assert problem["use"] == {"kind": "clip", "width": 256, "height": 256, "frames": 17}
    assert problems(ana, **problem["use"]) == []


def test_what_is_missing_is_told_apart_from_what_is_wrong(ana: TestClient) -> None:
    answer = ana.post("/api/briefs/check", json={}).json()
    assert [(each["field"], each["missing"]) for each in answer["problems"]] == [("place", True), ("prompt", True)]


def test_a_brief_is_queued_with_its_takes(ana: TestClient, studio: Studio) -> None:
    form = {
        **FORM,
        "prompt": "夜の海 – a café",
        "negative_prompt": "рука",
        "takes": "3",
        "seed": "41",
        "guidance": "3.5",
    }
    answer = ana.post("/api/briefs/queue", json=form)
    assert answer.status_code == 201, answer.text
    assert {name: answer.json()[name] for name in ("takes", "seed", "cancelled")} == {
        "takes": 3,
        "seed": 41,
        "cancelled": 0,
    }
    row = studio.row("SELECT * FROM briefs ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert (row["prompt"], row["negative_prompt"], row["author"]) == ("夜の海 – a café", "рука", "ana")
    assert (row["width"], row["frames"], row["steps"], row["guidance"], row["guidance_2"]) == (256, 1, 16, 3.5, None)
    seeds = studio.rows("SELECT seed FROM takes WHERE brief = ? ORDER BY id", (row["id"],))
    assert [each["seed"] for each in seeds] == [41, 42, 43]


def test_a_shot_is_made_with_the_brief_and_a_project_by_a_supervisor(
    ana: TestClient, sue: TestClient, studio: Studio
) -> None:
    assert ana.post("/api/briefs/queue", json={**FORM, "place": "TEST/T_999"}).status_code == 201
    assert ana.post("/api/briefs/queue", json={**FORM, "place": "NEW/S_010"}).status_code == 404
    assert sue.post("/api/briefs/queue", json={**FORM, "place": "NEW/S_010"}).status_code == 201
    assert [row["code"] for row in projects.list_projects(studio, 2)] == ["NEW", "TEST"]


REFUSED: dict[str, dict[str, Any]] = {
    "prompt": {"prompt": " "},
    "too many tokens": {"prompt": "boat " * 60},
    "size": {"width": 300},
    "steps": {"steps": 21},
    "takes": {"takes": 0},
    "seed": {"seed": "x"},
    "shot code": {"place": "NEW/a shot"},
    "project code": {"place": "a project/S_010"},
    "origin": {"based_on": 999},
    "nothing to replace": {"replaces": True},
    "queue of a person": {"takes": 5},
    "queue of a project": {"takes": 5, "place": "TEST/T_010"},
}


@pytest.mark.parametrize("fields", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_brief_leaves_nothing_behind(studio: Studio, fields: dict[str, Any]) -> None:
    is_of_project = fields.get("place") == "TEST/T_010"
    limits = Limits(queue=QueueLimits(per_person=1000 if is_of_project else 4, per_project=4, steps=20))
    app = TestClient(create_app(studio, pages=False, limits=limits), base_url=ADDRESS, follow_redirects=False)
    before = rows_of(studio)
    answer = with_token(app, studio, "sue").post("/api/briefs/queue", json={**FORM, "place": "NEW/S_010", **fields})
    assert answer.status_code in (400, 404, 422, 429), answer.text
    assert list(answer.json()) == ["error"]
    assert rows_of(studio) == before


def test_editing_makes_another_brief_and_cancels_what_is_not_drawn_of_the_first(
    ana: TestClient, studio: Studio
) -> None:
    first = ana.post("/api/briefs/queue", json={**FORM, "takes": 4}).json()["brief"]
    (leased,) = render_queue.lease_takes(studio, "w", 1)
    before = studio.row("SELECT * FROM briefs WHERE id = ?", (first,))
    edited = ana.post("/api/briefs/queue", json={**FORM, "prompt": "b", "based_on": first, "replaces": True}).json()
    assert edited["cancelled"] == 4, "what is being drawn too"
    assert studio.row("SELECT * FROM briefs WHERE id = ?", (first,)) == before
    assert studio.value("SELECT based_on FROM briefs WHERE id = ?", (edited["brief"],)) == first
    duplicate = ana.post("/api/briefs/queue", json={**FORM, "based_on": edited["brief"]}).json()
    assert duplicate["cancelled"] == 0
    assert studio.value("SELECT state FROM takes WHERE id = ?", (leased["id"],)) == "cancelled"


def test_a_brief_of_somebody_else_is_edited_by_supervisors_alone(
    ana: TestClient, sue: TestClient, client: TestClient, studio: Studio
) -> None:
    add_person(studio, "ben", "creative")
    first = ana.post("/api/briefs/queue", json=FORM).json()["brief"]
    before = rows_of(studio)
    body = {**FORM, "based_on": first, "replaces": True}
    ben = with_token(client, studio, "ben")
    assert ben.post("/api/briefs/queue", json=body).status_code == 403
    assert rows_of(studio) == before
    assert ben.post("/api/briefs/queue", json={**body, "replaces": False}).status_code == 201
    assert sue.post("/api/briefs/queue", json=body).json()["cancelled"] == 2


@pytest.mark.parametrize("route", ["cancel", "retry"])
def test_all_takes_of_ones_own_or_of_everybody_at_once(
    ana: TestClient, sue: TestClient, studio: Studio, route: str
) -> None:
    for client in (ana, sue):
        assert client.post("/api/briefs/queue", json=FORM).status_code == 201
    if route == "retry":
        for take in (*render_queue.lease_takes(studio, "w", 9), *render_queue.lease_takes(studio, "w", 9)):
            render_queue.fail_take(studio, take["id"], "w", "no memory")

    def changed(answer: Any) -> int:
        return len(answer.json()["cancelled" if route == "cancel" else "queued"])

    assert ana.post(f"/api/takes/{route}", json={"all": "everybody"}).status_code == 403
    assert changed(ana.post(f"/api/takes/{route}", json={"all": "mine"})) == 2
    assert changed(ana.post(f"/api/takes/{route}", json={"all": "mine"})) == 0
    assert changed(sue.post(f"/api/takes/{route}", json={"all": "everybody"})) == 2
    assert ana.post(f"/api/takes/{route}", json={"all": "mine", "brief": 1}).status_code == 422


def test_takes_of_a_project_that_one_does_not_see_stay(sue: TestClient, studio: Studio) -> None:
    assert sue.post("/api/briefs/queue", json={**FORM, "place": "NEW/S_010"}).status_code == 201
    with studio.writing() as db:
        db.execute("DELETE FROM project_members WHERE project = (SELECT id FROM projects WHERE code = 'NEW')")
    assert sue.post("/api/takes/cancel", json={"all": "everybody"}).json()["cancelled"] == []
    assert sue.post("/api/takes/cancel", json={"all": "mine"}).json()["cancelled"] == []
