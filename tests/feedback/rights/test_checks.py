"""What is missing for a brief, a take or a frame of the library: nothing is allowed that was not recorded."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.export import ExportOptions, export_selects
from feedback.judgements.statuses import set_status
from feedback.library.items import exclude, include
from feedback.people.accounts import get_person
from feedback.production import briefs, projects, render_queue, shots, takes
from feedback.rights import checks
from feedback.rights.consents import add_consent, end_consent, list_consents
from feedback.rights.contributors import add_contributor, link_brief
from feedback.rights.licences import add_licence, end_licence, license_media, list_licences
from feedback.store import Studio
from feedback.store.media import store_bytes
from tests.factories import add_brief, add_takes, judging_studio, new_studio, png
from tests.feedback.library.shelf import fill_library

TODAY = date.today()
LIKENESS = {"subject": "likeness", "described": "faces in the background of the harbour scenes"}


@pytest.fixture
def studio(tmp_path) -> Studio:
    studio = new_studio(tmp_path / "studio")
    for code in ("AGM", "OTHER"):
        projects.add_project(studio, code, code)
        shots.add_shot(studio, code, "S_010")
    add_contributor(studio, "Ada Lovelace")
    return studio


def brief_of(studio: Studio, prompt: str, project: str = "AGM", **fields) -> int:
    shot = shots.find_shot(studio, "S_010", project)["id"]
    return briefs.write_brief(studio, shot, prompt, author="ada", **fields)["id"]


def test_a_brief_that_names_nobody_needs_nothing(studio: Studio) -> None:
    assert checks.missing_for_briefs(studio, [brief_of(studio, "a boat at dawn")]) == {}


def test_a_brief_may_name_somebody_again(studio: Studio) -> None:
    """Its prompt, and the same prompt rewritten."""
    brief = brief_of(studio, "Ada Lovelace by a boat")
    link_brief(studio, brief, ["Ada Lovelace by a red boat"])
    assert len(checks.missing_for_briefs(studio, [brief])[brief]) == 1


def test_who_is_named_has_to_have_agreed(studio: Studio) -> None:
    brief = brief_of(studio, "ada  LOVELACE's boat")
    with pytest.raises(Refused, match=r"no consent of Ada Lovelace for drawing with their likeness.*consent add"):
        render_queue.queue_takes(studio, brief, [1])
    add_consent(studio, "Ada Lovelace", uses=["drawing"], **LIKENESS)
    assert len(render_queue.queue_takes(studio, brief, [1])) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"uses": ["training"]},
        {"uses": ["drawing"], "subject": "voice"},
        {"uses": ["drawing"], "projects": ["OTHER"]},
        {"uses": ["drawing"], "starts": (TODAY + timedelta(days=2)).isoformat()},
        {"uses": ["drawing"], "ends": (TODAY - timedelta(days=2)).isoformat()},
    ],
    ids=["for training", "of the voice", "for another project", "from a later day", "until an earlier day"],
)
def test_a_consent_for_something_else_allows_nothing(studio: Studio, other: dict) -> None:
    brief = brief_of(studio, "Ada Lovelace in a boat")
    add_consent(studio, "Ada Lovelace", **{**LIKENESS, **other})
    assert len(checks.missing_for_briefs(studio, [brief])[brief]) == 1


def test_a_consent_limited_to_a_project_holds_there(studio: Studio) -> None:
    here, there = (brief_of(studio, "Ada Lovelace", project) for project in ("AGM", "OTHER"))
    add_consent(studio, "Ada Lovelace", uses=["drawing", "training"], projects=["AGM"], **LIKENESS)
    assert set(checks.missing_for_briefs(studio, [here, there])) == {there}


def test_what_waits_in_the_queue_is_not_drawn_after_a_consent_was_revoked(studio: Studio) -> None:
    consent = add_consent(studio, "Ada Lovelace", uses=["drawing"], **LIKENESS)
    named, other = brief_of(studio, "Ada Lovelace in a boat"), brief_of(studio, "a boat")
    waiting = render_queue.queue_takes(studio, named, [1, 2])
    free = render_queue.queue_takes(studio, other, [1])
    end_consent(studio, consent["id"], "she asked us to")
    leased = render_queue.lease_takes(studio, "worker", 4)
    assert [take["id"] for take in leased] == free
    left = [takes.get_take(studio, id) for id in waiting]
    assert {take["state"] for take in left} == {"failed"}
    assert "no consent of Ada Lovelace" in str(left[0]["error"])
    with pytest.raises(Refused, match="was revoked on"):
        end_consent(studio, consent["id"], "again")
    assert list_consents(studio)[0]["reason"] == "she asked us to"


def test_briefs_from_before_somebody_was_recorded_are_found(studio: Studio) -> None:
    brief = brief_of(studio, "a boat in the manner of Joan Eardley")
    assert checks.missing_for_briefs(studio, [brief]) == {}
    add_contributor(studio, "Joan Eardley", "artist")
    assert "with their style" in checks.missing_for_briefs(studio, [brief])[brief][0]


def test_a_plate_is_under_its_licence(studio: Studio) -> None:
    plate = store_bytes(studio, png(1), "png", "image/png", 32, 32, 1)
    brief = brief_of(studio, "a boat", source_media=plate)
    assert checks.missing_for_briefs(studio, [brief]) == {}
    add_licence(studio, "Archive 1", holder="The archive", uses=["training"])
    license_media(studio, plate, "Archive 1")
    assert "licence 'Archive 1' does not allow drawing" in checks.missing_for_briefs(studio, [brief])[brief][0]
    add_licence(studio, "Archive 2", holder="The archive", uses=["drawing"])
    license_media(studio, plate, "Archive 2")
    assert checks.missing_for_briefs(studio, [brief]) == {}
    end_licence(studio, "Archive 2", "not paid")
    assert brief in checks.missing_for_briefs(studio, [brief])


def test_a_take_made_from_a_take_answers_for_it(studio: Studio) -> None:
    """However far back the person was named."""
    consent = add_consent(studio, "Ada Lovelace", uses=["drawing"], **LIKENESS)
    brief = brief_of(studio, "Ada Lovelace in a boat")
    for step in range(3):
        (take,) = render_queue.queue_takes(studio, brief, [step])
        media = store_bytes(studio, png(step), "png", "image/png", 32, 32, 1)
        with studio.writing() as db:
            db.table("takes").update(take, {"state": "done", "media": media})
        brief = brief_of(studio, "the same at night", source_media=media)
    assert checks.missing_for_briefs(studio, [brief]) == {}
    end_consent(studio, consent["id"], "she asked us to")
    assert brief in checks.missing_for_briefs(studio, [brief])
    assert take in checks.missing_for_takes(studio, [take])


def test_what_cannot_be_recorded_is_refused_in_one_line(studio: Studio) -> None:
    for wrong, kind, line in (
        ({"subject": "soul"}, Invalid, "no subject 'soul'"),
        ({"uses": ["sale"]}, Invalid, "no use 'sale'"),
        ({"uses": []}, Invalid, "no use is allowed"),
        ({"starts": "soon"}, Invalid, "first day 'soon' is not a day"),
        ({"starts": "2026-02-02", "ends": "2026-02-01"}, Invalid, "before it starts"),
        ({"projects": ["NONE"]}, NotFound, "no project 'NONE'"),
        ({"described": " "}, Invalid, "description of the uses is empty"),
    ):
        with pytest.raises(kind, match=line):
            add_consent(studio, "Ada Lovelace", **{"uses": ["drawing"], **LIKENESS, **wrong})
    with pytest.raises(NotFound, match="nobody called 'Grace Hopper'"):
        add_consent(studio, "Grace Hopper", uses=["drawing"], **LIKENESS)
    with pytest.raises(Refused, match="is recorded already"):
        add_contributor(studio, "ADA  lovelace")
    assert list_consents(studio) == []
    assert list_licences(studio) == []


def test_takes_of_somebody_who_took_it_back_are_not_exported(tmp_path) -> None:
    studio = judging_studio(tmp_path / "judged", briefs_count=1)
    add_contributor(studio, "Ada Lovelace")
    consent = add_consent(studio, "Ada Lovelace", uses=["drawing"], **LIKENESS)
    (take,) = add_takes(studio, add_brief(studio, "ana", "Ada Lovelace in a boat"), 1, 900)
    for number in (1, take):
        set_status(studio, get_person(studio, "sue"), f"circle {number}", number, "circled")
    assert export_selects(studio, "TEST", "csv", tmp_path)["count"] == 2
    end_consent(studio, consent["id"], "she asked us to")
    with pytest.raises(Refused, match=rf"take {take} cannot be exported: take {take}: no consent of Ada Lovelace"):
        export_selects(studio, "TEST", "csv", tmp_path)
    assert export_selects(studio, "TEST", "csv", tmp_path, ExportOptions(leave_out=True))["count"] == 1


@pytest.mark.parametrize("of", ["media", "proxy"])
def test_no_brief_starts_from_a_frame_that_was_excluded(studio: Studio, of: str) -> None:
    item, other, _ = fill_library(studio)
    with studio.writing() as db:
        for number in (item, other):
            proxy = store_bytes(studio, png(1000 + number), "png", "image/png", 32, 32, 1)
            db.table("library_items").update(number, {"proxy": proxy})
    briefs = [
        brief_of(studio, "a boat", source_media=studio.value(f"SELECT {of} FROM library_items WHERE id = ?", (number,)))
        for number in (item, other)
    ]
    exclude(studio, [item], "the set was not ours")
    with pytest.raises(
        Refused, match=f"item {item}, which was excluded from the library .circletake library include {item}"
    ):
        render_queue.queue_takes(studio, briefs[0], [1])
    assert len(render_queue.queue_takes(studio, briefs[1], [1])) == 1
    include(studio, [item])
    assert len(render_queue.queue_takes(studio, briefs[0], [1])) == 1
