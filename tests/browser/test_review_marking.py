"""Notes on the review page: drawn on the picture, on frames of a clip, listed, edited and taken back; nothing moves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, add_clips, sign_in
from tests.browser.reviewing import SHOWN

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURE = ".ct-side[data-side=left] img"


def notes(served: Served) -> list[dict[str, Any]]:
    rows = served.studio.rows("SELECT * FROM current_notes ORDER BY id")
    return [{**row, "region": json.loads(row["region"]) if row["region"] else None} for row in rows]


def drag(page: Page, *points: tuple[float, float]) -> None:
    """Over the left picture, which is square and fills the height of its box; in shares of it."""
    box = page.locator(PICTURE).bounding_box()
    assert box
    side = min(box["width"], box["height"])
    left, top = box["x"] + (box["width"] - side) / 2, box["y"] + (box["height"] - side) / 2
    for number, (x, y) in enumerate(points):
        page.mouse.move(left + x * side, top + y * side, steps=4)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def saved(page: Page, number: int) -> None:
    expect(page.locator(".ct-counter")).to_have_text(f"saved {number} · 0 pending")


def test_a_note_is_drawn_on_the_picture_and_mended_later(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    before = page.locator(PICTURE).bounding_box()
    page.keyboard.press("n")
    assert page.locator(PICTURE).bounding_box() == before, "the pictures stay where they are"
    page.keyboard.type("the hand")
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (0.25, 0.5), (0.75, 0.9))
    page.keyboard.type(" is wrong")  # the field has kept the focus
    page.keyboard.press("Enter")
    saved(page, 1)
    (note,) = notes(served)
    assert note["text"] == "the hand is wrong"
    assert [note["region"][side] for side in "xywh"] == pytest.approx([0.25, 0.5, 0.5, 0.4], abs=0.01)

    page.keyboard.press("n")
    own = page.get_by_label("Your notes on this take")
    own.get_by_role("button", name="the hand is wrong", exact=True).click()
    expect(page.locator(".ct-note input")).to_have_value("the hand is wrong")
    expect(page.locator(".ct-drawing .ct-now-drawn")).to_have_count(1)
    page.get_by_role("button", name="Draw", exact=True).click()
    drag(page, (0.1, 0.1), (0.3, 0.2), (0.4, 0.4))
    page.fill(".ct-note input", "the left hand is wrong")
    page.keyboard.press("Enter")
    saved(page, 2)
    (note,) = notes(served)
    assert (note["text"], note["supersedes"]) == ("the left hand is wrong", 1)
    (stroke,) = note["region"]["strokes"]
    assert stroke[0] == pytest.approx([0.1, 0.1], abs=0.01)
    assert stroke[-1] == pytest.approx([0.4, 0.4], abs=0.01)
    assert len(stroke) > 4

    page.keyboard.press("n")
    page.get_by_role("button", name="Take back: the left hand is wrong").click()
    expect(own.locator("li")).to_have_count(0)
    assert notes(served) == []
    page.keyboard.press("Escape")
    expect(page.locator(".ct-drawing")).to_have_count(0)
    page.mouse.click(before["x"] + 9, before["y"] + 9)  # a click on the picture is one again
    expect(page.locator(".ct-side.ct-focus")).to_have_attribute("data-side", "left")


def test_marks_are_where_they_were_drawn_in_a_mirrored_and_zoomed_picture(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("h")
    page.keyboard.press("n")
    page.keyboard.type("the edge")
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (0.1, 0.2), (0.3, 0.4))
    page.keyboard.press("Enter")
    saved(page, 1)
    (note,) = notes(served)
    assert note["region"]["x"] == pytest.approx(0.7, abs=0.01)
    page.keyboard.press("n")
    mark = page.locator(".ct-drawing path").first
    picture, drawn = page.locator(PICTURE).bounding_box(), mark.bounding_box()
    assert picture
    assert drawn
    side = min(picture["width"], picture["height"])
    left = picture["x"] + (picture["width"] - side) / 2
    assert (drawn["x"] - left) / side == pytest.approx(0.1, abs=0.02)


def test_a_note_on_a_clip_is_on_its_frame_and_marked_on_the_bar(page: Page, served: Served) -> None:
    add_clips(served.studio)
    sign_in(page, served, "ana", "/?shot=CLIP_010")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("k")
    page.get_by_label("Frame", exact=True).fill("4")
    page.keyboard.press("n")
    frames = page.locator("[data-frames]")
    expect(frames).to_have_text("frame 1005")
    page.keyboard.type("it jumps")
    page.keyboard.press("Enter")
    saved(page, 1)
    page.keyboard.press("n")
    expect(page.locator(".ct-note-marks i")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.get_by_label("Frame", exact=True).fill("6")
    page.keyboard.press("o")
    page.keyboard.press("n")
    frames.click()
    expect(frames).to_have_text("frames 1005–1007")
    page.keyboard.type("from here on")
    page.keyboard.press("Enter")
    saved(page, 2)
    page.keyboard.press("n")
    frames.click()
    frames.click()
    expect(frames).to_have_text("whole take")
    page.keyboard.type("too slow")
    page.keyboard.press("Enter")
    saved(page, 3)
    assert [(note["frame_in"], note["frame_out"]) for note in notes(served)] == [(4, 4), (4, 6), (None, None)]
    page.reload()
    expect(page.locator(".ct-note-marks i")).to_have_count(2, timeout=15_000)


def test_what_is_drawn_survives_a_reload_with_its_words(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("n")
    page.keyboard.type("the hand")
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (0.2, 0.2), (0.6, 0.6))
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_selector(SHOWN)
    expect(page.locator(".ct-drawing .ct-now-drawn")).to_have_count(1)
    page.locator(".ct-note input").press("Enter")
    saved(page, 1)
    (note,) = notes(served)
    assert note["region"]["w"] == pytest.approx(0.4, abs=0.01)
