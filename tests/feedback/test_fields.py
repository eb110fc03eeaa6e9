"""Bounds before arithmetic: what numbers, texts and dates of any size do to the record."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_number, check_text, check_whole, parse_moment, shown
from feedback.judgements import ballots, notes, ratings, selects, statuses, tags
from feedback.models import versions
from feedback.pair_selection.next_pairs import next_pairs
from feedback.people import accounts, tokens
from feedback.preferences.dataset import collect
from feedback.production import briefs, projects, render_queue, shots, takes
from feedback.store import Studio
from feedback.trials import promotion
from tests.feedback.scene import Scene, uid

DIGITS = "9" * 5000
NO_NUMBERS = [None, True, "", "x", "NaN", "1e-20000000", "1e20000000", DIGITS, "٣", "1_000", "1\x00", "\ud800", [], {}]
WHOLE = [0, -1, 65, 1.5, 2**63, 10**4000, 10**5000, float("nan"), float("inf"), "65", "-1", "1.5", *NO_NUMBERS]


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def short(value: Any) -> str:
    """A test's name, also for what has no printable text."""
    return shown(value)[:24].encode("ascii", "backslashreplace").decode()


def one_line(reason: pytest.ExceptionInfo[Any]) -> bool:
    text = str(reason.value)
    text.encode()
    return "\n" not in text and len(text) < 300


@pytest.mark.parametrize("value", WHOLE, ids=short)
def test_a_whole_number_is_inside_its_bounds_or_refused_in_one_line(value: Any) -> None:
    with pytest.raises(Invalid, match=r"^takes .*(is no whole number|is outside 1-64)") as reason:
        check_whole("takes", value, 1, 64)
    assert one_line(reason)


@pytest.mark.parametrize(
    "value", [-0.1, 101, 10**4000, -(10**5000), float("nan"), "inf", "1e3", *NO_NUMBERS], ids=short
)
def test_a_number_is_inside_its_bounds_or_refused_in_one_line(value: Any) -> None:
    with pytest.raises(Invalid, match=r"^guidance .*(is no number|is outside 0-100)") as reason:
        check_number("guidance", value, 0, 100)
    assert one_line(reason)


def test_numbers_may_come_as_text_and_floats() -> None:
    assert [check_whole("takes", value, 1, 64) for value in (1, 64, 7.0, "7", " 64 ")] == [1, 64, 7, 7, 64]
    assert [check_number("guidance", value, 0, 100) for value in (0, 2.5, "2.5", "1e1")] == [0, 2.5, 2.5, 10]


@pytest.mark.parametrize(
    "value", ["24", 24, 24.0, "23.976", "23.98", 23.976023976023978, "24000/1001", "12.5", "1", "240"], ids=short
)
def test_frame_rates_that_exist(value: Any) -> None:
    rate = projects.parse_fps(value)
    assert rate in {Fraction(24), Fraction(24000, 1001), Fraction(25, 2), Fraction(1), Fraction(240)}
    assert projects.parse_fps(rate) == rate


@pytest.mark.parametrize(
    "value",
    [
        "0",
        "0.5",
        "241",
        "1/0",
        "0/1",
        "24/",
        "24000/1001/1",
        "1e2",
        "-24",
        1e30,
        10**4000,
        10**5000,
        float("inf"),
        *NO_NUMBERS,
    ],
    ids=short,
)
def test_no_frame_rate_is_ever_computed_with(value: Any) -> None:
    with pytest.raises(Invalid, match=r"is no frame rate|is outside 1-240") as reason:
        projects.parse_fps(value)
    assert one_line(reason)


@pytest.mark.parametrize("name", ["width", "height", "frames", "steps", "guidance", "fps"])
def test_no_number_of_a_brief_escapes_its_bounds(scene: Scene, name: str) -> None:
    for value in (-1, 10**5000, float("nan"), float("inf"), "1e-20000000", DIGITS, "\ud800"):
        with pytest.raises(Invalid, match=name if name != "fps" else "frame rate") as reason:
            scene.brief(kind="clip", **{"frames": 5, name: value})
        assert one_line(reason)
    assert scene.studio.value("SELECT count(*) FROM briefs") == 0


@pytest.mark.parametrize("side", "xywh")
def test_no_region_lies_outside_its_frame(scene: Scene, side: str) -> None:
    take = scene.takes(scene.brief(), 1)[0]
    for value in (-0.1, 1.1, float("nan"), float("inf"), None, "x", DIGITS, 10**5000):
        region = {"x": 0.0, "y": 0.0, "w": 0.5, "h": 0.5, side: value}
        with pytest.raises(Invalid, match="region") as reason:
            notes.write_note(scene.studio, scene.people["ben"], uid(), take, "there", region=region)
        assert one_line(reason)


@pytest.mark.parametrize("frame", [-1, 17, 1.5, float("nan"), 2**63, 10**5000, "1", None], ids=short)
def test_no_frame_lies_outside_its_clip(scene: Scene, frame: Any) -> None:
    take = scene.takes(scene.brief(kind="clip", frames=17), 1)[0]
    ana = accounts.get_person(scene.studio, "ana")
    statuses.set_status(scene.studio, ana, uid(), take, "circled")
    for first, last in ((0, frame), (frame, 16)):
        with pytest.raises(Invalid, match="frame") as reason:
            notes.write_note(scene.studio, scene.people["ben"], uid(), take, "there", frame_in=first, frame_out=last)
        assert one_line(reason)
        with pytest.raises(Invalid, match="frame") as reason:
            selects.set_range(scene.studio, ana, uid(), take, first, last)
        assert one_line(reason)


@pytest.mark.parametrize("elapsed", [-1, 1.5, float("nan"), float("inf"), "x", DIGITS, 10**5000], ids=short)
def test_no_ballot_took_a_time_that_is_none(scene: Scene, elapsed: Any) -> None:
    left, right = scene.takes(scene.brief(), 2)
    with pytest.raises(Invalid, match="elapsed_ms"):
        ballots.cast_ballot(scene.studio, scene.people["ben"], uid(), left, right, "left", elapsed)
    row, _ = ballots.cast_ballot(scene.studio, scene.people["ben"], uid(), left, right, "left", 10**15)
    assert row["elapsed_ms"] == ballots.LONGEST_ELAPSED_MS


@pytest.mark.parametrize("take", [2**31, 2**63, 10**4000], ids=short)
def test_ids_that_no_row_can_have(scene: Scene, take: int) -> None:
    studio, ben = scene.studio, scene.people["ben"]
    real = scene.takes(scene.brief(), 2)
    for deed in (
        lambda: ballots.cast_ballot(studio, ben, uid(), take, real[0], "left"),
        lambda: ratings.rate_take(studio, ben, uid(), take, 3),
        lambda: tags.add_tag(studio, ben, uid(), take, "hands"),
        lambda: notes.write_note(studio, ben, uid(), take, "there"),
        lambda: takes.get_take(studio, take),
        lambda: render_queue.queue_takes(studio, take, [1]),
        lambda: next_pairs(studio, ben, 1, exclude=[(real[0], take)]),
    ):
        with pytest.raises((Invalid, NotFound)) as reason:
            deed()
        assert one_line(reason)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, float("nan"), DIGITS, None], ids=short)
def test_seeds_are_whole_numbers_that_sqlite_holds(scene: Scene, seed: Any) -> None:
    with pytest.raises(Invalid, match="seed"):
        render_queue.queue_takes(scene.studio, scene.brief(), [1, seed])
    assert scene.studio.value("SELECT count(*) FROM takes") == 0


@pytest.mark.parametrize("stars", [-1, 6, 2.5, float("nan"), 10**5000, "x", True], ids=short)
def test_stars_are_one_to_five(scene: Scene, stars: Any) -> None:
    with pytest.raises(Invalid, match="stars"):
        ratings.rate_take(scene.studio, scene.people["ben"], uid(), scene.takes(scene.brief(), 1)[0], stars)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01", DIGITS, "\ud800", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"],
    ids=short,
)
def test_dates_outside_the_calendar(scene: Scene, text: str) -> None:
    with pytest.raises(Invalid, match="is not a date such as 2026-11-20") as reason:
        parse_moment("since", text)
    assert one_line(reason)
    with pytest.raises(Invalid):
        collect(scene.studio, text)


def test_texts_are_cleaned_wherever_they_enter_the_record(scene: Scene) -> None:
    studio, ben, typed, kept = scene.studio, scene.people["ben"], "a\x00b\r\nc\ud800\x07", "ab\nc"
    take = scene.takes(scene.brief(typed, negative_prompt=typed), 1)[0]
    assert {studio.value(f"SELECT {name} FROM briefs") for name in ("prompt", "negative_prompt")} == {kept}
    notes.write_note(studio, ben, uid(), take, typed)
    assert studio.value("SELECT text FROM notes") == kept
    tags.add_tag(studio, ben, uid(), take, typed)
    assert studio.value("SELECT word FROM tags") == "ab c"
    projects.add_project(studio, "OTHER", typed)
    shots.add_shot(studio, "OTHER", "S_1", typed)
    assert projects.get_project(studio, "OTHER")["title"] == shots.find_shot(studio, "S_1")["title"] == kept
    tokens.issue_token(studio, "ben", typed)
    assert studio.value("SELECT label FROM tokens") == kept
    versions.register_candidate(studio, "v0001", "starter", [])
    promotion.promote(studio, "v0001", force=True, reason=typed)
    assert '"reason": "ab\\nc"' in studio.value("SELECT detail FROM events WHERE action = 'version.promote'")
    (queued,) = render_queue.queue_takes(studio, 1, [9])
    render_queue.lease_takes(studio, "w", 1)
    render_queue.fail_take(studio, queued, "w", typed)
    assert takes.get_take(studio, queued)["error"] == "ab c"


@pytest.mark.parametrize("typed", ["a\ud800", "a\x00b", "a\nb", "u" * 129, ""], ids=short)
def test_uids_are_refused_and_never_changed(scene: Scene, typed: str) -> None:
    take = scene.takes(scene.brief(), 1)[0]
    with pytest.raises(Invalid, match="uid") as reason:
        ratings.rate_take(scene.studio, scene.people["ben"], typed, take, 3)
    assert one_line(reason)


@pytest.mark.parametrize("password", ["long enough \ud800", "x" * 5000], ids=short)
def test_passwords_that_cannot_be_hashed(scene: Scene, password: str) -> None:
    with pytest.raises(Invalid, match="give a password") as reason:
        accounts.add_person(scene.studio, "dan", "creative", password)
    assert "enough" not in str(reason.value)


def test_names_that_sqlite_cannot_hold(scene: Scene) -> None:
    """What no field checks is still no failure of the server."""
    for deed in (
        lambda: accounts.get_person(scene.studio, "a\ud800"),
        lambda: shots.find_shot(scene.studio, "S_010", "\ud800"),
        lambda: versions.register_candidate(scene.studio, "v0001", "/models/\udcff", []),
        lambda: scene.studio.row("SELECT 1 WHERE 1 = ?", (10**4000,)),
    ):
        with pytest.raises(Refused) as reason:
            deed()
        assert one_line(reason)
    assert scene.studio.value("SELECT count(*) FROM versions") == 1


def test_long_texts_are_refused_by_their_length() -> None:
    with pytest.raises(Invalid, match="the reason has 2001 characters; give at most 2000"):
        check_text("reason", "x" * 2001, 2000)
    with pytest.raises(Invalid, match="the note is empty"):
        check_text("note", " \x00 ", 10, required=True)


def test_a_brief_has_one_shot_and_bounds_of_its_own(scene: Scene) -> None:
    assert briefs.get_brief(scene.studio, scene.brief(width=64.0, height="64"))["width"] == 64
