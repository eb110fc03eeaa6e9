"""What the pages show of the record, and that nobody's words become markup."""

from __future__ import annotations

import pytest

from feedback.judgements import ballots, notes, ratings, statuses, tags
from feedback.people import accounts
from feedback.production import briefs, cancellation, render_queue
from feedback.store import Studio
from tests.factories import add_brief
from ui.pages.board import render_board
from ui.pages.briefs import render_recent
from ui.pages.people import render_people
from ui.security.access import Person, person_of_row

EVIL = '"><script>alert(1)</script>'


def person(studio: Studio, name: str) -> Person:
    someone = person_of_row(accounts.get_person(studio, name))
    assert someone is not None
    return someone


@pytest.fixture
def board(studio: Studio) -> Studio:
    """Take 1 with everything that people can say of it."""
    ana = person(studio, "ana")
    ratings.rate_take(studio, ana.id, "r", 1, 4)
    notes.write_note(studio, ana.id, "n", 1, EVIL)
    tags.add_tag(studio, ana.id, "t", 1, "Good <b>hands</b>")
    statuses.set_status(studio, accounts.get_person(studio, "sue"), "s", 1, "circled")
    return studio


def test_the_board_shows_what_was_said_of_a_take(board: Studio) -> None:
    shown = render_board(board, person(board, "sue"), "TEST/T_010")
    assert shown.count('class="ct-take') == 9
    assert shown.count("ct-circled") == 1
    assert 'title="4.0 by 1"' in shown
    assert shown.count('class="ct-on" aria-label') == 4
    assert "1 note<" in shown
    assert "0 notes<" in shown
    assert "good &lt;b&gt;hands&lt;/b&gt;" in shown
    assert "starter" in shown
    assert "<script" not in shown
    assert "disabled" not in shown


def test_the_board_keeps_others_notes_from_those_whom_they_would_sway(board: Studio) -> None:
    notes.write_note(board, person(board, "sue").id, "of sue", 2, "the hand is wrong")
    assert "the hand is wrong" in render_board(board, person(board, "sue"), "TEST/T_010")
    assert "the hand is wrong" not in render_board(board, person(board, "ana"), "TEST/T_010")
    ballots.cast_ballot(board, person(board, "ana").id, "b", 2, 3, "left")
    assert "the hand is wrong" in render_board(board, person(board, "ana"), "TEST/T_010")


def test_a_creative_sees_no_version_and_cannot_circle(board: Studio) -> None:
    shown = render_board(board, person(board, "ana"), "TEST/T_010")
    assert "starter" not in shown
    # Circling, on each of nine takes, and every other step of the one that is circled.
    assert shown.count("disabled") == 9 + 3


def test_an_empty_board_says_what_to_do(board: Studio) -> None:
    assert "write a brief" in render_board(board, person(board, "ana"), None)
    assert "No takes in T_099" in render_board(board, person(board, "ana"), "TEST/T_099")


def test_recent_briefs_tell_how_far_their_takes_are(studio: Studio) -> None:
    brief = add_brief(studio, "ana", f"a house {EVIL}")
    ids = render_queue.queue_takes(studio, brief["id"], range(4))
    assert render_queue.lease_takes(studio, "worker", 2)
    render_queue.renew_leases(studio, "worker", {ids[0]: 0.5}, 60)
    render_queue.fail_take(studio, ids[1], "worker", f"no memory {EVIL}")
    shown = render_recent(studio, person(studio, "ana"))
    assert "3 takes to go, 9 done, 1 failed" in shown
    assert "T_010 · 1 of 4" in shown
    assert "width:38%" in shown  # (1 + 0.5) / 4
    assert shown.count("queued") == 2
    assert "no memory" in shown
    assert "<script" not in shown
    assert len(briefs.list_briefs(studio)) == 4


def test_cancelled_takes_are_counted_and_shown_nowhere(studio: Studio) -> None:
    brief = add_brief(studio, "ana", "a house withdrawn")
    ids = render_queue.queue_takes(studio, brief["id"], range(3))
    mark = f'data-brief="{brief["id"]}"'
    ben = Person(99, "ben", "creative")
    assert mark in render_recent(studio, person(studio, "ana"))
    assert mark in render_recent(studio, person(studio, "sue"))
    assert mark not in render_recent(studio, ben)
    cancellation.cancel_takes(studio, ids[:2], actor="ana")
    shown = render_recent(studio, person(studio, "ana"))
    assert "T_010 · 0 of 1, 2 cancelled" in shown
    assert "1 takes to go, 9 done, 0 failed" in shown
    assert render_board(studio, person(studio, "ana"), "TEST/T_010").count('class="ct-wait"') == 1
    cancellation.cancel_brief(studio, brief["id"], actor="ana")
    shown = render_recent(studio, person(studio, "ana"))
    assert mark not in shown
    assert "T_010 · 0 of 0, 3 cancelled" in shown


def test_people_are_listed_with_how_they_sign_in(studio: Studio) -> None:
    accounts.add_person(studio, "bot", "creative")
    accounts.add_person(studio, "eve", "admin")
    accounts.disable_person(studio, "ada")
    rows = [" ".join(row.split()) for row in render_people(studio).split("<tr>")]
    for name, way in (("ada", "disabled"), ("ana", "password"), ("bot", "token only")):
        assert [row for row in rows if f"<b>{name}</b>" in row and f"<td>{way}</td>" in row], name
