"""What is said of items: excluded, included, tagged; filters; nothing is deleted, and everything is in the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.library import items, search, titles
from feedback.library.files import Counts, find_file, leave_file_out
from feedback.library.report import as_text, report
from feedback.library.search import Filter
from feedback.people import accounts
from feedback.store import Studio, audit_log
from tests.factories import new_studio
from tests.feedback.library.shelf import fill_library


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    studio = new_studio(tmp_path / "studio")
    fill_library(studio, "Harbour", 3)
    fill_library(studio, "Hills 100%", 2, "second unit")
    return studio


def numbers(studio: Studio, **which: object) -> list[int]:
    rows = search.list_items(studio, Filter(**which))  # type: ignore[arg-type]
    assert len(rows) == search.count_items(studio, Filter(**which))  # type: ignore[arg-type]
    assert sorted(row["id"] for row in rows) == search.ids_of(studio, Filter(**which))  # type: ignore[arg-type]
    return [row["id"] for row in rows]


def test_filters(studio: Studio) -> None:
    items.tag(studio, [2], ["Ann"])
    titles.tag_title(studio, "Hills 100%", ["Bo"])
    assert numbers(studio) == [1, 2, 3, 4, 5]
    assert numbers(studio, title="hills 100%") == [4, 5]
    assert numbers(studio, licence="catalogue") == [1, 2, 3]
    assert numbers(studio, person="ann") == [2]
    assert numbers(studio, person="Bo") == [4, 5]
    assert numbers(studio, kind="clip") == []
    assert numbers(studio, text="SHOT 2") == [3]
    assert numbers(studio, text="100%") == [4, 5]
    assert numbers(studio, text="1_0") == []
    assert numbers(studio, text="harbour.mov") == [1, 2, 3]
    assert [row["people"] for row in search.list_items(studio, Filter(person="Ann"))] == [["Ann"]]
    assert search.choices(studio) == {
        "titles": ["Harbour", "Hills 100%"],
        "licences": ["catalogue", "second unit"],
        "people": ["Ann", "Bo"],
    }
    for wrong in ({"kind": "film"}, {"state": "gone"}):
        with pytest.raises(Invalid, match="give"):
            Filter(**wrong)


def test_lists_come_in_pieces(studio: Studio) -> None:
    assert [row["id"] for row in search.list_items(studio, Filter(), offset=3, limit=1)] == [4]
    assert search.list_items(studio, Filter(), offset=9) == []


def test_items_are_excluded_with_a_reason_and_included_again(studio: Studio) -> None:
    ada = accounts.add_person(studio, "ada", "supervisor")["id"]
    assert items.exclude(studio, [1, 2, 2], "the actor withdrew", person=ada, actor="ada") == 2
    assert items.exclude(studio, [2, 3], "again") == 1
    row = items.get_item(studio, 2)
    assert (row["excluded_by"], row["reason"]) == ("ada", "the actor withdrew")
    assert numbers(studio) == [4, 5]
    assert numbers(studio, state="excluded", text="withdrew") == [1, 2]
    assert report(studio, "Harbour")[0]["excluded"] == 3
    assert items.include(studio, [1, 2, 4]) == 2
    assert items.get_item(studio, 2)["reason"] is None
    actions = [(event["actor"], event["action"]) for event in audit_log.list_events(studio)]
    assert ("ada", "library.exclude") in actions
    assert ("command line", "library.include") in actions


def test_what_is_not_there_changes_nothing(studio: Studio) -> None:
    with pytest.raises(NotFound, match="no library item 99"):
        items.exclude(studio, [1, 99], "no")
    with pytest.raises(Invalid, match="reason is empty"):
        items.exclude(studio, [1], "  ")
    with pytest.raises(Invalid, match="0 items are named"):
        items.include(studio, [])
    with pytest.raises(NotFound, match="nobody called 'Nobody'"):
        items.tag(studio, [1], ["Ann"], ["Nobody"])
    assert numbers(studio) == [1, 2, 3, 4, 5]
    assert numbers(studio, person="Ann") == []


def test_people_and_captions_by_hand(studio: Studio) -> None:
    items.tag(studio, [1, 2], ["Ann", "Bo"], caption="a quay at night", actor="ada")
    items.tag(studio, [1], ["Ann"])
    items.tag(studio, [2], remove=["bo"])
    assert [items.get_item(studio, number)["people"] for number in (1, 2, 3)] == [["Ann", "Bo"], ["Ann"], []]
    assert items.get_item(studio, 1)["captioned_by"] == "ada"
    for _ in range(2):
        titles.tag_title(studio, "Harbour", ["Cee"])
    assert items.get_item(studio, 2)["people"] == ["Ann", "Cee"]
    titles.tag_title(studio, "Harbour", [], ["Cee"])
    assert items.get_item(studio, 2)["people"] == ["Ann"]


def test_a_title_is_one_whatever_its_case(studio: Studio) -> None:
    assert titles.ensure_title(studio, " HARBOUR ", None)["id"] == titles.get_title(studio, "Harbour")["id"]
    with pytest.raises(Refused, match="--licence L"):
        titles.ensure_title(studio, "New", None)


def test_the_report_says_what_was_left_out(studio: Studio) -> None:
    of = report(studio, "Harbour")[0]
    assert (of["files"], of["stills"], of["shots"], of["hours"]) == (1, 3, 3, round(60 / 3600, 3))
    assert of["left_out"] == {"black": {"count": 1, "examples": ["Harbour.mov at 0:00:01.0"]}}
    leave_file_out(
        studio, "0" * 64, titles.get_title(studio, "Harbour")["id"], "/films/b.mov", 3, "other", "it is empty"
    )
    assert report(studio, "Harbour")[0]["files_left_out"] == {"it is empty": {"count": 1, "examples": ["/films/b.mov"]}}
    assert "files not read, it is empty: 1, such as /films/b.mov" in as_text(report(studio))
    file = find_file(studio, "0" * 64)
    assert file is not None
    assert file["state"] == "left_out"


def test_examples_are_few_and_counts_are_all() -> None:
    counts = Counts()
    for number in range(10):
        counts.leave_out("black", f"at {number}")
    assert Counts.of_text(counts.as_text()).left_out == {"black": {"count": 10, "examples": ["at 0", "at 1", "at 2"]}}


def test_a_large_library_is_searched_quickly(tmp_path: Path) -> None:
    """100 hours of film: 90,000 frames."""
    import time

    studio = new_studio(tmp_path / "studio")
    fill_library(studio, "Harbour", 1)
    with studio.writing() as db:
        db.execute(
            "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 90000) INSERT INTO library_items"
            " (file, kind, media, proxy, shot, frame_in, frame_out, seconds, caption, captioned_by, sharpness, perceptual_hash, created)"
            " SELECT file, kind, media, proxy, x, x, x, x, 'shot ' || x, '', 1, x, created FROM n, library_items WHERE id = 1"
        )
    start = time.perf_counter()
    assert search.count_items(studio, Filter(text="shot 4999")) == 19
    assert len(search.list_items(studio, Filter(), offset=60_000, limit=60)) == 60
    assert len(items.hashes_of_title(studio, 1, "still")) == 90_001
    assert time.perf_counter() - start < 5
