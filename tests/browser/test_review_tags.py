"""Tags in the review room: added to the chosen take, seen, removed, kept while the server is away."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import LOOK, SHOWN, ballots, refuse_posts, shown_pair

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def words(served: Served) -> list[tuple[int, str]]:
    """(take, word) of the tags that were not removed."""
    rows = served.studio.rows("SELECT take, word FROM tags WHERE removed_by IS NULL ORDER BY id")
    return [(row["take"], row["word"]) for row in rows]


def test_tags_of_the_chosen_take_are_added_seen_and_removed(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("t")
    expect(page.locator(".ct-tags-for")).to_have_text("Tags of the right take")
    for word in ("Warm light", "2 birds"):
        page.keyboard.type(word)
        page.keyboard.press("Enter")
    chips = page.locator(".ct-tags li")
    expect(chips).to_have_text(["2 birds×", "warm light×"])
    page.get_by_role("button", name="Remove 2 birds").click()
    expect(chips).to_have_text(["warm light×"])
    page.keyboard.press("Escape")
    expect(page.locator(".ct-tags")).to_be_hidden()
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("t")
    expect(page.locator(".ct-tags-for")).to_have_text("Tags of the left take")
    expect(chips).to_have_count(0)
    page.keyboard.type("flat")
    page.click("[data-verdict=left]")  # a word without Enter is not lost, and the page says so
    expect(page.locator(".ct-hint")).to_contain_text("the tag “flat” on the left take is kept")
    expect(page.locator(".ct-counter")).to_have_text("saved 4 · 0 pending")
    (ballot,) = ballots(served)
    assert words(served) == [(ballot["right"], "warm light"), (ballot["left"], "flat")]


def test_a_tag_waits_for_its_receipt_and_can_be_removed_after_it(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    refuse_posts(page, "**/api/tags", 500, "the disk is full")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("t")
    page.keyboard.type("warm")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-tags li.ct-pending")).to_have_text("warm")
    expect(page.locator(".ct-counter")).to_have_text("saved 0 · 1 pending")
    page.unroute("**/api/tags")
    expect(page.locator(".ct-tags li")).to_have_text(["warm×"], timeout=15_000)
    assert [word for _, word in words(served)] == ["warm"]


def test_a_long_tag_is_cut_by_the_field_and_one_of_blanks_is_none(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("t")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.keyboard.type("x" * 50)
    page.keyboard.press("Enter")
    expect(page.locator(".ct-tags li")).to_have_text(["x" * 40 + "×"])
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")


@pytest.fixture
def studios_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIRCLETAKE_TAGS", "hands, soft focus")
    monkeypatch.setenv("CIRCLETAKE_BOTH_BAD_ASKS_TAG", "true")


def test_the_studios_tags_have_keys_and_both_bad_asks_for_one(studios_tags: None, page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("t")
    hands = page.get_by_role("button", name="1 hands")
    page.keyboard.press("1")
    expect(hands).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    expect(page.locator(".ct-tags li")).to_have_text(["hands×"])
    page.keyboard.press("1")
    expect(hands).to_have_attribute("aria-pressed", "false")
    assert words(served) == []
    page.keyboard.type("x1")  # a digit in a word is one
    page.keyboard.press("Enter")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    page.keyboard.press("Escape")
    page.wait_for_timeout(LOOK)

    before = shown_pair(page)
    page.keyboard.press("9")
    expect(page.locator(".ct-tags-for")).to_contain_text("Why were both bad?")
    assert shown_pair(page) != before
    page.keyboard.press("2")
    expect(page.locator(".ct-tags")).to_be_hidden()
    expect(page.locator(".ct-counter")).to_have_text("saved 5 · 0 pending")
    (ballot,) = ballots(served)
    assert words(served)[1:] == [(ballot["left"], "soft focus"), (ballot["right"], "soft focus")]
    page.wait_for_selector(SHOWN)
    page.wait_for_timeout(LOOK)
    page.keyboard.press("9")
    expect(page.locator(".ct-tags-for")).to_contain_text("Why were both bad?")
    page.keyboard.press("Escape")  # it may be left out
    expect(page.locator(".ct-counter")).to_have_text("saved 6 · 0 pending")
    assert len(words(served)) == 3
