"""Pictures that were brought without a licence: what a project's rule says of briefs that start from them."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.production import projects, render_queue, takes
from feedback.rights import checks
from feedback.rights.licences import add_licence, license_media
from feedback.rights.overview import waiting_briefs
from feedback.rights.passport import passport_of
from feedback.rights.project_rules import (
    FULL,
    LIST,
    OFF,
    PLATES,
    REFUSE,
    begin_rights,
    rules_of,
    set_rule,
    set_rule_of_new_projects,
)
from feedback.store import Studio
from tests.factories import add_takes, judging_studio
from tests.feedback.rights.test_ways_around import library_frame, outside, picture, starting_from
from tests.feedback.store.older_studio import open_older

ROWS = "INSERT INTO projects (id, code, title, fps_num, fps_den, created) VALUES (1, 'OLD', 'OLD', 24, 1, '2026');"


@pytest.fixture
def studio(tmp_path) -> Studio:
    made = judging_studio(tmp_path / "studio", briefs_count=1)
    set_rule(made, "TEST", PLATES, REFUSE, actor="sue")
    return made


def is_refused(studio: Studio, brief: int) -> bool:
    lacks = brief in checks.missing_for_briefs(studio, [brief])
    assert lacks == (brief in checks.briefs_not_to_learn_from(studio, None))
    return lacks


def test_a_plate_without_a_licence_is_refused_until_one_is_recorded(studio: Studio) -> None:
    plate = picture(studio, 9)
    brief = starting_from(studio, plate)
    with pytest.raises(Refused, match=f"circletake licence media {plate} LICENCE"):
        render_queue.queue_takes(studio, brief, [1])
    (take,) = add_takes_all_the_same(studio, brief)
    assert plate[:12] in checks.missing_for_takes(studio, [take])[take][0]
    assert [line for line in passport_of(studio, take)["missing"] if plate[:12] in line] == [
        f"a licence of the source {plate[:12]} (brought with the brief): none is recorded"
    ]
    assert passport_of(studio, take)["training"]["permitted"] is False
    add_licence(studio, "Plates", holder="A painter", uses=["drawing", "training"])
    license_media(studio, plate, "Plates")
    assert not is_refused(studio, brief)
    assert checks.missing_for_takes(studio, [take]) == {}


def add_takes_all_the_same(studio: Studio, brief: int) -> list[int]:
    """As they were drawn before the project had a rule."""
    set_rule(studio, "TEST", PLATES, OFF, actor="sue")
    drawn = add_takes(studio, {"id": brief}, 1, 700)
    set_rule(studio, "TEST", PLATES, REFUSE, actor="sue")
    return drawn


def test_what_was_made_from_it_is_refused_too(studio: Studio) -> None:
    (take,) = add_takes_all_the_same(studio, starting_from(studio, picture(studio, 9)))
    assert is_refused(studio, starting_from(studio, takes.get_take(studio, take)["rendition"]))


def test_a_picture_that_came_as_a_take_is_no_way_around(studio: Studio) -> None:
    photograph = picture(studio, 9)
    outside(studio, 1, photograph)
    assert not is_refused(studio, 1)  # its own passport asks for the licence
    assert is_refused(studio, starting_from(studio, photograph))


def test_masks_takes_and_library_frames_need_no_licence_of_their_own(studio: Studio) -> None:
    add_licence(studio, "Plates", holder="A painter", uses=["drawing", "training"])
    plate, mask = picture(studio, 9), picture(studio, 10)
    license_media(studio, plate, "Plates")
    assert not is_refused(studio, starting_from(studio, plate, mask))
    (take,) = add_takes(studio, {"id": 1}, 1, 800)
    assert not is_refused(studio, starting_from(studio, takes.get_take(studio, take)["rendition"]))
    for file in library_frame(studio).values():
        lines = checks.missing_for_briefs(studio, [brief := starting_from(studio, file)])[brief]
        assert all("plate" not in line for line in lines)


@pytest.mark.parametrize(("rule", "lists"), [(LIST, True), (OFF, False)])
def test_other_rules_draw_and_one_lists_it(studio: Studio, rule: str, lists: bool) -> None:
    set_rule(studio, "TEST", PLATES, rule, actor="sue")
    plate = picture(studio, 9)
    brief = starting_from(studio, plate)
    assert not is_refused(studio, brief)
    waiting = [(row["id"], row["missing"][0]["name"]) for row in waiting_briefs(studio)]
    assert waiting == ([(brief, plate)] if lists else [])


def test_new_studios_refuse_and_older_ones_go_on(studio: Studio, tmp_path) -> None:
    projects.add_project(studio, "NEXT")
    assert rules_of(studio, "NEXT") == {"plates": OFF, "passport": OFF, "credentials": FULL}
    begin_rights(studio)
    projects.add_project(studio, "LATER")
    assert rules_of(studio, "LATER") == {"plates": REFUSE, "passport": OFF, "credentials": FULL}
    assert projects.get_project(studio, "LATER")["plate_policy"] == REFUSE
    older = open_older(tmp_path / "older", "m046_plate_policy", ROWS)
    projects.add_project(older, "NEW")
    assert {rules_of(older, code)["plates"] for code in ("OLD", "NEW")} == {OFF}
    older.close()


def test_rules_that_there_are_not(studio: Studio) -> None:
    with pytest.raises(Invalid, match="plates policy 'never': give refuse, list or off"):
        set_rule(studio, "TEST", PLATES, "never", actor="sue")
    with pytest.raises(Invalid, match="plates policy 'never'"):
        set_rule_of_new_projects(studio, PLATES, "never", actor="sue")
    with pytest.raises(NotFound, match="no project 'NONE'"):
        set_rule(studio, "NONE", PLATES, LIST, actor="sue")
