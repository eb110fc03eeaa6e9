"""Masks in a real browser: a note's region becomes one, and one is painted by pointer, keyboard and finger."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from feedback.judgements import notes
from feedback.people import accounts
from feedback.production.opaque_names import name_take
from feedback.store import Studio, media
from tests.browser.conftest import Served, add_clips, sign_in
from tests.browser.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CANVAS = ".ct-mask-dialog canvas"


def id_of(studio: Studio, name: str) -> int:
    return accounts.get_person(studio, name)["id"]


def newest(studio: Studio) -> dict[str, Any]:
    row = studio.row("SELECT * FROM briefs ORDER BY id DESC LIMIT 1")
    assert row is not None
    return row


def mask_of(studio: Studio, brief: dict[str, Any]) -> np.ndarray:
    """uint8 [H, W]."""
    with Image.open(media.path_of(studio, brief["mask_media"])) as image:
        return np.asarray(image.convert("L"))


def write_note(studio: Studio, take: int = 1, **more: Any) -> None:
    notes.write_note(studio, id_of(studio, "ana"), f"n{take}", take, "a red door instead of the window", **more)


def test_fix_this_begins_a_brief_with_the_notes_words_and_region(page: Page, served: Served) -> None:
    """One action; nothing is drawn before it is queued, and what was being written is not lost."""
    studio = served.studio
    write_note(studio, region={"x": 0.25, "y": 0.5, "w": 0.25, "h": 0.25})
    count = studio.value("SELECT count(*) FROM briefs")
    sign_in(page, served, "ana", "/briefs")
    page.get_by_label("Prompt", exact=True).fill("a forest that I was writing")
    expect(page.locator(".ct-length")).to_contain_text("tokens")
    page.goto(f"{served.address}/take?take={name_take(studio, id_of(studio, 'ana'), 1)}")
    page.get_by_role("button", name="Fix this").click()
    prompt = page.get_by_label("Prompt", exact=True)
    expect(prompt).to_have_value("a red door instead of the window")
    expect(page.locator(".ct-begun")).to_contain_text("Nothing is drawn before you queue it")
    expect(page.locator(".ct-kept")).to_contain_text("from a take, a still of 128x128")
    expect(page.locator("[data-preview=mask] img")).to_be_visible()
    assert studio.value("SELECT count(*) FROM briefs") == count
    page.reload()  # goes on where it was
    expect(prompt).to_have_value("a red door instead of the window")
    expect(page.locator("[data-preview=mask] img")).to_be_visible()
    page.get_by_label("Width").fill("256")
    page.get_by_label("Height").fill("256")
    page.get_by_role("button", name="Queue 4 takes").click()
    expect(page.locator(".ct-outcome")).to_contain_text("is queued")
    brief, take = newest(studio), studio.row("SELECT * FROM takes WHERE id = 1")
    assert take is not None
    assert (brief["source_take"], brief["source_media"]) == (1, take["rendition"])
    mask = mask_of(studio, brief)
    assert mask.shape == (128, 128)
    assert mask[70:90, 38:58].min() == 255
    rows, columns = np.nonzero(mask > 127)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == pytest.approx((62, 97, 30, 65), abs=4)
    assert mask[:50].max() == 0
    prompt.fill("and another one")
    expect(page.locator(".ct-length")).to_contain_text("tokens")
    page.goto(f"{served.address}/briefs?take={name_take(studio, id_of(studio, 'ana'), 1)}")
    expect(page.locator(".ct-kept")).to_contain_text("from a take", timeout=15_000)
    back = page.get_by_role("button", name="Back to what I was writing")
    back.click()
    expect(prompt).to_have_value("and another one")
    back.click()
    expect(prompt).to_have_value("a forest that I was writing")
    expect(back).to_be_hidden()


def paint_stroke(page: Page, *points: tuple[float, float]) -> None:
    box = page.locator(CANVAS).bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def test_a_mask_is_painted_erased_undone_and_cleared(page: Page, served: Served) -> None:
    sign_in(page, served, "ana", "/briefs?shot=AGM_104_020")
    page.get_by_label("Prompt", exact=True).fill("a red door")
    sink = io.BytesIO()
    Image.new("RGB", (320, 180), (120, 120, 120)).save(sink, "PNG")
    page.get_by_label("Plate").set_input_files(
        {"name": "plate.png", "mimeType": "image/png", "buffer": sink.getvalue()}
    )
    page.get_by_role("button", name="Paint the mask").click()
    expect(page.locator(CANVAS)).to_be_focused()
    assert violations(page) == []
    expect(page.get_by_role("button", name="Use the mask")).to_be_disabled()
    paint_stroke(page, (0.25, 0.5), (0.75, 0.5))
    expect(page.locator(".ct-mask-line")).to_contain_text("1 mark")
    page.keyboard.press("]")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Erase")).to_have_attribute("aria-pressed", "true")
    paint_stroke(page, (0.5, 0.2), (0.5, 0.8))
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Use the mask")).to_be_disabled()
    page.keyboard.press("Control+z")
    expect(page.locator(".ct-mask-line")).to_contain_text("2 marks")
    page.keyboard.press("z")
    page.get_by_role("button", name="Redo").click()
    page.locator(CANVAS).press("Enter")
    expect(page.locator("[data-preview=mask]")).to_contain_text("320x180")
    page.get_by_role("button", name="Paint on").click()  # what was painted is there
    expect(page.locator(".ct-mask-line")).to_contain_text("2 marks")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Queue 4 takes").click()
    expect(page.locator(".ct-outcome")).to_contain_text("is queued")
    mask = mask_of(served.studio, newest(served.studio))
    assert mask.shape == (180, 320)
    assert (mask[90, 100], mask[90, 220]) == (255, 255)
    assert (mask[90, 160], mask[20, 160], mask[90, 20]) == (0, 0, 0)


def test_a_mask_is_painted_by_the_keyboard_alone_on_a_clip(page: Page, served: Served) -> None:
    """On the page of a take, which hands it over."""
    studio = served.studio
    add_clips(studio, 1)
    take = studio.value("SELECT max(id) FROM takes")
    sign_in(page, served, "sue", f"/take?take={take}")
    page.get_by_role("button", name="Change a part").click()
    expect(page.locator(CANVAS)).to_be_focused()
    expect(page.locator(".ct-mask-dialog").get_by_label("Frame", exact=True)).to_be_visible()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    for _ in range(10):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-kept")).to_contain_text("from a take, a clip of 64x64")
    expect(page.locator("[data-preview=mask] img")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a house by day")
    page.get_by_label("Kind").select_option("still")
    expect(page.get_by_role("button", name="Paint on")).to_be_visible()
    page.get_by_label("Kind").select_option("clip")
    page.get_by_label("Width").fill("256")
    page.get_by_label("Height").fill("256")
    expect(page.locator("[data-error=source]")).to_contain_text("the source has 9 frames and the brief asks for 17")


def test_a_finger_paints_and_the_page_does_not_scroll(browser: Browser, served: Served) -> None:
    write_note(served.studio)
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    try:
        sign_in(page, served, "sue", "/take?take=1")
        page.get_by_role("button", name="Change a part").click()
        canvas = page.locator(CANVAS)
        box = canvas.bounding_box()
        assert box
        assert box["width"] > 250
        small = page.evaluate(
            "() => [...document.querySelectorAll('.ct-mask-dialog button')].filter((each) => each.getBoundingClientRect().height < 44).length"
        )
        assert small == 0
        session = context.new_cdp_session(page)
        middle = box["y"] + box["height"] / 2
        touch = lambda kind, points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # noqa: E731
        touch("touchStart", [{"x": box["x"] + 60, "y": middle}])
        for step in range(8):
            touch("touchMove", [{"x": box["x"] + 60 + 15 * step, "y": middle}])
        touch("touchEnd", [])
        expect(page.locator(".ct-mask-line")).to_contain_text("1 mark")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Use the mask").click()
        expect(page.locator("[data-preview=mask] img")).to_be_visible()
    finally:
        context.close()


def test_fix_this_opens_beside_the_pair_in_review(page: Page, served: Served) -> None:
    """By the name that the person has for the take, whether it is of a trial or not."""
    studio = served.studio
    for (take,) in studio.tuples("SELECT id FROM takes WHERE brief = 1"):
        write_note(studio, take, region={"x": 0.2, "y": 0.2, "w": 0.5, "h": 0.5})
    sign_in(page, served, "ana", "/?shot=AGM_104_010")
    page.wait_for_selector(".ct-review[data-shown]:not([data-shown=''])", timeout=15_000)
    page.keyboard.press("n")
    link = page.get_by_role("link", name="Fix this")
    with page.context.expect_page() as opened:
        link.click()
    brief = opened.value
    expect(brief.get_by_label("Prompt", exact=True)).to_have_value("a red door instead of the window", timeout=15_000)
    expect(brief.locator("[data-preview=mask] img")).to_be_visible()
    expect(page.locator(".ct-stage .ct-side")).to_have_count(2)


def test_a_brief_begins_from_a_file_of_the_studio_by_its_address(page: Page, served: Served) -> None:
    """As the library will name a frame: by its hash."""
    studio = served.studio
    rendition = studio.value("SELECT rendition FROM takes WHERE id = 1")
    sign_in(page, served, "ana", f"/briefs?source={rendition}.png")
    expect(page.locator(".ct-kept")).to_contain_text("from a still, 128x128", timeout=15_000)
    page.get_by_label("Prompt", exact=True).fill("a red door")
    page.get_by_role("button", name="Queue 4 takes").click()
    expect(page.locator(".ct-outcome")).to_contain_text("is queued")
    assert (newest(studio)["source_media"], newest(studio)["source_take"]) == (rendition, None)
