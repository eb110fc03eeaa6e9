"""Stars and notes reach the take they are meant for, whatever is pressed meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import LOOK, SHOWN, ballots, shown_pair

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def notes(served: Served) -> list[tuple[int, str]]:
    return [(row["take"], row["text"]) for row in served.studio.rows("SELECT take, text FROM notes ORDER BY id")]


def test_a_note_stays_with_the_take_it_was_opened_for(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("n")
    page.keyboard.type("the hand is wrong")
    page.click(".ct-side[data-side=right]")
    expect(page.locator(".ct-side.ct-focus")).to_have_attribute("data-side", "right")
    expect(page.locator(".ct-note-for")).to_have_text("Note on the left take")
    first = shown_pair(page)
    page.click("[data-verdict=right]")
    # Another pair is on the stage now; the words went to the take they were written for, and the page says so.
    expect(page.locator(".ct-hint")).to_contain_text("the note on the left take is kept")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    expect(page.locator(".ct-note")).to_be_hidden()
    (ballot,) = ballots(served)
    assert shown_pair(page) != first
    assert notes(served) == [(ballot["left"], "the hand is wrong")]

    page.keyboard.press("n")
    page.keyboard.type("never mind")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert page.input_value(".ct-note input") == "", "what was discarded does not wait for the next take"
    page.keyboard.press("Enter")
    page.wait_for_timeout(LOOK)
    page.keyboard.press("1")
    expect(page.locator(".ct-counter")).to_have_text("saved 3 · 0 pending")
    expect(page.locator(".ct-hint")).to_be_empty()
    assert len(notes(served)) == 1


def test_the_chosen_take_is_outlined_and_gets_the_stars(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    for key, name in (("ArrowRight", "right"), ("ArrowLeft", "left"), ("ArrowRight", "right")):
        page.keyboard.press(key)
        expect(page.locator(".ct-side.ct-focus")).to_have_attribute("data-side", name)
        expect(page.locator(".ct-chosen")).to_have_text(f"{name} take")
    border = "getComputedStyle(document.querySelector('.ct-focus'), '::after').borderTopStyle"
    assert page.evaluate(border) == "solid"
    page.keyboard.press("Shift+Digit3")
    page.wait_for_timeout(LOOK)
    page.keyboard.press("1")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    assert served.studio.value("SELECT take FROM ratings") == ballots(served)[0]["right"]
