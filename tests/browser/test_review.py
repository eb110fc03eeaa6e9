"""Judging by keyboard in a real browser, with the server killed in the middle."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from feedback.judgements.ballots import current_ballots
from feedback.people import accounts
from feedback.preferences import dataset
from feedback.production.opaque_names import name_take
from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import SHOWN, ballots, counter, judge, shown_pair

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_twenty_pairs_with_the_server_killed_in_the_middle(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    judged = [judge(page, "12"[k % 2]) for k in range(10)]
    expect(page.locator(".ct-counter")).to_have_text("saved 10 · 0 pending")
    acknowledged = {row["uid"] for row in ballots(served)}
    served.kill()
    # Prefetched pairs go on being judged; what cannot be sent waits, and the page says so.
    judged += [judge(page, "1") for _ in range(3)]
    expect(page.locator(".ct-counter")).to_have_text("saved 10 · 3 pending")
    expect(page.locator(".ct-problem")).to_contain_text("does not answer")
    assert len(ballots(served)) == 10
    served.start()
    expect(page.locator(".ct-counter")).to_have_text("saved 13 · 0 pending", timeout=20_000)
    judged += [judge(page, "0") for _ in range(7)]
    expect(page.locator(".ct-counter")).to_have_text("saved 20 · 0 pending")
    kept = ballots(served)
    assert len(kept) == 20
    assert len({row["uid"] for row in kept}) == 20
    assert acknowledged <= {row["uid"] for row in kept}
    person = accounts.get_person(served.studio, "ana")["id"]
    names = [[name_take(served.studio, person, row[side]) for side in ("left", "right")] for row in kept]
    pairs = ["-".join(map(str, sorted(pair))) for pair in names]
    assert pairs == judged, "each pair once, in the order it was judged"
    assert [row["verdict"] for row in kept] == ["left", "right"] * 5 + ["left"] * 3 + ["tie"] * 7


def test_pending_judgements_survive_a_reload_while_the_server_is_dead(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    judge(page, "1")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    served.kill()
    judge(page, "2")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 1 pending")
    served.start()
    page.reload()
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending", timeout=20_000)
    assert [row["verdict"] for row in ballots(served)] == ["left", "right"]


def test_undo_takes_the_verdict_back_and_the_record_keeps_every_step(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    first = judge(page, "1")
    judge(page, "9")
    page.keyboard.press("z")
    page.keyboard.press("z")
    page.wait_for_function("pair => document.querySelector('.ct-review').dataset.shown === pair", arg=first)
    expect(page.locator(".ct-hint")).to_contain_text("judge again")
    expect(page.locator(".ct-counter")).to_have_text("saved 4 · 0 pending")
    # Whoever leaves now leaves no verdict behind.
    assert [row["verdict"] for row in current_ballots(served.studio)] == ["skip", "skip"]
    assert dataset.collect(served.studio).pairs == []
    page.keyboard.press("2")
    expect(page.locator(".ct-counter")).to_have_text("saved 5 · 0 pending")
    expect(page.locator(".ct-hint")).to_be_empty()
    rows = ballots(served)
    assert [row["verdict"] for row in rows] == ["left", "both_bad", "skip", "skip", "right"]
    assert [row["supersedes"] for row in rows[2:]] == [rows[1]["id"], rows[0]["id"], rows[3]["id"]]
    assert {row["verdict"] for row in current_ballots(served.studio)} == {"skip", "right"}


def test_stars_and_a_note_go_to_the_chosen_take(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Digit4")
    page.keyboard.press("n")
    page.keyboard.type("2 birds, warmer 1")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    rating = served.studio.row("SELECT * FROM ratings")
    note = served.studio.row("SELECT * FROM notes")
    assert rating is not None
    assert note is not None
    assert (rating["stars"], note["text"]) == (4, "2 birds, warmer 1")
    assert rating["take"] == note["take"]
    assert ballots(served) == [], "digits in the note are text, not verdicts"


def test_what_reaches_the_browser_tells_nothing_of_the_version(page: Page, served: Served) -> None:
    seen: list[str] = []
    page.on("response", lambda answer: seen.append(answer.text()) if "/api/pairs" in answer.url else None)
    sign_in(page, served, "ana")
    judge(page, "1")
    assert seen
    assert all("starter" not in text and "seed" not in text and "version" not in text for text in seen)
    assert "starter" not in page.content()


def test_modifiers_and_held_keys_cast_no_ballot(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    before = shown_pair(page)
    page.keyboard.press("Control+1")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: '1', repeat: true, bubbles: true}))")
    page.wait_for_timeout(300)
    assert shown_pair(page) == before
    assert counter(page) == "saved 0 · 0 pending"
    assert ballots(served) == []
