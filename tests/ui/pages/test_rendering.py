"""What the pages show of the record, and that nobody's words become markup."""

from __future__ import annotations

from feedback.people import accounts
from feedback.production import briefs, cancellation, render_queue
from feedback.store import Studio
from tests.factories import add_brief
from ui.pages.briefs import render_recent
from ui.security.access import Person, person_of_row

EVIL = '"><script>alert(1)</script>'


def person(studio: Studio, name: str) -> Person:
    someone = person_of_row(accounts.get_person(studio, name))
    assert someone is not None
    return someone


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
    cancellation.cancel_brief(studio, brief["id"], actor="ana")
    shown = render_recent(studio, person(studio, "ana"))
    assert mark not in shown
    assert "T_010 · 0 of 0, 3 cancelled" in shown
