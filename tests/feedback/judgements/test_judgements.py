"""Judgements: stored once, superseded, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from feedback.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from feedback.judgements import ballots, notes, ratings, selects, statuses, tags
from feedback.people.accounts import get_person
from feedback.production.render_queue import queue_takes
from feedback.production.takes import get_take
from feedback.store import Studio
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def test_every_judgement_is_kept_once_per_uid(scene: Scene) -> None:
    studio, ana, ben = scene.studio, get_person(scene.studio, "ana"), scene.people["ben"]
    a, b = scene.takes(scene.brief())
    sent: list[tuple[Callable[..., Any], tuple[Any, ...], tuple[Any, ...]]] = [
        (ballots.cast_ballot, (ben, "u1", a, b, "left", 900), (ben, "u1", a, b, "right", 900)),
        (ratings.rate_take, (ben, "u2", a, 4), (ben, "u2", a, 5)),
        (notes.write_note, (ben, "u3", a, "the hand"), (ben, "u3", a, "the foot")),
        (tags.add_tag, (ben, "u4", a, "Warm  Light"), (ben, "u4", a, "cold")),
        (statuses.set_status, (ana, "u5", a, "circled"), (ana, "u5", a, "wip")),
    ]
    for keep, same, other in sent:
        first, created = keep(studio, *same)
        second, again = keep(studio, *same)
        assert (created, again, second["id"]) == (True, False, first["id"])
        with pytest.raises(Conflict, match=same[1]):
            keep(studio, *other)
        with pytest.raises(Invalid, match="uid"):
            keep(studio, same[0], "", *same[2:])


def test_a_changed_mind_supersedes_and_nothing_is_deleted(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    first = scene.judge("ben", a, b, "left")
    second = scene.judge("ben", b, a, "left")  # the other sides, the same pair
    scene.judge("cas", a, b, "tie")
    rows = ballots.current_ballots(scene.studio)
    assert [(row["verdict"], row["supersedes"]) for row in rows] == [("left", first), ("tie", None)]
    assert rows[0]["id"] == second
    assert scene.studio.value("SELECT count(*) FROM ballots") == 3
    ratings.rate_take(scene.studio, scene.people["ben"], "r1", a, 1)
    ratings.rate_take(scene.studio, scene.people["ben"], "r2", a, 5)
    ratings.rate_take(scene.studio, scene.people["ben"], "r1", a, 1)  # a late retry changes nothing
    assert get_take(scene.studio, a)["stars"] == 5


@pytest.mark.parametrize("verdict", ["left", "right", "tie", "both_bad"])
def test_a_skip_never_supersedes_a_verdict(scene: Scene, verdict: str) -> None:
    a, b = scene.takes(scene.brief())
    judged = scene.judge("ben", a, b, verdict)
    for sides in ((a, b), (b, a)):
        assert scene.judge("ben", *sides, "skip") == judged
    with pytest.raises(Invalid, match="uid"):
        ballots.cast_ballot(scene.studio, scene.people["ben"], "", a, b, "skip")
    scene.judge("cas", a, b, "skip")
    scene.judge("cas", a, b, verdict)
    rows = ballots.current_ballots(scene.studio)
    assert [(row["person"], row["verdict"]) for row in rows] == [
        (scene.people["ben"], verdict),
        (scene.people["cas"], verdict),
    ]
    assert rows[1]["supersedes"] is not None, "a verdict supersedes a skip"


def test_undo_takes_back_the_verdict_it_names_and_no_other(scene: Scene) -> None:
    studio, ben = scene.studio, scene.people["ben"]
    a, b, c = scene.takes(scene.brief(), 3)
    first = scene.judge("ben", a, b, "left")
    second = scene.judge("ben", a, b, "right")
    assert scene.undo("ben", first) == second, "the first no longer counts, so there is nothing to take back"
    undone = scene.undo("ben", second)
    assert studio.row("SELECT verdict, supersedes FROM ballots WHERE id = ?", (undone,)) == {
        "verdict": "skip",
        "supersedes": second,
    }
    assert [row["verdict"] for row in ballots.current_ballots(studio)] == ["skip"]
    ballots.cast_ballot(studio, ben, "u1", a, c, "left")
    refusals = [
        ("not yours", scene.people["cas"], (a, c), "skip"),  # somebody else's verdict
        ("not yours", ben, (b, c), "skip"),  # another pair's
        ("not 'tie'", ben, (a, c), "tie"),
    ]
    for words, person, pair, verdict in refusals:
        with pytest.raises(Invalid, match=words):
            ballots.cast_ballot(studio, person, "u2", *pair, verdict, undoes="u1")
    ballots.cast_ballot(studio, ben, "u3", b, c, "skip", undoes="never arrived")
    assert ballots.cast_ballot(studio, ben, "u4", a, c, "skip", undoes="u1")[1]
    assert not ballots.cast_ballot(studio, ben, "u4", a, c, "skip", undoes="u1")[1], "sent again"
    assert {row["verdict"] for row in ballots.current_ballots(studio)} == {"skip"}


def test_what_cannot_be_judged(scene: Scene) -> None:
    a, b = scene.takes(scene.brief())
    (other,) = scene.takes(scene.brief(), 1)
    (waiting,) = queue_takes(scene.studio, scene.brief(), [1])
    ben = scene.people["ben"]
    refusals: list[tuple[type[Refused], str, tuple[Any, ...]]] = [
        (Invalid, "itself", (a, a, "left")),
        (Invalid, "different briefs", (a, other, "left")),
        (Invalid, "best", (a, b, "best")),
        (NotFound, "999", (a, 999, "left")),
        (Refused, "queued", (a, waiting, "left")),
    ]
    for error, words, ballot in refusals:
        with pytest.raises(error, match=words):
            ballots.cast_ballot(scene.studio, ben, "u", *ballot, 100)
    with pytest.raises(Invalid, match="6 stars"):
        ratings.rate_take(scene.studio, ben, "u", a, 6)
    with pytest.raises(Invalid, match="frames 3-9"):
        notes.write_note(scene.studio, ben, "u", a, "here", frame_in=3, frame_out=9)
    with pytest.raises(Invalid, match="region"):
        notes.write_note(scene.studio, ben, "u", a, "here", region={"x": 0.9, "y": 0, "w": 0.5, "h": 0.1})
    for table in ("ballots", "ratings", "notes"):
        assert scene.studio.value(f"SELECT count(*) FROM {table}") == 0


def test_notes_on_a_region_and_their_next_wording(scene: Scene) -> None:
    (clip,) = scene.takes(scene.brief(kind="clip", frames=9), 1)
    ben, box = scene.people["ben"], {"x": 0.25, "y": 0.5, "w": 0.25, "h": 0.5}
    old, _ = notes.write_note(scene.studio, ben, "n1", clip, "hand", region=box, frame_in=2, frame_out=8)
    with pytest.raises(NotFound, match="of yours"):
        notes.write_note(scene.studio, scene.people["cas"], "n2", clip, "mine now", supersedes=old["id"])
    notes.write_note(scene.studio, ben, "n2", clip, "left hand", region=box, supersedes=old["id"])
    (note,) = notes.list_notes(scene.studio, clip)
    assert (note["text"], note["author"], note["region"], note["frame_in"]) == ("left hand", "ben", box, None)


def test_tags_are_words_and_their_removal_is_recorded(scene: Scene) -> None:
    (take,) = scene.takes(scene.brief(), 1)
    tag, _ = tags.add_tag(scene.studio, scene.people["ben"], "t1", take, " Warm  LIGHT ")
    assert [row["word"] for row in tags.list_tags(scene.studio, take)] == ["warm light"]
    for who in ("ana", "ben"):  # a second removal changes nothing
        tags.remove_tag(scene.studio, scene.people[who], tag["id"])
    assert tags.list_tags(scene.studio, take) == []
    assert scene.studio.value("SELECT removed_by FROM tags") == scene.people["ana"]


def test_a_tag_is_kept_once_and_removed_by_its_writer_or_a_supervisor(scene: Scene) -> None:
    (take,) = scene.takes(scene.brief(), 1)
    ben, cas = scene.people["ben"], scene.people["cas"]
    first, _ = tags.add_tag(scene.studio, ben, "t1", take, "warm")
    again, is_new = tags.add_tag(scene.studio, ben, "t2", take, "Warm")
    assert (again["id"], is_new) == (first["id"], False)
    other, _ = tags.add_tag(scene.studio, cas, "t3", take, "warm")
    assert [row["id"] for row in tags.list_tags(scene.studio, take, ben)] == [first["id"]]
    with pytest.raises(Forbidden, match="ben is creative"):
        tags.remove_tag(scene.studio, ben, other["id"])
    with pytest.raises(NotFound, match="999"):
        tags.remove_tag(scene.studio, ben, 999)
    tags.remove_tag(scene.studio, ben, first["id"])
    assert tags.add_tag(scene.studio, ben, "t4", take, "warm")[1], "a tag that was removed may be given again"
    assert not tags.add_tag(scene.studio, ben, "t1", take, "warm")[1], "a late retry is not a new tag"
    assert len(tags.list_tags(scene.studio, take)) == 2


def test_only_a_supervisor_circles_and_a_circle_is_a_select(scene: Scene) -> None:
    studio = scene.studio
    ana, ben = get_person(studio, "ana"), get_person(studio, "ben")
    a, b = scene.takes(scene.brief())
    with pytest.raises(Forbidden, match="ben is creative"):
        statuses.set_status(studio, ben, "s1", a, "circled")
    for uid, take in (("s2", a), ("s3", b)):
        statuses.set_status(studio, ana, uid, take, "circled")
    assert [row["take"] for row in selects.list_selects(studio, "SHOW")] == [a, b]
    with pytest.raises(Forbidden):
        statuses.set_status(studio, ben, "s4", a, "wip")
    statuses.set_status(studio, ana, "s5", a, "needs_retake")
    statuses.set_status(studio, ana, "s2", a, "circled")  # a late retry of the first circle does not bring it back
    assert [row["take"] for row in selects.list_selects(studio, "SHOW")] == [b]
    assert statuses.status_of(studio, a) == "needs_retake"
