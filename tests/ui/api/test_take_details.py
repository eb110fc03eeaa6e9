"""One take over HTTP: who may know what of it, and drawing it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from feedback.production.takes import get_take
from feedback.store import Studio
from feedback.trials import trials
from generation.intake.taking import Target, take_file
from tests.factories import add_takes
from tests.generation.intake import files
from tests.ui.api.test_notes import judge, pair_of


def details(person: TestClient, take: int) -> dict[str, Any]:
    answer = person.get(f"/api/takes/{take}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_supervisor_sees_how_it_was_made_and_what_became_of_it(sue: TestClient, ana: TestClient) -> None:
    sue.post("/api/ratings", json={"uid": "r", "take": 1, "stars": 4})
    sue.post("/api/statuses", json={"uid": "s", "take": 1, "status": "circled"})
    sue.post("/api/selects", json={"uid": "c", "take": 1, "frame_in": 0, "frame_out": 47})
    shown = details(sue, 1)
    assert (shown["take"], shown["project"], shown["shot"], shown["status"]) == (1, "TEST", "T_010", "circled")
    assert (shown["made"]["seed"], shown["made"]["version"], shown["made"]["prompt"]) == (
        1,
        "starter",
        "a house by day, number 0",
    )
    assert [(step["person"], step["what"]) for step in shown["history"]] == [
        ("sue", "4 stars"),
        ("sue", "circled"),
        ("sue", "place 1, held 24 frames"),
        ("sue", "place 1, held 48 frames"),
    ]
    assert shown["cut"] == {"frame_in": 0, "frame_out": 47, "position": 1, "of": 1}
    assert (shown["my_stars"], shown["stars"], shown["raters"], shown["may_circle"]) == (4, 4, 1, True)
    assert [side["take"] for side in shown["others"]] == [2, 3, *range(4, 10)], "of the same brief first"


def test_a_creative_who_may_be_dealt_it_sees_what_the_board_shows(ana: TestClient, sue: TestClient) -> None:
    pair = pair_of(ana)
    name = pair["left"]["take"]
    sue.post("/api/ratings", json={"uid": "r", "take": 1, "stars": 4})
    for take in [name, *(side["take"] for side in details(ana, name)["others"])]:
        shown = details(ana, take)
        assert (shown["blind"], shown["history"], shown["may_draw_again"]) == (True, [], False)
        assert (shown["made"]["seed"], shown["made"]["version"], shown["may_circle"]) == (None, None, False)
        assert shown["take"] > 2**48
    assert "starter" not in ana.get(f"/api/takes/{name}").text
    assert sum(details(ana, take)["raters"] for take in [name, *(s["take"] for s in details(ana, name)["others"])]) == 1
    refused = ana.post("/api/takes/again", json={"take": name, "same_seed": True})
    assert (refused.status_code, refused.json()["error"]) == (
        400,
        f"take {name} is one that you may still be dealt: judge a pair with it first",
    )
    judge(ana, pair)
    shown = details(ana, name)
    assert (shown["blind"], shown["may_draw_again"], shown["made"]["version"]) == (False, True, None)
    assert ana.post("/api/takes/again", json={"take": name, "same_seed": True}).status_code == 201


def test_a_take_is_drawn_again_with_its_seed_or_with_others(sue: TestClient, studio: Studio) -> None:
    (again,) = sue.post("/api/takes/again", json={"take": 2, "same_seed": True, "takes": 5}).json()["takes"]
    more = sue.post("/api/takes/again", json={"take": 2, "takes": 3}).json()["takes"]
    rows = [get_take(studio, take) for take in (2, again, *more)]
    assert rows[1]["seed"] == rows[0]["seed"]
    assert len({row["seed"] for row in rows[1:]}) == 4
    assert {row["brief"] for row in rows} == {rows[0]["brief"]}
    assert {row["requested_version"] for row in rows} == {None}, "whatever is in production draws them"
    shown = details(sue, again)
    assert (shown["state"], shown["side"], shown["may_circle"]) == ("queued", None, False)


def test_a_take_of_an_open_trial_has_no_page(sue: TestClient, ana: TestClient, studio: Studio) -> None:
    with studio.writing() as db:
        db.execute("INSERT INTO versions VALUES ('v0001', 'starter', '[]', 'candidate', NULL, 'now')")
        db.execute(
            "INSERT INTO trials (id, candidate, baseline, state, created) VALUES (1, 'v0001', 'starter', 'open', 'now')"
        )
        db.table("trial_pairs").insert({"trial": 1, "brief": 1, "candidate_take": 1, "baseline_take": 2})
    dealt = {side["take"] for pair in sue.get("/api/pairs?count=64").json() for side in (pair["left"], pair["right"])}
    pages = [sue.get(f"/api/takes/{take}").status_code for take in dealt]
    assert (pages.count(200), pages.count(404)) == (6, 2)
    again = [sue.post("/api/takes/again", json={"take": take, "takes": 1}).status_code for take in dealt]
    assert again.count(404) == 2
    assert sue.get("/api/takes/1").status_code == 404
    assert all(side["take"] not in (1, 2) for side in details(sue, 3)["others"])
    assert trials.list_trials(studio)[0]["state"] == "open"


def test_the_cut_of_a_sequence(sue: TestClient, ana: TestClient, studio: Studio) -> None:
    from tests.factories import add_brief

    (late,) = add_takes(studio, add_brief(studio, "ana", "a boat", shot="T_020"), 1)
    (elsewhere,) = add_takes(studio, add_brief(studio, "ana", "a car", shot="U_010"), 1)
    for take in (2, 1, late, elsewhere):
        sue.post("/api/statuses", json={"uid": f"s{take}", "take": take, "status": "circled"})
    place = {"uid": "p", "take": 1, "frame_in": 0, "frame_out": 35, "position": 1}
    assert [sue.post("/api/selects", json=place).status_code for _ in range(2)] == [201, 200]
    cut = sue.get("/api/selects?project=TEST").json()
    assert (cut["sequences"], cut["sequence"]) == (["T", "U"], "T")
    assert [(shot["shot"], [each["side"]["take"] for each in shot["selects"]]) for shot in cut["shots"]] == [
        ("T_010", [1, 2]),
        ("T_020", [late]),
    ]
    first, second = cut["shots"][0]["selects"]
    assert (first["seconds"], second["seconds"]) == (1.5, 1.0)
    assert sue.get(first["side"]["media"]).status_code == 200
    other = sue.get("/api/selects?project=TEST&sequence=U").json()
    assert [shot["shot"] for shot in other["shots"]] == ["U_010"]
    for body in (
        {"frame_out": 100_001},
        {"frame_in": -1},
        {"position": 0},
        {"position": 3},
        {"frame_in": 5, "frame_out": 4},
    ):
        answer = sue.post("/api/selects", json={**place, "uid": "bad", **body})
        assert answer.status_code == 422, (body, answer.text)
    assert sue.post("/api/selects", json={**place, "uid": "not circled", "take": 3}).status_code == 400
    assert ana.post("/api/selects", json={**place, "uid": "creative"}).status_code == 403
    assert ana.get("/api/selects?project=TEST").status_code == 403


def test_others_tags_come_after_ones_own_verdict(ana: TestClient, sue: TestClient) -> None:
    pair = pair_of(ana)
    for number in range(1, 10):
        sue.post("/api/tags", json={"uid": f"t{number}", "take": number, "word": "soft"})
    name = pair["left"]["take"]
    ana.post("/api/tags", json={"uid": "own", "take": name, "word": "warm"})
    assert details(ana, name)["tags"] == ["warm"]
    judge(ana, pair)
    assert details(ana, name)["tags"] == ["soft", "warm"]


def test_how_a_take_was_made_elsewhere_is_for_supervisors(
    sue: TestClient, ana: TestClient, studio: Studio, tmp_path: Path
) -> None:
    for number, texts in enumerate(({"prompt": json.dumps(files.custom_graph())}, {})):
        (tmp_path / f"{number}.png").write_bytes(files.png(number, **texts))
    described, silent = (take_file(studio, tmp_path / f"{number}.png", Target(brief=1)).take for number in (0, 1))
    made = details(sue, described)["made"]
    assert made["version"] == "elsewhere-new-model-12b"
    assert made["elsewhere"] == (
        "ComfyUI, new-model-12b.gguf, dpmpp_2m, seed 18446744073709551615, steps 24, guidance 3.5, 0.png"
    )
    assert (made["seed"], details(sue, silent)["made"]["seed"]) == (None, None), "too large for ours, and not known"
    assert details(sue, silent)["made"]["elsewhere"] == "1.png"
    assert details(sue, 1)["made"]["elsewhere"] is None
    listed = ana.get("/api/takes?brief=1")
    assert len(listed.json()) == 5
    for row in listed.json():
        seen = details(ana, row["id"])["made"]
        assert (seen["version"], seen["elsewhere"]) == (None, None)
    assert "elsewhere" not in listed.text
    assert "ComfyUI" not in listed.text
