"""Selects follow the circles, keep their ranges, and tell an export everything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from feedback.errors import Conflict, Forbidden, Invalid, Refused
from feedback.judgements import notes, ratings, selects, statuses
from feedback.models import versions
from feedback.people import accounts
from feedback.production import shots
from feedback.production.takes import get_take
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def person(scene: Scene, name: str) -> dict:
    return accounts.get_person(scene.studio, name)


def circle(scene: Scene, *takes: int, status: str = "circled") -> None:
    for take in takes:
        statuses.set_status(scene.studio, person(scene, "ana"), uid(), take, status)


def test_selects_are_in_shot_order_with_everything_an_export_says(scene: Scene) -> None:
    late = scene.takes(scene.brief("a boat", shot="S_020"), 2)
    early = scene.takes(scene.brief("a tower", shot="S_010"), 2)
    circle(scene, late[1], early[1], early[0])
    ratings.rate_take(scene.studio, scene.people["ben"], uid(), early[1], 4)
    ratings.rate_take(scene.studio, scene.people["ana"], uid(), early[1], 5)
    region = {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}
    notes.write_note(scene.studio, scene.people["ben"], uid(), early[1], "hand is wrong", region=region)
    listed = selects.list_selects(scene.studio, "SHOW")
    assert [(row["shot"], row["take"]) for row in listed] == [
        ("S_010", early[1]),
        ("S_010", early[0]),
        ("S_020", late[1]),
    ]
    first = listed[0]
    assert (first["prompt"], first["version"], first["status"], first["stars"], first["raters"]) == (
        "a tower",
        "starter",
        "circled",
        4.5,
        2,
    )
    assert (first["frame_in"], first["frame_out"], first["fps_num"], first["fps_den"]) == (0, 23, 24, 1)
    assert first["circled_by"] == "ana"
    assert first["notes"][0]["person"] == "ben"
    assert first["notes"][0]["region"] == region
    assert first["path"].is_file()
    assert first["picture"] == first["path"]


def test_taking_the_circle_back_removes_the_select(scene: Scene) -> None:
    take = scene.takes(scene.brief())[0]
    circle(scene, take)
    circle(scene, take, status="approved")
    assert selects.list_selects(scene.studio, "SHOW") == []
    circle(scene, take)
    assert [row["take"] for row in selects.list_selects(scene.studio, "SHOW")] == [take]


def test_range_is_set_safely_and_keeps_the_place(scene: Scene) -> None:
    brief = scene.brief(kind="clip", frames=17, fps="25")
    takes = scene.takes(brief, 2)
    circle(scene, *takes)
    ana, once = person(scene, "ana"), uid()
    row, created = selects.set_range(scene.studio, ana, once, takes[0], 3, 12)
    assert created
    assert selects.set_range(scene.studio, ana, once, takes[0], 3, 12) == (row, False)
    with pytest.raises(Conflict, match="other content"):
        selects.set_range(scene.studio, ana, once, takes[0], 3, 13)
    listed = selects.list_selects(scene.studio, "SHOW")
    assert [(r["take"], r["frame_in"], r["frame_out"]) for r in listed] == [(takes[0], 3, 12), (takes[1], 0, 16)]
    assert (listed[0]["fps_num"], listed[0]["frames"], listed[0]["kind"]) == (25, 17, "clip")
    assert listed[0]["picture"] != listed[0]["path"]
    circle(scene, takes[0], status="wip")
    assert selects.set_range(scene.studio, ana, once, takes[0], 3, 12) == (row, False)


def test_impossible_ranges_are_refused(scene: Scene) -> None:
    take, other = scene.takes(scene.brief(kind="clip", frames=17))
    circle(scene, take)
    ana = person(scene, "ana")
    for frame_in, frame_out in ((-1, 3), (4, 3), (0, 17)):
        with pytest.raises(Invalid, match="out <= 16"):
            selects.set_range(scene.studio, ana, uid(), take, frame_in, frame_out)
    with pytest.raises(Refused, match="is wip and no select; circle it first"):
        selects.set_range(scene.studio, ana, uid(), other, 0, 3)
    with pytest.raises(Forbidden, match="ben is creative"):
        selects.set_range(scene.studio, person(scene, "ben"), uid(), take, 0, 3)


def test_still_can_be_held_longer_than_its_one_frame(scene: Scene) -> None:
    take = scene.takes(scene.brief())[0]
    circle(scene, take)
    selects.set_range(scene.studio, person(scene, "ana"), uid(), take, 0, 47)
    assert selects.list_selects(scene.studio, "SHOW")[0]["frame_out"] == 47


def test_takes_of_an_open_trial_stay_out_until_it_closes(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trial = trials.open_trial(scene.studio, "v0001", [scene.brief()])
    scene.draw()
    circle(scene, 1)
    assert selects.list_selects(scene.studio, "SHOW") == []
    trials.close_trial(scene.studio, trial)
    assert len(selects.list_selects(scene.studio, "SHOW")) == 1


def places(scene: Scene) -> list[tuple[int, int, int]]:
    return [(row["take"], row["frame_in"], row["frame_out"]) for row in selects.list_selects(scene.studio, "SHOW")]


def test_circling_again_keeps_in_out_and_place(scene: Scene) -> None:
    first, second, third = scene.takes(scene.brief(kind="clip", frames=17), 3)
    circle(scene, first, second, third)
    selects.set_range(scene.studio, person(scene, "ana"), uid(), second, 3, 12)
    circle(scene, second, status="approved")
    assert places(scene) == [(first, 0, 16), (third, 0, 16)]
    circle(scene, second)
    assert places(scene) == [(first, 0, 16), (second, 3, 12), (third, 0, 16)]
    assert selects.current_select(scene.studio, second)["frame_in"] == 3  # type: ignore[index]


def test_a_take_whose_place_is_taken_comes_back_behind_it(scene: Scene) -> None:
    a, b, c, d = scene.takes(scene.brief(kind="clip", frames=17), 4)
    circle(scene, a, b, c, d)
    circle(scene, a, status="approved")
    selects.set_range(scene.studio, person(scene, "ana"), uid(), b, 0, 16, position=1)
    circle(scene, a)
    listed = [(row["take"], row["position"]) for row in selects.list_selects(scene.studio, "SHOW")]
    assert listed == [(b, 1), (a, 2), (c, 3), (d, 4)]


def test_selects_are_those_of_one_moment(scene: Scene) -> None:
    """Whoever exports while somebody else takes circles back gets no take that is not circled."""
    takes = scene.takes(scene.brief(), 8)
    circle(scene, *takes)
    is_over = Event()

    def change_minds() -> None:
        while not is_over.is_set():
            for take in takes:
                circle(scene, take, status="approved")
            circle(scene, *takes)

    with ThreadPoolExecutor(1) as other:
        done = other.submit(change_minds)
        try:
            lists = [selects.list_selects(scene.studio, "SHOW") for _ in range(200)]
        finally:
            is_over.set()
        done.result()
    assert {row["status"] for rows in lists for row in rows} == {"circled"}


def test_a_select_is_moved_among_those_of_its_shot(scene: Scene) -> None:
    a, b, c = scene.takes(scene.brief(kind="clip", frames=17), 3)
    other = scene.takes(scene.brief("a boat", shot="S_020"), 1)[0]
    circle(scene, a, b, c, other)
    ana, once = person(scene, "ana"), uid()
    row, is_new = selects.set_range(scene.studio, ana, once, c, 2, 8, position=1)
    assert is_new
    assert places(scene) == [(c, 2, 8), (a, 0, 16), (b, 0, 16), (other, 0, 23)]
    assert selects.set_range(scene.studio, ana, once, c, 2, 8, position=1) == (row, False)
    with pytest.raises(Conflict):
        selects.set_range(scene.studio, ana, once, c, 2, 8, position=2)
    rows = scene.studio.value("SELECT count(*) FROM selects")
    selects.set_range(scene.studio, ana, uid(), b, 0, 16, position=3)
    assert scene.studio.value("SELECT count(*) FROM selects") == rows + 1, "those that stay get no row"
    selects.set_range(scene.studio, ana, uid(), c, 2, 8, position=2)
    assert [take for take, *_ in places(scene)] == [a, c, b, other]
    circle(scene, a, status="wip")
    selects.set_range(scene.studio, ana, uid(), b, 0, 16, position=1)
    assert [take for take, *_ in places(scene)] == [b, c, other]
    for position in (0, 3, -1):
        with pytest.raises(Invalid, match="position"):
            selects.set_range(scene.studio, ana, uid(), b, 0, 16, position=position)


def test_picks_around_a_take_are_of_the_shots_beside_it_in_its_sequence(scene: Scene) -> None:
    """Alternates, shots without a select, other sequences and the take's own shot are passed over."""
    shots_ = {code: shots.add_shot(scene.studio, "SHOW", code)["id"] for code in ("S_030", "S_040", "T_010")}
    scene.shots |= shots_
    made = {code: scene.takes(scene.brief(shot=code), 2) for code in ("S_010", "S_030", "S_040", "T_010")}
    take = get_take(scene.studio, made["S_030"][1])
    assert selects.picks_around(scene.studio, take) == (None, None)
    circle(scene, made["S_010"][1], made["S_010"][0], made["S_030"][0], made["S_040"][0], made["T_010"][0])

    def around(number: int) -> list[int | None]:
        return [pick and pick["take"] for pick in selects.picks_around(scene.studio, get_take(scene.studio, number))]

    assert around(take["id"]) == [made["S_010"][1], made["S_040"][0]]
    assert around(made["S_010"][0]) == [None, made["S_030"][0]]
    assert around(made["S_040"][1]) == [made["S_030"][0], None]
    assert around(made["T_010"][1]) == [None, None]
    circle(scene, made["S_030"][0], status="wip")
    assert around(made["S_010"][0]) == [None, made["S_040"][0]]
