"""What a take is like, over HTTP: beside it and on the board, for whoever is not blind to it and only of what they see."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from feedback.copies import checks, descriptions, similar, vectors
from feedback.copies.checks import Alike, Face
from feedback.people import project_members
from feedback.production import projects, shots
from feedback.store import Studio
from tests.feedback.library.shelf import fill_library
from tests.ui.api.test_notes import judge, pair_of
from ui.api.library import likeness


def ask(person: TestClient, take: int) -> dict[str, Any]:
    answer = person.get(f"/api/takes/{take}/likeness")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def rendition(studio: Studio, take: int) -> str:
    return str(studio.value("SELECT rendition FROM takes WHERE id = ?", (take,)))


@pytest.fixture
def compared(studio: Studio) -> Studio:
    """Take 7 is a copy of library item 1, mirrored, and much like take 1; it shows a face."""
    fill_library(studio)
    (first,) = studio.tuples("SELECT media FROM library_items WHERE id = 1")[0]
    descriptions.store(studio, first, {0: b"as measured"})
    alike = [Alike(first, 0.99, True, 0, 0), Alike(rendition(studio, 1), 0.7, False, 0, 0)]
    checks.keep_check(studio, 7, 1, alike, [Face(0, 0.1, 0.2, 0.3, 0.4)])
    return studio


def test_a_supervisor_sees_what_it_is_like(sue: TestClient, compared: Studio) -> None:
    shown = ask(sue, 7)
    assert (shown["state"], shown["set_by"], shown["library"], shown["problem"]) == ("checked", 0, 1, None)
    item, take = shown["pictures"]
    assert (item["item"], item["title"], item["licence"], item["mirrored"], item["marked"]) == (
        1,
        "Harbour",
        "catalogue",
        True,
        True,
    )
    assert (take["take"], take["item"], take["marked"]) == (1, None, False)
    assert all(sue.get(each["picture"]).status_code == 200 for each in shown["pictures"])
    assert shown["faces"] == [{"frame": 0, "x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}]
    assert (shown["people_allowed"], shown["faces_marked"]) == (0, True)


def test_the_board_marks_it(sue: TestClient, compared: Studio) -> None:
    marks = {card["take"]: card["marks"] for card in sue.get("/api/board/cards?takes=1,7").json()}
    assert marks == {1: [], 7: ["copy", "face"]}


def test_whoever_may_be_dealt_it_is_not_told(ana: TestClient, compared: Studio) -> None:
    """What is like it would sway a verdict."""
    cards = {card["take"]: card for card in ana.get("/api/board?project=TEST").json()["cards"]}
    assert all(card["marks"] == [] for card in cards.values())
    pair = pair_of(ana)
    mine = pair["left"]["take"]
    assert ask(ana, mine)["state"] == "blind"
    assert ask(ana, mine)["pictures"] == []
    judge(ana, pair)
    assert ask(ana, mine)["state"] in ("waiting", "checked")


def test_a_take_that_was_not_compared_waits(sue: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (ask(sue, 1)["state"], ask(sue, 1)["pictures"]) == ("waiting", [])
    monkeypatch.setattr(likeness, "is_there", lambda: False)
    assert ask(sue, 1)["state"] == "missing"
    checks.keep_check(studio, 1, 0, problem="media file x is missing")
    assert (ask(sue, 1)["state"], ask(sue, 1)["problem"]) == ("checked", "media file x is missing")


def test_nothing_is_told_of_other_projects(sue: TestClient, compared: Studio) -> None:
    project_members.remove_member(compared, "TEST", "sue")
    assert sue.get("/api/takes/7/likeness").status_code == 404
    project_members.add_member(compared, "TEST", "sue")
    projects.add_project(compared, "OTHER", "Other")
    shots.add_shot(compared, "OTHER", "O_010")
    with compared.writing() as db:
        other = int(compared.value("SELECT id FROM projects WHERE code = 'OTHER'"))
        db.execute("UPDATE takes SET project = ? WHERE id = 1", (other,))
    (take,) = [each for each in ask(sue, 7)["pictures"] if each["item"] is None]
    assert (take["take"], take["picture"], take["likeness"]) == (None, None, 0.7)


def test_takes_of_open_trials_are_not_named(sue: TestClient, compared: Studio) -> None:
    with compared.writing() as db:
        db.execute("INSERT INTO versions VALUES ('v0001', 'starter', '[]', 'candidate', NULL, 'now')")
        db.execute(
            "INSERT INTO trials (id, candidate, baseline, state, created) VALUES (1, 'v0001', 'starter', 'open', 'now')"
        )
        db.table("trial_pairs").insert({"trial": 1, "brief": 1, "candidate_take": 1, "baseline_take": 2})
    assert [each["item"] for each in ask(sue, 7)["pictures"]] == [1]
    assert sue.get("/api/takes/1/likeness").status_code == 404


def test_what_an_image_encoder_takes_for_similar_is_beside_it(
    sue: TestClient, compared: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(sue, 7)["similar"] is None
    monkeypatch.setenv(vectors.ENCODER, "/models/clip")
    assert ask(sue, 7)["similar"] is None  # no worker has read with it
    number = vectors.use(compared, "0" * 64, "clip", "mit")
    waiting = ask(sue, 7)["similar"]
    assert (waiting["encoder"], waiting["compared"], waiting["pictures"]) == ("clip", False, [])
    (item,) = compared.tuples("SELECT media FROM library_items WHERE id = 1")[0]
    alike = [Alike(item, 0.93, False, 0, 0), Alike(rendition(compared, 1), 0.8, False, 0, 0)]
    similar.keep(compared, 7, number, 1, alike)
    shown = ask(sue, 7)["similar"]
    assert (shown["compared"], shown["threshold"]) == (True, None)
    assert [(each["item"], each["take"], each["marked"]) for each in shown["pictures"]] == [
        (1, None, False),
        (None, 1, False),
    ]
    vectors.keep_threshold(compared, number, 0.9, 400)
    assert [each["marked"] for each in ask(sue, 7)["similar"]["pictures"]] == [True, False]
    marks = {card["take"]: card["marks"] for card in sue.get("/api/board/cards?takes=1,7").json()}
    assert marks == {1: [], 7: ["copy", "face", "similar"]}
    vectors.use(compared, "1" * 64, "another", None)
    assert ask(sue, 7)["similar"]["compared"] is False
