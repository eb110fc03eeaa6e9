"""A verdict counts only for what could be seen: both pictures decoded, both clips with a frame to show."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, add_clips, sign_in
from tests.browser.reviewing import SHOWN, ballots, counter, judge

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_no_verdict_before_both_pictures_are_there(page: Page, served: Served) -> None:
    page.route("**/media/*", lambda route: None)  # neither answered nor refused
    sign_in(page, served, "ana")
    expect(page.locator(".ct-unseen")).to_have_text(["Loading take 1", "Loading take 2"], timeout=15_000)
    for key in ("1", "2", "0", "9", "Shift+Digit3", "n"):
        page.keyboard.press(key)
    expect(page.locator(".ct-note")).to_be_hidden()
    expect(page.locator(".ct-unseen").first).to_contain_text("still loading; S skips the pair")
    assert (counter(page), ballots(served)) == ("saved 0 · 0 pending", [])
    page.keyboard.press("s")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    page.unroute("**/media/*")  # which also lets go what was held
    judge(page, "1")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    assert [(row["verdict"], row["elapsed_ms"] > 0) for row in ballots(served)] == [("skip", False), ("left", True)]


def test_what_cannot_be_loaded_is_said_and_can_be_tried_again_or_skipped(page: Page, served: Served) -> None:
    page.route("**/media/*", lambda route: route.abort())
    sign_in(page, served, "ana")
    unseen = page.locator(".ct-unseen")
    expect(unseen.nth(0)).to_contain_text("Could not load take 1", timeout=15_000)
    expect(unseen.nth(1)).to_contain_text("Could not load take 2")
    page.keyboard.press("1")
    assert counter(page) == "saved 0 · 0 pending"
    page.keyboard.press("s")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    expect(unseen.nth(0)).to_contain_text("Could not load take 1")
    page.unroute("**/media/*")
    unseen.nth(0).get_by_role("button", name="Retry").click()
    page.wait_for_selector(SHOWN)
    expect(unseen).to_have_count(0)
    judge(page, "2")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    assert [row["verdict"] for row in ballots(served)] == ["skip", "right"]


def test_no_verdict_on_clips_before_both_have_a_frame(page: Page, served: Served) -> None:
    add_clips(served.studio)
    sign_in(page, served, "ana")
    page.route("**/media/*", lambda route: None)
    page.goto(served.address + "/?shot=CLIP_010")
    expect(page.locator(".ct-unseen")).to_have_text(["Loading take 1", "Loading take 2"], timeout=15_000)
    for key in ("1", "2", "0", "9"):
        page.keyboard.press(key)
    expect(page.locator(".ct-unseen").first).to_contain_text("still loading; S skips the pair")
    assert (counter(page), ballots(served)) == ("saved 0 · 0 pending", [])
    page.unroute("**/media/*")
    judge(page, "1")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")


def test_clips_play_while_judged_and_undo_shows_them_again(page: Page, served: Served) -> None:
    add_clips(served.studio)
    sign_in(page, served, "ana")
    page.goto(served.address + "/?shot=CLIP_010")
    for key in "121":
        page.wait_for_selector(SHOWN)
        # Not readyState: it falls for a moment whenever a clip loops or is brought in step with its partner.
        page.wait_for_function(
            "() => { const clips = [...document.querySelectorAll('.ct-side video')];"
            " return clips.length === 2 && clips.every((clip) => clip.currentTime > 0); }"
        )
        judge(page, key)
    expect(page.locator(".ct-empty")).to_contain_text("Everything in this shot is judged")
    for _ in range(3):
        page.keyboard.press("z")
    page.wait_for_selector(SHOWN)
    judge(page, "0")
    expect(page.locator(".ct-counter")).to_have_text("saved 7 · 0 pending")
