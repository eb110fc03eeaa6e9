"""The page of one take: notes in threads, marks, in and out, compared, drawn again; and what a creative is not told."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from feedback.copies import checks, similar, vectors
from feedback.copies.checks import Alike, Face
from feedback.judgements import note_threads, notes, statuses
from feedback.models.runs import start_run
from feedback.people import accounts
from feedback.production.opaque_names import name_take
from feedback.store import Studio
from tests.browser.conftest import Served, add_clips, sign_in
from tests.feedback.library.shelf import fill_library

pytestmark = [pytest.mark.browser, pytest.mark.slow]
READY = ".ct-take-page .ct-side img, .ct-take-page .ct-side video"


def id_of(studio: Studio, name: str) -> int:
    return accounts.get_person(studio, name)["id"]


def circle(studio: Studio, *takes: int) -> None:
    for take in takes:
        statuses.set_status(studio, accounts.get_person(studio, "sue"), f"circle {take}", take, "circled")


def test_a_thread_is_begun_answered_resolved_and_edited(page: Page, served: Served) -> None:
    notes.write_note(
        served.studio, id_of(served.studio, "ana"), "n", 1, "the hand", region={"x": 0, "y": 0, "w": 0.5, "h": 0.5}
    )
    sign_in(page, served, "sue", "/board")
    page.locator(".ct-take img[src]").first.dblclick(timeout=15_000)
    page.wait_for_selector(READY)
    assert page.url.endswith("/take?take=1")
    threads = page.locator(".ct-threads > li")
    expect(threads).to_have_count(1)
    expect(page.locator(".ct-drawing g")).to_have_count(1)
    threads.first.hover()
    expect(page.locator(".ct-drawing .ct-chosen-region")).to_have_count(1)
    threads.get_by_role("button", name="Answer").click()
    expect(page.locator(".ct-note-for")).to_have_text("Answer to ana")
    page.keyboard.type("which one?")
    page.keyboard.press("Enter")
    expect(threads.locator("li .ct-words")).to_have_text("which one?")
    threads.get_by_role("button", name="Resolve").click()
    expect(page.locator(".ct-threads > li.ct-resolved")).to_contain_text("resolved by sue")
    expect(page.locator(".ct-drawing .ct-edge")).to_have_count(1)  # while it is pointed at
    threads.get_by_role("button", name="Open again").click()
    expect(page.locator(".ct-resolved")).to_have_count(0)
    threads.locator("li").get_by_role("button", name="Edit").click()
    page.fill(".ct-note input", "which of them?")
    page.keyboard.press("Enter")
    expect(threads.locator("li .ct-words")).to_have_text("which of them?")
    threads.locator("li").get_by_role("button", name="Take back").click()
    expect(threads.locator("li")).to_have_count(0)

    page.keyboard.press("n")
    page.keyboard.type("and the light")
    page.reload()  # what is typed is there again
    page.wait_for_selector(READY)
    expect(page.locator(".ct-note input")).to_have_value("and the light")
    page.locator(".ct-note input").press("Enter")
    expect(threads).to_have_count(2)
    (first, second) = note_threads.list_threads(served.studio, 1)
    assert (first["resolved"], first["replies"], second["text"]) == (False, [], "and the light")


def test_in_out_and_place_are_set_on_the_player(page: Page, served: Served) -> None:
    add_clips(served.studio)
    first, second = (
        served.studio.value("SELECT max(id) FROM takes") - 1,
        served.studio.value("SELECT max(id) FROM takes"),
    )
    circle(served.studio, first)
    sign_in(page, served, "sue", f"/take?take={second}")
    page.wait_for_selector(READY)
    expect(page.locator(".ct-cut")).to_be_hidden()
    page.get_by_role("button", name="◯ Circled").click()
    now = page.locator(".ct-cut-now")
    expect(now).to_have_text("Alternate 1 of 2 selects · 1001–1009, 9 frames")
    page.keyboard.press("k")
    page.get_by_label("Frame", exact=True).fill("2")
    page.keyboard.press("i")
    page.get_by_label("Frame", exact=True).fill("6")
    page.keyboard.press("o")
    button = page.locator("[data-act=use-range]")
    expect(button).to_contain_text("Set 1003–1007")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Enter")
    expect(now).to_contain_text("1003–1007, 5 frames")
    expect(button).to_be_hidden()
    page.get_by_role("button", name="Earlier").click()
    expect(now).to_have_text("The pick of 2 selects · 1003–1007, 5 frames")
    rows = served.studio.rows("SELECT take, frame_in, frame_out, position FROM selects ORDER BY id DESC LIMIT 2")
    assert rows == [
        {"take": second, "frame_in": 2, "frame_out": 6, "position": 1},
        {"take": first, "frame_in": 0, "frame_out": 8, "position": 2},
    ]
    expect(page.locator(".ct-history")).to_contain_text("sue: Circled")


def test_a_take_is_compared_rated_and_drawn_again(page: Page, served: Served) -> None:
    circle(served.studio, 1)
    sign_in(page, served, "sue", "/take?take=1")
    page.wait_for_selector(READY)
    expect(page.locator(".ct-made")).to_contain_text("starter")
    expect(page.locator(".ct-made")).to_contain_text("Seed")
    page.keyboard.press("w")  # of one take there is nothing to wipe
    expect(page.locator(".ct-stage")).to_have_attribute("data-mode", "side")
    page.get_by_role("button", name="Compare with take 2 of 3").click()
    expect(page.locator(".ct-side")).to_have_count(2)
    page.keyboard.press("w")
    expect(page.locator(".ct-stage")).to_have_attribute("data-mode", "wipe")
    page.keyboard.press("Escape")
    expect(page.locator(".ct-side")).to_have_count(1)
    expect(page.locator(".ct-stage")).to_have_attribute("data-mode", "side")
    page.keyboard.press("Shift+Digit4")
    expect(page.locator(".ct-stars .ct-on")).to_have_count(4)
    expect(page.locator(".ct-mean")).to_have_text("4.0 by 1")
    hold = page.get_by_label("Hold, frames")
    hold.fill("36")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator(".ct-cut-now")).to_have_text("The pick · held 36 frames")
    page.get_by_role("button", name="Again with this seed").click()
    expect(page.locator(".ct-queued")).to_contain_text("1 take queued")
    page.get_by_label("Takes", exact=True).fill("3")
    page.get_by_role("button", name="More like this").click()
    expect(page.locator(".ct-queued")).to_contain_text("3 takes queued")
    seeds = [row["seed"] for row in served.studio.rows("SELECT seed FROM takes ORDER BY id DESC LIMIT 4")]
    assert seeds.pop() == served.studio.value("SELECT seed FROM takes WHERE id = 1")
    assert len(set(seeds)) == 3


def test_a_creative_is_told_nothing_that_sways_them(page: Page, served: Served) -> None:
    studio = served.studio
    ana = id_of(studio, "ana")
    notes.write_note(studio, id_of(studio, "sue"), "n", 1, "the hand is wrong")
    sign_in(page, served, "ana", f"/take?take={name_take(studio, ana, 1)}")
    page.wait_for_selector(READY)
    expect(page.locator(".ct-own-only")).to_be_visible()
    expect(page.locator(".ct-threads > li")).to_have_count(0)
    text = page.inner_text(".ct-take-page")
    assert "starter" not in text
    assert "Seed" not in text
    for absent in ("Again with this seed", "◯ Circled"):
        expect(page.get_by_role("button", name=absent)).to_have_count(0)
    page.goto(served.address + "/take?take=99999")
    expect(page.locator(".ct-empty b")).to_have_text("no take 99999", timeout=15_000)
    page.goto(served.address + "/take")
    expect(page.locator(".ct-empty b")).to_contain_text("no take is named", timeout=15_000)


def test_what_a_take_is_too_like_comes_first_and_marks_its_card(page: Page, served: Served) -> None:
    studio = served.studio
    (item, *_) = fill_library(studio)
    media = str(studio.value("SELECT media FROM library_items WHERE id = ?", (item,)))
    checks.keep_check(studio, 1, 1, [Alike(media, 0.991, True, 0, 0)], [Face(0, 0.1, 0.1, 0.2, 0.2)])
    sign_in(page, served, "sue", "/board")
    card = page.locator(".ct-take").filter(has_text="Copy? Face?")
    expect(card).to_have_count(1)
    page.goto(f"{served.address}/take?take=1")
    first = page.locator(".ct-facts-of-take > section").first
    expect(first.locator(".ct-likeness-state")).to_have_text("Too like 1 picture. Look at both before it is used.")
    expect(first.locator(".ct-like-copies li")).to_contain_text(
        f"99 % · library {item}, Harbour · catalogue · mirrored"
    )
    expect(first.locator(".ct-faces")).to_contain_text("a consent is missing")
    expect(first.locator(".ct-similar")).to_be_hidden()
    start_run(studio, "guided", {"guided": {"image_encoder": "/models/dinov2"}}, "0" * 64, "runs/1", [])
    similar.keep(studio, 1, vectors.use(studio, "0" * 64, "dinov2", None), 1, [Alike(media, 0.934, False, 0, 0)])
    page.reload()
    expect(first.locator(".ct-similar li")).to_contain_text(f"93 % · library {item}, Harbour")
    expect(first.locator(".ct-similar p")).to_contain_text("as the image encoder dinov2 sees it; that makes no copy")
    first.locator(".ct-like-copies .ct-like-picture").click()
    expect(page.locator(".ct-library-item[open] h2")).to_have_text(f"Still {item}")
    page.goto(f"{served.address}/take?take=2")
    expect(page.locator(".ct-likeness-state")).to_have_text("Not compared yet.")
    expect(page.locator(".ct-facts-of-take > section").first).not_to_have_class("ct-likeness")
