"""Panels of a storyboard: brought in, written, moved, taken out, and never overwritten unseen."""

from __future__ import annotations

import pytest

from feedback.boards.panels import (
    MOST_PANELS,
    add_panels,
    bring_selects,
    change_panel,
    list_panels,
    move_panel,
    remove_panel,
    restore_panel,
    sequences_of,
)
from feedback.errors import Conflict, Invalid, NotFound, Refused
from feedback.judgements.statuses import set_status
from feedback.people import accounts
from feedback.production import projects, render_queue
from feedback.store import Studio
from tests.feedback.exchange.filming import FilmScene


@pytest.fixture
def scene(studio: Studio) -> FilmScene:
    return FilmScene(studio)


def takes_in(scene: FilmScene, shot: str, count: int = 1, **brief: object) -> list[int]:
    return scene.takes(scene.brief("a house", shot=shot, **brief), count)


def board(scene: FilmScene, sequence: str = "S") -> list[int]:
    return [panel["take"] for panel in list_panels(scene.studio, "SHOW", sequence)]


def test_selects_come_in_cutting_order_and_once(scene: FilmScene) -> None:
    (second,), (first, other) = takes_in(scene, "S_020", kind="clip", frames=17), takes_in(scene, "S_010", 2)
    scene.circle(second, other, first)
    scene.cut(second, 3, 12)
    scene.cut(other, 0, 35)
    assert bring_selects(scene.studio, "SHOW", "S", author="ana")
    panels = list_panels(scene.studio, "SHOW", "S")
    assert [(each["take"], each["frame"], each["lasts"], each["number"]) for each in panels] == [
        (other, 0, 36, 1),
        (second, 3, 10, 2),
    ]
    assert bring_selects(scene.studio, "SHOW", "S", author="ana") == []
    scene.cut(other, 0, 11)  # a panel that nobody gave a length follows the cut
    assert list_panels(scene.studio, "SHOW", "S")[0]["lasts"] == 12
    assert sequences_of(scene.studio, "SHOW") == ["S"]


def test_panels_are_moved_among_each_other(scene: FilmScene) -> None:
    takes = takes_in(scene, "S_010", 4)
    ids = add_panels(scene.studio, "SHOW", "S", takes, author="ana")
    assert board(scene) == takes
    move_panel(scene.studio, ids[3], 1, author="ana")
    move_panel(scene.studio, ids[0], 3, author="ana")
    assert board(scene) == [takes[3], takes[1], takes[0], takes[2]]
    add_panels(scene.studio, "SHOW", "S", takes[:1], author="ana", after=ids[3])
    assert board(scene) == [takes[3], takes[0], takes[1], takes[0], takes[2]]
    with pytest.raises(Invalid, match="place 6"):
        move_panel(scene.studio, ids[0], 6, author="ana")
    for _ in range(60):  # no room is left between two places
        move_panel(scene.studio, ids[0], 2, author="ana")
        move_panel(scene.studio, ids[1], 2, author="ana")
    assert board(scene)[:3] == [takes[3], takes[1], takes[0]]


def test_texts_are_kept_and_a_second_writer_is_told(scene: FilmScene) -> None:
    (panel,) = add_panels(scene.studio, "SHOW", "S", takes_in(scene, "S_010"), author="ana")
    text = "“Go,” she says —\nand ☂ goes. 夜"
    changed = change_panel(scene.studio, panel, 1, author="ana", action=" She opens the door ", dialogue=text)
    assert (changed["action"], changed["dialogue"], changed["revision"]) == ("She opens the door", text, 2)
    with pytest.raises(Conflict, match="ana changed panel 1 meanwhile"):
        change_panel(scene.studio, panel, 1, author="sue", action="He")
    assert change_panel(scene.studio, panel, 2, author="sue", held=48)["lasts"] == 48
    assert change_panel(scene.studio, panel, 3, author="sue", held=0)["lasts"] == 24
    with pytest.raises(Invalid, match="action has 2001 characters"):
        change_panel(scene.studio, panel, 4, author="sue", action="x" * 2001)


def test_a_clip_plays_from_its_frame_on(scene: FilmScene) -> None:
    (panel,) = add_panels(scene.studio, "SHOW", "S", takes_in(scene, "S_010", kind="clip", frames=17), author="ana")
    assert list_panels(scene.studio, "SHOW", "S")[0]["lasts"] == 17
    assert change_panel(scene.studio, panel, 1, author="ana", frame=10)["lasts"] == 7
    for fields, line in (({"frame": 17}, "frame 17"), ({"held": 8}, "held 8"), ({"frame": 12, "held": 6}, "held 6")):
        with pytest.raises(Invalid, match=line):
            change_panel(scene.studio, panel, 2, author="ana", **fields)
    change_panel(scene.studio, panel, 2, author="ana", frame=0, held=16)
    later = change_panel(scene.studio, panel, 3, author="ana", frame=12)
    assert (later["held"], later["lasts"]) == (5, 5)  # it does not last beyond its clip
    assert change_panel(scene.studio, panel, 4, author="ana", frame=0)["lasts"] == 16


def test_what_is_taken_out_comes_back_where_it_was(scene: FilmScene) -> None:
    takes = takes_in(scene, "S_010", 3)
    ids = add_panels(scene.studio, "SHOW", "S", takes, author="ana")
    change_panel(scene.studio, ids[1], 1, author="ana", action="a long text")
    remove_panel(scene.studio, ids[1], author="ana")
    assert board(scene) == [takes[0], takes[2]]
    with pytest.raises(NotFound, match=f"no panel {ids[1]}"):
        change_panel(scene.studio, ids[1], 2, author="ana", action="")
    with pytest.raises(Refused, match=f"no panel {ids[1]} on this storyboard"):
        add_panels(scene.studio, "SHOW", "S", takes[:1], author="ana", after=ids[1])
    assert restore_panel(scene.studio, ids[1], author="sue")["action"] == "a long text"
    assert board(scene) == takes
    with pytest.raises(NotFound, match="no panel 999"):
        restore_panel(scene.studio, 999, author="ana")


def test_takes_of_other_projects_and_unfinished_ones_are_refused(scene: FilmScene) -> None:
    projects.add_project(scene.studio, "OTHER")
    (take,) = takes_in(scene, "S_010")
    with pytest.raises(Invalid, match=f"take {take} is of project"):
        add_panels(scene.studio, "OTHER", "S", [take], author="ana")
    (waiting,) = render_queue.queue_takes(scene.studio, scene.brief("b", shot="S_010"), [7])
    with pytest.raises(Refused, match=f"take {waiting} is queued"):
        add_panels(scene.studio, "SHOW", "S", [waiting], author="ana")
    ana = accounts.get_person(scene.studio, "ana")
    set_status(scene.studio, ana, "d1", take, "discarded")
    with pytest.raises(Refused, match=f"take {take} was discarded: give it another status"):
        add_panels(scene.studio, "SHOW", "S", [take], author="ana")
    set_status(scene.studio, ana, "d2", take, "wip")
    with pytest.raises(NotFound, match="no take 999"):
        add_panels(scene.studio, "SHOW", "S", [999], author="ana")
    with pytest.raises(Invalid, match=f"at most {MOST_PANELS} panels"):
        add_panels(scene.studio, "SHOW", "S", [take] * (MOST_PANELS + 1), author="ana")
    assert board(scene) == []
