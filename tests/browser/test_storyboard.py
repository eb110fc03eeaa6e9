"""The storyboard in a real browser: selects come in, texts are saved, panels are moved by keys and by dragging, and exported."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from feedback.boards.panels import list_panels
from feedback.judgements import statuses
from feedback.people import accounts
from feedback.store import Studio
from tests.browser.conftest import Served, add_clips, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ADDRESS = "/storyboard?project=AGM&sequence=AGM_104"


def circle_first_of_each(studio: Studio, count: int) -> list[int]:
    sue = accounts.get_person(studio, "sue")
    takes = [row["take"] for row in studio.rows("SELECT min(id) AS take FROM takes GROUP BY brief ORDER BY 1")][:count]
    for take in takes:
        statuses.set_status(studio, sue, f"circle {take}", take, "circled")
    return takes


def panels(studio: Studio) -> list[Any]:
    return list_panels(studio, "AGM", "AGM_104")


def order(studio: Studio) -> list[int]:
    return [panel["take"] for panel in panels(studio)]


def test_a_board_is_filled_written_ordered_and_exported(page: Page, served: Served) -> None:
    studio = served.studio
    takes = circle_first_of_each(studio, 3)
    sign_in(page, served, "ana", ADDRESS)
    page.get_by_role("button", name="Bring in 3 selects").click(timeout=15_000)
    items = page.locator(".ct-panel")
    expect(items).to_have_count(3)
    expect(page.locator(".ct-board-length")).to_have_text("3 panels, 3.0 s")
    items.nth(0).get_by_label("Action").fill("The keeper opens the door.")
    items.nth(0).get_by_label("Dialogue").fill("Who is there?")
    expect(page.locator(".ct-panel").nth(0)).to_have_attribute("data-revision", "2")
    items.nth(0).get_by_label("Frames").fill("48")
    items.nth(0).get_by_label("Frames").press("Tab")
    expect(page.locator(".ct-board-length")).to_have_text("3 panels, 4.0 s")
    assert (panels(studio)[0]["action"], panels(studio)[0]["dialogue"]) == (
        "The keeper opens the door.",
        "Who is there?",
    )

    items.nth(0).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".ct-board-line")).to_have_text("Panel 1 is now panel 2.")
    assert order(studio) == [takes[1], takes[0], takes[2]]
    expect(items.nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(items.nth(2)).to_be_focused()
    items.nth(2).locator(".ct-panel-picture").drag_to(items.nth(0), target_position={"x": 10, "y": 60})
    expect(page.locator(".ct-board-line")).to_have_text("Panel 3 is now panel 1.")
    assert order(studio) == [takes[2], takes[1], takes[0]]

    items.nth(1).focus()
    page.keyboard.press("Delete")
    expect(items).to_have_count(2)
    page.get_by_role("button", name="Bring it back").click()
    expect(items).to_have_count(3)
    page.get_by_role("button", name="Add takes").click()
    page.locator(".ct-offered-takes button").first.click()
    expect(items).to_have_count(4)
    with page.expect_download() as loaded:
        page.get_by_role("button", name="PDF").click()
    assert loaded.value.suggested_filename == "AGM_AGM_104_storyboard.pdf"
    with page.expect_download() as loaded:
        page.get_by_role("button", name="Animatic").click()
    assert loaded.value.suggested_filename == "AGM_AGM_104_storyboard_animatic.mp4"

    page.goto(f"{served.address}{ADDRESS}GONE")
    expect(page.locator(".ct-board-line")).to_have_text("no sequence 'AGM_104GONE' in AGM: there is AGM_104")
    expect(items).to_have_count(4)
    assert "GONE" not in page.url


def test_two_writers_do_not_overwrite_each_other(page: Page, browser: Browser, served: Served) -> None:
    circle_first_of_each(served.studio, 1)
    sign_in(page, served, "ana", ADDRESS)
    page.get_by_role("button", name="Bring in 1 select").click(timeout=15_000)
    expect(page.locator(".ct-panel")).to_have_count(1)
    context = browser.new_context()
    other = context.new_page()
    sign_in(other, served, "sue", ADDRESS)
    other.locator(".ct-panel").get_by_label("Action").fill("He waits.", timeout=15_000)
    expect(other.locator(".ct-panel")).to_have_attribute("data-revision", "2")
    page.locator(".ct-panel").get_by_label("Action").fill("She waits.")
    expect(page.locator(".ct-panel-problem")).to_contain_text("sue wrote meanwhile: “He waits.”")
    assert panels(served.studio)[0]["action"] == "He waits."
    page.reload()  # what was typed is there still
    expect(page.locator(".ct-panel").get_by_label("Action")).to_have_value("She waits.", timeout=15_000)
    expect(page.locator(".ct-panel")).to_have_attribute("data-revision", "3")
    assert panels(served.studio)[0]["action"] == "She waits."
    context.close()


def test_clips_show_their_frame_and_fingers_reach_everything(browser: Browser, served: Served) -> None:
    add_clips(served.studio, 1)
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    try:
        sign_in(page, served, "ana", "/storyboard?project=AGM&sequence=CLIP")
        page.get_by_role("button", name="Add takes").click(timeout=15_000)
        page.locator(".ct-offered-takes button").first.click()
        panel = page.locator(".ct-panel")
        panel.get_by_label("From frame").fill("4")
        panel.get_by_label("From frame").press("Tab")
        expect(panel.locator(".ct-panel-length")).to_have_text("0.2 s, 5 frames")
        panel.get_by_label("Frames").fill("9")
        panel.get_by_label("Frames").press("Tab")
        expect(panel.locator(".ct-panel-problem")).to_contain_text("held 9")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        small = page.evaluate(
            "() => [...document.querySelectorAll('.ct-storyboard :is(button, a, input, select, textarea)')]"
            ".filter((each) => each.offsetParent && each.getBoundingClientRect().height < 44).map((each) => each.outerHTML)"
        )
        assert small == []
    finally:
        context.close()
