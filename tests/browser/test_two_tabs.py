"""Two tabs of one browser: of two people, one after the other, and of one person."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from feedback.models import versions
from tests.browser.conftest import Served, sign_in, sign_in_by_form
from tests.browser.reviewing import LOOK, SHOWN, ballots, intercept, judge, shown_pair, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sign_out(page: Page) -> None:
    page.click(".ct-header form button")
    page.wait_for_selector("input[name=password]")


def test_a_tab_stores_nothing_under_whoever_signs_in_in_another_one(page: Page, served: Served) -> None:
    sign_in_by_form(page, served, "ana")
    judge(page, "1")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    other = page.context.new_page()
    other.goto(served.address)
    sign_out(other)
    sign_in(other, served, "sue")
    other.wait_for_selector(SHOWN)

    page.keyboard.press("Shift+Digit4")
    judge(page, "2")
    page.keyboard.press("n")
    page.keyboard.type("softer")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 3 pending")
    expect(page.locator(".ct-problem")).to_contain_text("sue is signed in in this browser now")
    expect(page.locator(".ct-problem")).to_contain_text("3 judgements are kept in this browser for ana.")
    judge(other, "9")
    expect(other.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")

    sign_out(other)
    sign_in(other, served, "ana", "/board")
    expect(page.locator(".ct-counter")).to_have_text("saved 4 · 0 pending", timeout=20_000)
    expect(page.locator(".ct-problem")).to_be_empty()
    names = {row["id"]: row["name"] for row in served.studio.rows("SELECT id, name FROM people")}
    assert sorted((names[row["person"]], row["verdict"]) for row in ballots(served)) == [
        ("ana", "left"),
        ("ana", "right"),
        ("sue", "both_bad"),
    ]
    for table in ("ratings", "notes"):
        assert [names[row["person"]] for row in served.studio.rows(f"SELECT person FROM {table}")] == ["ana"]


def test_the_outbox_of_a_closed_tab_goes_out_when_its_owner_is_back(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    other = page.context.new_page()
    other.goto(served.address)
    sign_out(other)
    sign_in(other, served, "sue", "/board")
    judge(page, "1")
    expect(page.locator(".ct-problem")).to_contain_text("sue is signed in")
    page.close()
    assert ballots(served) == []
    sign_out(other)
    sign_in(other, served, "ana")
    wait_until(other, lambda: [row["verdict"] for row in ballots(served)] == ["left"])


def test_a_brief_is_not_queued_in_another_persons_name(page: Page, served: Served) -> None:
    sign_in(page, served, "sue", "/briefs")
    page.wait_for_selector(".ct-brief", timeout=15_000)
    page.get_by_label("Prompt", exact=True).fill("a house in a field at dusk, in clear weather, wide shot")
    board = page.context.new_page()
    board.goto(served.address + "/board")
    board.wait_for_selector(".ct-take img", timeout=15_000)
    other = page.context.new_page()
    other.goto(served.address + "/board")
    sign_out(other)
    sign_in(other, served, "ana", "/board")

    # The page asks for its takes each second, and so it knows.
    expect(page.locator(".ct-other")).to_contain_text("ana is signed in in this browser now", timeout=15_000)
    expect(page.locator(".ct-page")).to_have_js_property("inert", True)
    page.get_by_role("button", name="Queue 4 takes").dispatch_event("click")
    # As if it was pressed just before: by now the board may know too, and takes no clicks.
    board.locator(".ct-take button[data-status=approved]").first.dispatch_event("click")
    expect(board.locator(".ct-why").first).to_contain_text("not saved: this page was opened for sue")
    expect(board.locator(".ct-other")).to_contain_text("this page was opened for sue")
    assert served.studio.value("SELECT count(*) FROM briefs") == 8
    assert served.studio.value("SELECT count(*) FROM statuses") == 0

    sign_out(other)
    sign_in(other, served, "sue", "/board")
    expect(page.locator(".ct-other")).to_be_empty(timeout=15_000)
    page.get_by_role("button", name="Queue 4 takes").click()
    expect(page.locator(".ct-page .ct-line", has_text="4 takes from seed")).to_be_visible(timeout=15_000)
    assert [row["author"] for row in served.studio.rows("SELECT author FROM briefs WHERE id > 8")] == ["sue"]


def test_a_page_whose_answers_were_refused_once_goes_on_without_being_loaded_again(page: Page, served: Served) -> None:
    versions.register_candidate(served.studio, "v0001", "starter", [])
    sign_in(page, served, "sue", "/models")
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if refused:
            return route.continue_()
        refused.append(route.request.url)
        return route.fulfill(status=404, body="{}")

    page.on("dialog", lambda dialog: dialog.dismiss())
    expect(page.locator(".ct-table")).to_contain_text("v0001", timeout=15_000)
    page.evaluate("window.isTheSamePage = true")
    intercept(page, "**/gradio_api/queue/data*", refuse)
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Nothing was changed")).to_be_visible(timeout=15_000)
    assert refused
    assert page.evaluate("window.isTheSamePage"), "Gradio loads a page again for whoever is signed in by then"


def test_two_tabs_of_one_person_show_no_pair_in_common(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.goto(f"{served.address}/?shot=AGM_104_010")
    page.wait_for_selector(SHOWN)
    other = page.context.new_page()
    other.goto(f"{served.address}/?shot=AGM_104_010")
    # Six pairs, and a page asks for eight: the first tab holds them all.
    expect(other.locator(".ct-empty")).to_contain_text("another tab", timeout=15_000)
    first = shown_pair(page)
    page.reload()
    page.wait_for_selector(SHOWN)
    expect(other.locator(".ct-empty")).to_contain_text("another tab")
    judged = [judge(page, "1")]
    page.close()
    other.wait_for_selector(SHOWN, timeout=60_000)  # half a minute after it was closed: it might have been a reload
    for _ in range(4):
        judged.append(judge(other, "2"))
    judged.append(shown_pair(other))
    other.wait_for_timeout(LOOK)
    other.keyboard.press("0")
    expect(other.locator(".ct-empty")).to_contain_text("Everything in this shot is judged")
    assert len(set(judged)) == 6
    assert first in judged


def test_what_is_judged_does_not_come_back_after_a_reload(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.goto(f"{served.address}/?shot=AGM_104_020")
    for key in "12091":
        judge(page, key)
    page.wait_for_selector(SHOWN)
    page.wait_for_timeout(LOOK)
    page.keyboard.press("2")
    expect(page.locator(".ct-counter")).to_have_text("saved 6 · 0 pending")
    page.reload()
    expect(page.locator(".ct-empty")).to_contain_text("Everything in this shot is judged", timeout=15_000)
    page.keyboard.press("s")
    assert [row["verdict"] for row in ballots(served)] == ["left", "right", "tie", "both_bad", "left", "right"]
    assert all(row["supersedes"] is None for row in ballots(served))
