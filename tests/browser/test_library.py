"""The Library page in a real browser: browsed, searched, excluded with a reason, taken back, and people named."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from feedback.library import items
from feedback.library.search import Filter, list_items
from feedback.rights.licences import add_licence
from tests.browser.conftest import Served, sign_in
from tests.feedback.library.shelf import fill_library
from tests.generation.library.rendered import add, pictures, write_film

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CARD = ".ct-library-card"


def test_a_supervisor_browses_excludes_and_includes(page: Page, served: Served) -> None:
    fill_library(served.studio, "Harbour", 70)
    fill_library(served.studio, "Hills", 3, "second unit")
    sign_in(page, served, "sue", "/library")
    cards, count = page.locator(CARD), page.locator(".ct-library .ct-count")
    expect(count).to_have_text("73 items")
    expect(cards).to_have_count(60)
    page.get_by_role("button", name="Show 13 more").scroll_into_view_if_needed()
    expect(cards).to_have_count(73)
    page.locator(".ct-filters [name=title]").select_option("Hills")
    expect(count).to_have_text("3 items")
    assert page.url.endswith("/library?title=Hills")
    page.locator(".ct-filters [name=text]").fill("shot 1")
    expect(cards).to_have_count(1)
    expect(cards.locator(".ct-caption")).to_have_text("shot 1 of Hills")
    page.get_by_role("button", name="Clear filters").click()
    expect(count).to_have_text("73 items")
    page.go_back()
    expect(cards).to_have_count(1)

    page.goto(f"{served.address}/library?title={quote('Hills')}")
    expect(cards).to_have_count(3)
    exclude = page.get_by_role("button", name="Exclude …")
    expect(exclude).to_be_disabled()
    cards.nth(0).get_by_role("button", name="Select").click()
    cards.nth(2).get_by_role("button", name="Select").click(modifiers=["Shift"])
    expect(count).to_have_text("3 of 3 items selected")
    cards.nth(1).get_by_role("button", name="Select").click()
    exclude.click()
    expect(page.get_by_role("heading", name="Exclude 2 items")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    assert len(list_items(served.studio, Filter(title="Hills"))) == 3
    exclude.click()
    page.get_by_label("Why").fill("the set was not ours")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-library > .ct-line")).to_contain_text("2 items are excluded")
    expect(cards).to_have_count(1)
    assert [row["reason"] for row in list_items(served.studio, Filter(state="excluded"))] == [
        "the set was not ours"
    ] * 2
    assert items.get_item(served.studio, 71)["excluded_by"] == "sue"

    page.locator(".ct-filters [name=state]").select_option("excluded")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("Excluded: the set was not ours")
    page.get_by_role("button", name="Select all shown").click()
    page.get_by_role("button", name="Include", exact=True).click()
    expect(page.locator(".ct-library > .ct-line")).to_contain_text("2 items are included again")
    page.get_by_role("button", name="Clear filters").click()

    cards.first.get_by_role("button", name="Select").click()
    page.get_by_role("button", name="Name people …").click()
    page.get_by_label("Names, with commas between").fill("Ada Lovelace, Bo Star")
    page.keyboard.press("Enter")
    expect(cards.first).to_contain_text("Ada Lovelace, Bo Star")
    page.get_by_role("button", name="What was left out").click()
    expect(page.get_by_role("dialog")).to_contain_text("black: 1, such as Harbour.mov at 0:00:01.0")


def test_a_creative_browses_real_frames_and_clips(page: Page, served: Served, tmp_path: Path) -> None:
    add_licence(served.studio, "catalogue", holder="the studio", uses=["training"])
    add(served.studio, write_film(tmp_path / "quay.mp4", pictures([(1, 3.0), (2, 3.0)])), "The quay")
    sign_in(page, served, "ana", "/library")
    expect(page.locator(CARD).first).to_be_visible()
    page.wait_for_function(
        "[...document.querySelectorAll('.ct-library-card img')].every((image) => image.complete && image.naturalWidth)"
    )
    page.wait_for_function(
        "[...document.querySelectorAll('.ct-library-card video')].every((clip) => clip.videoWidth === 160)"
    )
    assert page.locator(f"{CARD} video").count() == 2
    assert page.locator(".ct-library .ct-pick").count() == 0
    expect(page.get_by_role("button", name="Exclude …")).to_be_hidden()
    expect(page.get_by_role("button", name="What was left out")).to_be_hidden()
    page.locator(".ct-filters [name=kind]").select_option("clip")
    expect(page.locator(CARD)).to_have_count(2)
    page.locator(".ct-open").nth(1).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The quay")
    expect(dialog).to_contain_text("0:00:03 · shot 2 · frames 75 to 98")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_an_empty_library_says_what_fills_it(page: Page, served: Served) -> None:
    sign_in(page, served, "sue", "/library")
    expect(page.locator(".ct-library .ct-count")).to_contain_text("circletake library add PATH --title T --licence L")
    page.locator(".ct-filters [name=kind]").select_option("clip")
    expect(page.locator(".ct-library .ct-count")).to_have_text("Nothing here has all of these filters.")


def test_a_brief_starts_from_a_library_frame(page: Page, served: Served, tmp_path: Path) -> None:
    """From the item's dialog, and chosen on the page Briefs; the draft keeps it."""
    add_licence(served.studio, "catalogue", holder="the studio", uses=["training", "drawing"])
    add(served.studio, write_film(tmp_path / "quay.mp4", pictures([(1, 3.0), (2, 3.0)])), "The quay")
    stills = list_items(served.studio, Filter(kind="still"))
    items.exclude(served.studio, [stills[0]["id"]], "not this one", person=None, actor="sue")
    sign_in(page, served, "ana", "/library?kind=still")
    page.locator(".ct-open").first.click()
    page.get_by_role("link", name="Start a brief from it").click()
    kept = page.locator(".ct-kept")
    expect(kept).to_contain_text("from the library, a still of")
    assert page.url.endswith("/briefs")
    page.get_by_role("button", name="Remove").first.click()
    expect(kept).to_be_hidden()

    page.get_by_role("button", name="From the library …").click()
    dialog = page.get_by_role("dialog", name="Start from a frame or clip of the library")
    expect(dialog.locator(CARD)).to_have_count(len(stills) - 1)  # no clips, and nothing that is excluded
    page.keyboard.type("nothing of this name")
    expect(dialog.locator(CARD)).to_have_count(0)
    expect(dialog).to_contain_text("Nothing in the library is of these words")
    dialog.get_by_role("button", name="Cancel").click()
    expect(kept).to_be_hidden()
    page.get_by_role("button", name="From the library …").click()
    dialog.get_by_label("Search").fill("")
    dialog.locator(CARD).first.get_by_role("button").click()
    expect(kept).to_contain_text("from the library, a still of")
    page.get_by_label("Prompt", exact=True).fill("a house in a field at dusk, in clear weather, wide shot")
    expect(page.locator(".ct-length")).to_contain_text("tokens")
    page.reload()
    expect(kept).to_contain_text("from the library, a still of")
    page.get_by_role("button", name="Queue 4 takes").click()
    expect(page.locator(".ct-outcome")).to_contain_text("is queued")
    source = served.studio.value("SELECT source_media FROM briefs ORDER BY id DESC LIMIT 1")
    assert source in {each["media"] for each in stills[1:]}
