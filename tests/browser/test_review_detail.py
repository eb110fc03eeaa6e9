"""A picture of the size that the screen needs, and the take's own pixels as soon as they are looked at."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from feedback.production import briefs, render_queue, shots
from feedback.store import media
from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import SHOWN, ballots, intercept, judge

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIDES = "[...document.querySelectorAll('.ct-side img')].map((image) => image.naturalWidth)"


@pytest.fixture
def room(page: Page, served: Served) -> Page:
    """A shot of takes of 2048 pixels."""
    studio = served.studio
    shot = shots.add_shot(studio, "AGM", "LARGE_010")
    brief = briefs.write_brief(studio, shot["id"], "a large boat", author="ana", width=2048, height=2048)
    for take in render_queue.queue_takes(studio, brief["id"], range(3)):
        assert render_queue.lease_takes(studio, "test", 1)
        noise = np.random.default_rng(take).integers(0, 256, (128, 128, 3), dtype=np.uint8)
        sink = io.BytesIO()
        Image.fromarray(noise).resize((2048, 2048)).save(sink, "PNG", compress_level=1)
        sha256 = media.store_bytes(studio, sink.getvalue(), "png", "image/png", 2048, 2048, 1)
        files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
        render_queue.finish_take(studio, take, "test", **files, provenance={})
    sign_in(page, served, "ana")
    page.goto(served.address + "/?shot=LARGE_010")
    page.wait_for_selector(SHOWN)
    return page


def loaded(page: Page, wide: int) -> None:
    page.wait_for_function(f"{SIDES}.length === 2 && {SIDES}.every((width) => width === {wide})")


def test_at_fit_a_smaller_picture_is_loaded_and_near_the_take_itself(room: Page) -> None:
    assert room.evaluate(SIDES) == [1024, 1024]
    strip = "[...document.querySelectorAll('.ct-strip img')]"
    assert room.evaluate(f"{strip}.every((image) => image.src.includes('longest=1024'))")
    box = room.locator(".ct-side img").first.bounding_box()
    room.keyboard.press("f")
    loaded(room, 2048)
    expect(room.locator(".ct-view")).not_to_contain_text("loading")
    picture = room.locator(".ct-side img").first
    zoom = picture.evaluate("image => image.getBoundingClientRect().width / image.clientWidth")
    shown = zoom * picture.evaluate("image => Math.min(image.clientWidth, image.clientHeight)")
    assert shown == pytest.approx(2048, abs=2), "one pixel on one pixel"
    judge(room, "1")
    assert room.evaluate(SIDES) == [2048, 2048], "the next pair comes with what is looked at"
    room.keyboard.press("f")
    assert room.locator(".ct-side img").first.bounding_box() == box


def test_a_difference_is_of_the_takes_own_pixels(room: Page) -> None:
    room.keyboard.press("x")
    loaded(room, 2048)


def test_a_screen_with_more_pixels_gets_more(room: Page) -> None:
    room.set_viewport_size({"width": 2560, "height": 1440})
    loaded(room, 1440)


def test_what_is_still_loading_is_said_and_no_new_pair_is_judged_by_it(room: Page, served: Served) -> None:
    held: list[object] = []
    intercept(room, "**/media/*.png", lambda route: held.append(route))
    room.keyboard.press("f")
    expect(room.locator(".ct-view")).to_contain_text("loading all pixels")
    assert room.evaluate(SIDES) == [1024, 1024], "what was there stays meanwhile"
    room.wait_for_timeout(200)
    room.keyboard.press("1")
    room.wait_for_function("document.querySelector('.ct-review').dataset.shown === ''")
    room.wait_for_timeout(300)
    room.keyboard.press("2")
    expect(room.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    for route in held:
        route.abort()  # type: ignore[attr-defined]
    expect(room.locator(".ct-view")).to_contain_text("not all pixels could be loaded")
    room.unroute("**/media/*.png")
    judge(room, "2")
    expect(room.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    assert [row["verdict"] for row in ballots(served)] == ["left", "right"]
