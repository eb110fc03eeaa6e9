"""The ranking page: several takes ordered by number keys, kept as one ranking."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, add_clips, sign_in
from tests.browser.reviewing import LOOK, SHOWN, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_rank(page: Page, served: Served, query: str = "") -> list[str]:
    """Signs in and opens the page; the numbers of the takes on the stage."""
    sign_in(page, served, "ana", f"/rank{query}")
    return shown(page)


def shown(page: Page) -> list[str]:
    page.wait_for_selector(SHOWN)
    page.wait_for_timeout(LOOK)
    return (page.get_attribute(".ct-review", "data-shown") or "").split("-")


def rankings(served: Served) -> list[dict[str, Any]]:
    return served.studio.rows("SELECT * FROM rankings ORDER BY id")


def test_number_keys_give_an_order_and_the_next_takes_come(page: Page, served: Served) -> None:
    first = open_rank(page, served)
    assert len(first) == 4
    expect(page.locator("button.ct-side")).to_have_count(4)
    page.keyboard.press("3")
    page.keyboard.press("1")
    expect(page.locator("button.ct-side").nth(2)).to_have_attribute("aria-label", "take 3, 1st")
    expect(page.locator("button.ct-side").nth(0).locator(".ct-place")).to_have_text("2nd")
    page.keyboard.press("4")  # and so the second take is the last
    expect(page.locator(".ct-hint")).to_have_text("ranked 3 > 1 > 4 > 2")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    assert set(shown(page)).isdisjoint(first)
    (row,) = rankings(served)
    assert len(json.loads(row["takes"])) == 4
    assert row["elapsed_ms"] >= 150
    assert served.studio.value("SELECT count(*) FROM ballots WHERE ranking = ?", (row["id"],)) == 6


def test_the_rest_may_stay_below_and_an_order_is_taken_back(page: Page, served: Served) -> None:
    first = open_rank(page, served)
    page.keyboard.press("2")
    page.keyboard.press("Backspace")
    expect(page.locator(".ct-place:not(:empty)")).to_have_count(0)
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-hint")).to_have_text("ranked 4 > the rest")
    wait_until(page, lambda: len(rankings(served)) == 1)
    assert [len(json.loads(rankings(served)[0][part])) for part in ("takes", "rest")] == [1, 3]
    page.keyboard.press("z")
    assert shown(page) == first
    wait_until(page, lambda: len(rankings(served)) == 2)
    assert served.studio.value("SELECT count(*) FROM current_ballots WHERE verdict <> 'skip'") == 0
    for key in "123":
        page.keyboard.press(key)
    expect(page.locator(".ct-counter")).to_have_text("saved 3 · 0 pending")


def test_takes_are_picked_by_pointer_and_sooner_than_anybody_sees_not_at_all(
    page: Page, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.kill()
    monkeypatch.setenv("CIRCLETAKE_SHORTEST_LOOK_MS", "1500")
    served.start()
    open_rank(page, served, "?size=2")
    takes = page.locator("button.ct-side")
    takes.nth(1).click()
    expect(page.locator(".ct-hint")).to_contain_text("too quick")
    page.wait_for_timeout(1500)
    takes.nth(1).click()
    expect(page.locator(".ct-hint")).to_have_text("ranked 2 > 1")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")


def test_how_many_takes_is_in_the_address(page: Page, served: Served) -> None:
    assert len(open_rank(page, served, "?size=3&shot=AGM_104_010")) == 3
    page.keyboard.press("+")
    page.wait_for_function("document.querySelectorAll('button.ct-side').length === 4")
    page.reload()
    assert len(shown(page)) == 4
    assert "shot=AGM_104_010" in page.url
    expect(page.locator(".ct-shot")).to_have_text("AGM_104_010")
    page.keyboard.press("s")
    expect(page.locator(".ct-empty b")).to_have_text("Everything in this shot is judged")


def test_clips_are_ranked_after_they_were_played(page: Page, served: Served) -> None:
    add_clips(served.studio)
    open_rank(page, served, "?shot=CLIP_010&size=9")
    expect(page.locator(".ct-transport")).to_have_class("ct-transport ct-on")
    expect(page.locator("button.ct-side video")).to_have_count(3)
    page.wait_for_timeout(300)
    page.keyboard.press("2")
    page.keyboard.press("3")
    wait_until(page, lambda: len(rankings(served)) == 1)
    assert rankings(served)[0]["doubt"] is None


def test_a_dead_server_loses_no_ranking(page: Page, served: Served) -> None:
    open_rank(page, served)
    served.kill()
    for key in "142":
        page.keyboard.press(key)
    expect(page.locator(".ct-counter")).to_have_text("saved 0 · 1 pending")
    served.start()
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending", timeout=15_000)
    assert len(rankings(served)) == 1
