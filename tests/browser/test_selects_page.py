"""The selects of a sequence: played through as a cut, ordered by drag and by keys, with in and out, and exported."""

from __future__ import annotations

import opentimelineio as otio
import pytest
from playwright.sync_api import Page, expect

from feedback.judgements import notes, selects, statuses
from feedback.people import accounts
from feedback.rights.intended_use import intended_use_of
from feedback.store import Studio
from tests.browser.conftest import CLIP_FRAMES, Served, add_clips, sign_in
from tests.browser.reviewing import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def circle(studio: Studio, *takes: int) -> None:
    for take in takes:
        statuses.set_status(studio, accounts.get_person(studio, "sue"), f"circle {take}", take, "circled")


def order(studio: Studio) -> list[int]:
    return [row["take"] for row in selects.list_selects(studio, "AGM")]


def test_selects_are_ordered_by_drag_and_by_keys(page: Page, served: Served) -> None:
    circle(served.studio, 1, 2, 3, 5)
    sign_in(page, served, "sue", "/board")
    page.get_by_role("link", name="Selects").click()
    shot = page.locator(".ct-cut-shot").first
    buttons = shot.locator("ol button")
    expect(buttons).to_have_count(3)
    expect(page.locator(".ct-cut-shot")).to_have_count(8)
    expect(page.locator(".ct-cut-shot").nth(2)).to_contain_text("nothing circled")
    buttons.nth(2).drag_to(buttons.nth(0))
    expect(buttons.nth(0)).to_have_attribute("data-value", "3")
    assert order(served.studio) == [3, 1, 2, 5]
    expect(page.locator(".ct-announced")).to_have_text("It is the pick now.")
    buttons.nth(0).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(buttons.nth(1)).to_have_attribute("data-value", "3")
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    expect(buttons.nth(2)).to_have_attribute("data-value", "3")
    assert order(served.studio) == [1, 2, 3, 5]
    buttons.nth(1).click()  # it is seen in the place of the pick
    alternate = buttons.nth(1).locator("img").get_attribute("src")
    expect(page.locator(".ct-selects .ct-side img")).to_have_attribute("src", alternate or "")
    page.get_by_role("button", name="Earlier").click()
    expect(buttons.nth(0)).to_have_attribute("data-value", "2")
    hold = page.get_by_label("Hold, frames")
    hold.fill("36")
    hold.press("Enter")
    expect(page.locator(".ct-chosen-name")).to_have_text("AGM_104_010 · Pick · held 36 frames")
    assert selects.current_select(served.studio, 2)["frame_out"] == 35  # type: ignore[index]


def test_the_cut_is_played_from_in_to_out(page: Page, served: Served) -> None:
    add_clips(served.studio)
    first = served.studio.value("SELECT max(id) FROM takes")
    circle(served.studio, 1, first)
    sign_in(page, served, "sue", "/selects?project=AGM&sequence=CLIP")
    page.wait_for_selector(".ct-selects video")
    page.keyboard.press(".")
    page.keyboard.press(".")
    output = page.locator(".ct-selects output")
    expect(output).to_contain_text("frame 1003")
    page.keyboard.press("i")
    expect(page.locator(".ct-chosen-name")).to_contain_text(f"1003–{1000 + CLIP_FRAMES} · {CLIP_FRAMES - 2} frames")
    for _ in range(3):
        page.keyboard.press(".")
    page.keyboard.press("o")
    expect(page.locator(".ct-chosen-name")).to_contain_text("1003–1006 · 4 frames")
    row = selects.current_select(served.studio, first)
    assert row
    assert (row["frame_in"], row["frame_out"]) == (2, 5)
    page.reload()
    page.wait_for_selector(".ct-selects video")
    expect(output).to_contain_text("00:00:00:00 / 00:00:00:04 · frame 1003")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    play = page.get_by_role("button", name="Play")
    wait_until(page, lambda: play.get_attribute("aria-pressed") == "false")
    expect(output).to_contain_text("00:00:00:04 / 00:00:00:04")
    assert page.evaluate("document.querySelector('.ct-selects video').currentTime") < 8 / 24

    # On a machine that is slow, the clip runs to its end before anybody looks.
    page.evaluate(
        "() => { const soon = requestAnimationFrame; window.requestAnimationFrame = (then) => setTimeout(() => soon(then), 700); }"
    )
    page.keyboard.press("Space")
    wait_until(page, lambda: play.get_attribute("aria-pressed") == "false")
    expect(output).to_contain_text("00:00:00:04 / 00:00:00:04 · frame 1006")

    page.locator(".ct-sequence").select_option("AGM_104")
    expect(page.locator(".ct-selects .ct-side img")).to_be_visible()
    assert "sequence=AGM_104" in page.url


def test_stills_are_held_one_after_the_other(page: Page, served: Served) -> None:
    circle(served.studio, 1, 5, 9)
    sue = accounts.get_person(served.studio, "sue")
    for take in (1, 5, 9):
        selects.set_range(served.studio, sue, f"hold {take}", take, 0, 5)
    sign_in(page, served, "sue", "/selects")
    page.wait_for_selector(".ct-selects .ct-side img")
    page.evaluate(
        "() => { window.seen = []; new MutationObserver(() => window.seen.push(document.querySelector('.ct-info .ct-shot').textContent))"
        ".observe(document.querySelector('.ct-info .ct-shot'), { childList: true }); }"
    )
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "false")
    seen = list(dict.fromkeys(page.evaluate("window.seen")))
    assert seen == ["AGM_104_010", "AGM_104_020", "AGM_104_030"]
    expect(page.locator(".ct-cut-shot.ct-now b")).to_have_text("AGM_104_030")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".ct-cut-shot.ct-now b")).to_have_text("AGM_104_020")


def test_selects_are_exported_and_creatives_have_none(page: Page, served: Served) -> None:
    circle(served.studio, 1, 5)
    sign_in(page, served, "sue", "/selects?project=AGM")
    form = page.locator(".ct-export-form")
    expect(form.get_by_label("Movies as")).to_be_hidden()
    with page.expect_download() as download:
        form.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "AGM_selects.otio"
    timeline = otio.adapters.read_from_file(str(download.value.path()), adapter_name="otio_json")
    assert len(list(timeline.find_clips())) == 2
    expect(page.locator(".ct-exported")).to_have_text("AGM_selects.otio is downloaded")
    notes.write_note(served.studio, accounts.get_person(served.studio, "ana")["id"], "n", 1, "Größe")
    form.locator("[name=format]").select_option("edl")
    form.get_by_label("with the media").check()
    form.get_by_label("Movies as").select_option("prores")
    with page.expect_download() as download:
        form.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "AGM_selects.zip"
    expect(page.locator(".ct-remarks li")).to_contain_text(["an EDL is ASCII"])
    form.locator("[name=format]").select_option("sequence")
    expect(form.get_by_label("with the media")).to_be_hidden()
    expect(form.get_by_label("Pictures as")).to_be_visible()
    page.click("text=Sign out")
    sign_in(page, served, "ana", "/selects?project=AGM")
    expect(page.locator(".ct-selects .ct-empty b")).to_contain_text("needs the role supervisor", timeout=15_000)
    expect(page.get_by_role("link", name="Selects")).to_have_count(0)


def test_what_a_select_is_for_is_said_there(page: Page, served: Served) -> None:
    circle(served.studio, 1)
    sign_in(page, served, "sue", "/selects?project=AGM")
    use = page.get_by_role("combobox", name="For", exact=True)
    expect(use).to_have_value("", timeout=15_000)
    use.select_option("final")
    expect(page.locator(".ct-intended-use option").first).to_be_disabled()
    wait_until(page, lambda: (intended_use_of(served.studio, 1) or {}).get("intended_use") == "final")
    with page.expect_download() as download:
        page.locator(".ct-ai-use").get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename == "AGM_ai_use.pdf"
    page.goto(f"{served.address}/take?take=1")
    expect(page.locator(".ct-passport-state")).to_contain_text("for final", timeout=15_000)
    expect(page.locator(".ct-passport li").first).to_contain_text("in its provenance")
