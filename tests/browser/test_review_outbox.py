"""What the server refuses, fails on or cannot know who sent: nothing is lost, and nothing holds up the rest."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import SHOWN, ballots, judge, refuse_posts, wait_until
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_judgement_is_shown_and_does_not_hold_up_the_rest(page: Page, served: Served, status: int) -> None:
    sign_in(page, served, "ana")
    refuse_posts(page, "**/api/ballots", status, "takes 1 and 2 are resting")
    judge(page, "1")
    judge(page, "0")
    expect(page.locator(".ct-counter")).to_have_text("saved 0 · 0 pending · 2 refused")
    page.unroute("**/api/ballots")
    judge(page, "2")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending · 2 refused")
    refused = page.locator(".ct-aside li")
    expect(refused.nth(0)).to_contain_text("left is better · AGM_104_")
    expect(refused.nth(1)).to_contain_text("tie · AGM_104_")
    expect(refused.nth(0)).to_contain_text("takes 1 and 2 are resting")
    refused.nth(1).get_by_role("button", name="Discard").click()
    refused.nth(0).get_by_role("button", name="Retry").click()
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    expect(refused).to_have_count(0)
    assert [row["verdict"] for row in ballots(served)] == ["right", "left"]


def test_a_judgement_the_server_fails_on_waits_and_the_others_pass_it(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    refuse_posts(page, "**/api/ratings", 500, "the disk is full")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("Shift+Digit4")
    judge(page, "1")
    judge(page, "2")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 1 pending")
    expect(page.locator(".ct-problem")).to_have_text("the disk is full; 1 pending, trying again")
    page.unroute("**/api/ratings")
    expect(page.locator(".ct-counter")).to_have_text("saved 3 · 0 pending", timeout=15_000)
    expect(page.locator(".ct-problem")).to_be_empty()
    assert served.studio.value("SELECT stars FROM ratings") == 4


def test_verdicts_on_one_pair_arrive_in_the_order_they_were_given(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    refuse_posts(page, "**/api/ballots", 500, "the disk is full")
    judge(page, "1")
    page.keyboard.press("z")
    page.keyboard.press("2")
    expect(page.locator(".ct-counter")).to_have_text("saved 0 · 3 pending")
    page.unroute("**/api/ballots")
    expect(page.locator(".ct-counter")).to_have_text("saved 3 · 0 pending", timeout=15_000)
    rows = ballots(served)
    assert [row["verdict"] for row in rows] == ["left", "skip", "right"]
    assert [row["supersedes"] for row in rows] == [None, rows[0]["id"], rows[1]["id"]]


def test_leaving_and_signing_out_with_pending_judgements_asks_first(page: Page, served: Served) -> None:
    questions: list[tuple[str, str]] = []

    def stay(dialog: Dialog) -> None:
        questions.append((dialog.type, dialog.message))
        dialog.dismiss()

    sign_in(page, served, "ana")
    judge(page, "1")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    page.on("dialog", stay)
    served.kill()
    judge(page, "1")
    page.evaluate("document.querySelector('.ct-header a[href=\"/board\"]').click()")
    page.evaluate("document.querySelector('.ct-header form button').click()")
    wait_until(page, lambda: len(questions) == 2)
    assert [kind for kind, _ in questions] == ["beforeunload", "confirm"]
    assert "1 judgement is not saved yet" in questions[1][1]
    assert page.url.split("?")[0] == served.address + "/"
    served.start()
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending", timeout=20_000)
    page.click(".ct-header a[href='/board']")
    page.wait_for_selector(".ct-take img", timeout=15_000)
    assert len(questions) == 2, "nothing is pending, so nothing is asked"


def test_whoever_is_signed_out_is_told_so_and_loses_nothing(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.context.clear_cookies()
    judge(page, "1")
    expect(page.locator(".ct-problem")).to_contain_text("You are signed out; sign in again.")
    for _ in range(7):
        judge(page, "1")
    empty = page.locator(".ct-empty")
    expect(empty).to_contain_text("You are signed out; sign in again.")
    expect(empty).to_contain_text("8 judgements are kept in this browser for ana.")
    empty.get_by_role("link", name="Sign in").click()
    page.fill("input[name=name]", "ana")
    page.fill("input[name=password]", PASSWORD)
    page.click("button")
    expect(page.locator(".ct-counter")).to_have_text("saved 8 · 0 pending", timeout=30_000)
    assert len(ballots(served)) == 8
