"""The Briefs page looks every second: it is sent again only when something has changed."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr

from feedback.people import accounts
from feedback.production import briefs, cancellation, render_queue
from feedback.store import Studio
from tests.factories import add_brief, finish
from ui.pages import build_pages
from ui.pages.briefs import render_recent, state_of_recent
from ui.security.access import person_of_row


def test_the_state_changes_whenever_the_page_does(studio: Studio) -> None:
    ana = person_of_row(accounts.get_person(studio, "ana"))
    assert ana is not None
    brief = add_brief(studio, "ana", "a new one")
    seen = {state_of_recent(studio, ana): render_recent(studio, ana)}
    first, second, third = render_queue.queue_takes(studio, brief["id"], [1, 2, 3])

    def change_by(*steps: object) -> None:
        state, page = state_of_recent(studio, ana), render_recent(studio, ana)
        assert (state in seen) == (page in seen.values())
        seen[state] = page

    change_by()
    change_by(render_queue.lease_takes(studio, "test", 2))
    change_by(render_queue.renew_leases(studio, "test", {first: 0.5}, 60))
    change_by(finish(studio, first))
    change_by(render_queue.fail_take(studio, second, "test", "out of memory"))
    change_by(cancellation.cancel_takes(studio, [third], actor="ana", own_only=True))
    change_by(render_queue.queue_takes(studio, brief["id"], [4]))
    change_by(render_queue.lease_takes(studio, "test", 1), render_queue.give_back(studio, "test", "the disk is full"))
    change_by()
    assert len(seen) == 9


def test_a_tick_without_news_sends_nothing(studio: Studio) -> None:
    pages = build_pages(studio)
    (look,) = [
        each.fn
        for each in pages.fns.values()
        if each.fn and each.fn.__qualname__.endswith("build_briefs.<locals>.look")
    ]
    request = SimpleNamespace(username="ana")
    page, state = look("", request)
    assert "house by day" in page
    assert look(state, request) == gr.skip()
    render_queue.queue_takes(studio, briefs.list_briefs(studio)[-1]["id"], [77])
    page, newer = look(state, request)
    assert "1 takes to go" in page
    assert newer != state
    assert look(newer, SimpleNamespace(username="sue")) != gr.skip(), "whoever signs in sees their own page"


def test_the_newest_briefs_are_those_at_the_end_of_the_list(studio: Studio) -> None:
    add_brief(studio, "ana", "another")
    assert briefs.newest_briefs(studio, 2) == briefs.list_briefs(studio)[:-3:-1]
