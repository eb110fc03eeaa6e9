"""How two takes are looked at: one over the other, near, mirrored, brighter. It judges nothing, and moves nothing else."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import SHOWN, ballots, shown_pair

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def room(page: Page, served: Served) -> Page:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    return page


def painted(page: Page, selector: str = ".ct-stage") -> np.ndarray:
    """What is painted there, float [H, W, 3]; without the captions and the outline of the chosen take."""
    page.wait_for_timeout(120)
    page.add_style_tag(content=".ct-corner, .ct-focus::after { visibility: hidden !important; }")
    return np.asarray(Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("RGB"), dtype=float)


def view(page: Page) -> str:
    return page.inner_text(".ct-view")


def test_modes_show_what_they_say(room: Page) -> None:
    stage = room.locator(".ct-stage").bounding_box()
    room.keyboard.press("a")
    left = painted(room)
    room.keyboard.press("a")
    right = painted(room)
    assert np.abs(left - right).mean() > 2, "one take, and then the other, in one place"
    room.keyboard.press("m")
    assert np.abs(painted(room) - (left + right) / 2).mean() < 2
    room.keyboard.press("x")
    box = slice(60, -60), slice(500, 900)  # inside both pictures
    assert np.abs(painted(room)[box] - np.abs(left - right)[box]).mean() < 2
    room.keyboard.press("w")
    wiped, middle = painted(room), left.shape[1] // 2
    assert np.abs(wiped[:, : middle - 20] - left[:, : middle - 20]).mean() < 1
    assert np.abs(wiped[:, middle + 20 :] - right[:, middle + 20 :]).mean() < 1
    for _ in range(5):
        room.keyboard.press("Shift+ArrowRight")
    moved = painted(room)
    assert np.abs(moved[:, middle + 5 : middle + 100] - left[:, middle + 5 : middle + 100]).mean() < 1
    room.keyboard.press("b")
    assert room.locator(".ct-stage").bounding_box() == stage, "nothing moved"
    assert room.get_attribute("[data-view=side]", "aria-pressed") == "true"


def test_a_wipe_is_dragged_and_a_drag_chooses_nothing(room: Page, served: Served) -> None:
    room.keyboard.press("w")
    box = room.locator(".ct-stage").bounding_box()
    assert box
    before, y = shown_pair(room), box["y"] + box["height"] / 2
    room.mouse.move(box["x"] + box["width"] * 0.5, y)
    room.mouse.down()
    room.mouse.move(box["x"] + box["width"] * 0.25, y, steps=5)
    room.mouse.up()
    edge = float(room.evaluate("parseFloat(document.querySelector('.ct-stage').style.getPropertyValue('--wipe'))"))
    assert edge == pytest.approx(25, abs=2)
    expect(room.locator(".ct-chosen")).to_have_text("left take")
    assert shown_pair(room) == before
    assert ballots(served) == []


def test_both_takes_come_near_together_and_one_key_shows_single_pixels(room: Page) -> None:
    box = room.locator(".ct-side").first.bounding_box()
    assert box
    room.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    room.mouse.wheel(0, -600)
    room.wait_for_timeout(100)
    sizes = [image.bounding_box() for image in room.locator(".ct-side img").all()]
    assert all(size and size["width"] > 1.8 * box["width"] for size in sizes)
    assert "x" in view(room)
    room.keyboard.press("f")
    assert view(room) == "", "back to the whole picture"
    room.keyboard.press("f")
    room.wait_for_timeout(100)
    for image in room.locator(".ct-side img").all():
        width = float(image.evaluate("image => image.getBoundingClientRect().width"))
        natural, shown = image.evaluate("i => [i.naturalWidth, Math.min(i.clientWidth, i.clientHeight)]")
        zoom = width / float(image.evaluate("image => image.clientWidth"))
        assert natural == pytest.approx(zoom * shown, abs=1.5), "one pixel on one pixel"
    room.keyboard.press("q")
    assert view(room) == ""


def test_light_and_mirrors_are_for_looking_only(room: Page, served: Served) -> None:
    plain = painted(room, ".ct-side[data-side=left]")
    room.keyboard.press("h")
    assert np.abs(painted(room, ".ct-side[data-side=left]")[:, ::-1] - plain).mean() < 3
    room.keyboard.press("h")
    room.keyboard.press("y")
    assert np.abs(painted(room, ".ct-side[data-side=left]")[::-1] - plain).mean() < 3
    room.keyboard.press("y")
    room.keyboard.press("e")
    room.keyboard.press("e")
    brighter = painted(room, ".ct-side[data-side=left]")
    assert brighter.mean() > plain.mean() + 10
    expect(room.locator(".ct-view")).to_have_text("+1 stops")
    for _ in range(4):
        room.keyboard.press("d")
    assert painted(room, ".ct-side[data-side=left]").mean() < plain.mean() - 5
    room.keyboard.press("q")
    assert np.abs(painted(room, ".ct-side[data-side=left]") - plain).max() < 2
    assert ballots(served) == []
