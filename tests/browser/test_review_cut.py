"""The takes of a pair in their place in the cut."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from feedback.judgements.statuses import set_status
from feedback.models import versions
from feedback.people import accounts
from feedback.production import briefs, render_queue, shots
from feedback.trials import trials
from feedback.trials.counting import Limits
from tests.browser.conftest import Served, add_clips, sign_in
from tests.browser.reviewing import LOOK, SHOWN, ballots, shown_pair, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOXES = (
    "[...document.querySelectorAll('.ct-stage > .ct-side')].map((box) => JSON.stringify(box.getBoundingClientRect()))"
)


def circle(served: Served, *takes: int, status: str = "circled") -> None:
    for take in takes:
        set_status(served.studio, accounts.get_person(served.studio, "sue"), f"{status} {take}", take, status)


def add_still_beside_clips(served: Served) -> int:
    """A done still in CLIP_020."""
    studio, shot = served.studio, shots.add_shot(served.studio, "AGM", "CLIP_020")
    brief = briefs.write_brief(studio, shot["id"], "a house by night", author="ana")
    (take,) = render_queue.queue_takes(studio, brief["id"], [1])
    render_queue.lease_takes(studio, "test", 1)
    sha256 = studio.value("SELECT media FROM takes WHERE id = 1")
    files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
    render_queue.finish_take(studio, take, "test", **files, provenance={})
    return take


# What is said for half a second is missed by whoever looks once a second.
LISTEN = """() => {
  window.shownTexts = [];
  new MutationObserver(() => {
    const text = document.querySelector(".ct-cut-where")?.textContent;
    if (text && text !== window.shownTexts.at(-1)) window.shownTexts.push(text);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def shown_texts(page: Page) -> list[str]:
    return page.evaluate("window.shownTexts")


def test_a_shot_is_judged_in_its_place(page: Page, served: Served) -> None:
    circle(served, 1, 9)  # of the shots before and after AGM_104_020
    sign_in(page, served, "ana", "/?shot=AGM_104_020")
    page.wait_for_selector(SHOWN)
    where, view = page.locator(".ct-cut-where"), page.locator(".ct-cut-view")
    expect(page.get_by_role("button", name="In the cut")).to_be_visible()
    before, pair = page.evaluate(BOXES), shown_pair(page)
    page.evaluate(LISTEN)
    page.keyboard.press("c")
    expect(where).to_have_text("Before it: AGM_104_010")
    page.keyboard.press("]")
    page.keyboard.press("]")
    expect(page.locator(".ct-cut-hold")).to_have_text("Stills are held for 0.5 s.")
    played = ["Before it: AGM_104_010", "The left take", "After it: AGM_104_030"]
    wait_until(page, lambda: shown_texts(page)[:3] == played)
    assert "starter" not in page.content()
    page.keyboard.press("c")
    wait_until(page, lambda: "The right take" in shown_texts(page))
    expect(page.locator(".ct-side.ct-focus[data-side=right]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(view).to_be_hidden()
    assert (page.evaluate(BOXES), shown_pair(page)) == (before, pair)
    page.keyboard.press("c")
    expect(view).to_be_visible()
    page.keyboard.press("1")  # a verdict on the pair, and the pair's stage again
    expect(view).to_be_hidden()
    wait_until(page, lambda: [row["verdict"] for row in ballots(served)] in (["left"], ["right"]))
    circle(served, 1, 9, status="approved")
    page.goto(f"{served.address}/?shot=AGM_104_060")
    page.wait_for_selector(SHOWN)
    page.wait_for_timeout(500)
    expect(page.locator(".ct-to-cut")).to_be_hidden()
    page.keyboard.press("c")
    expect(view).to_be_hidden()


def test_a_clip_that_was_seen_in_the_cut_was_played(page: Page, served: Served) -> None:
    add_clips(served.studio)
    circle(served, add_still_beside_clips(served))
    # No clip plays by itself, as where a browser refuses that.
    page.add_init_script("HTMLMediaElement.prototype.plays = HTMLMediaElement.prototype.play;"
                         "HTMLMediaElement.prototype.play = function () {"
                         "  return this.closest('.ct-stage') ? Promise.reject(new Error()) : this.plays(); }")  # fmt: skip
    sign_in(page, served, "ana", "/?shot=CLIP_010")
    page.wait_for_selector(SHOWN)
    page.wait_for_timeout(LOOK)
    page.keyboard.press("1")
    expect(page.locator(".ct-hint")).to_contain_text("not been played")
    for name in ("left", "right"):
        page.keyboard.press("c")
        expect(page.locator(".ct-cut-where")).to_have_text(f"The {name} take")
        expect(page.locator(f".ct-stage [data-side={name}] video[data-stepped]")).to_have_count(1)
    page.keyboard.press("1")
    wait_until(page, lambda: len(ballots(served)) == 1)


def open_trial(served: Served, brief: int) -> None:
    """A drawn trial of one pair; the brief's other takes are dealt no more, so that its pair comes at once."""
    studio = served.studio
    versions.register_candidate(studio, "v0001", "starter", [])
    circle(
        served,
        *(row["id"] for row in studio.rows("SELECT id FROM takes WHERE brief = ?", (brief,))),
        status="discarded",
    )
    trials.open_trial(studio, "v0001", [brief], limits=Limits(1, 1.0))
    pictures = iter(studio.rows("SELECT media FROM takes WHERE brief = 1 ORDER BY id"))
    while leased := render_queue.lease_takes(studio, "test", 16):
        for take in leased:
            sha256 = next(pictures)["media"]
            files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
            render_queue.finish_take(studio, take["id"], "test", **files, provenance={})


def test_a_pair_of_a_trial_is_judged_in_its_place_and_stays_blind(page: Page, served: Served) -> None:
    circle(served, 1, 9)
    open_trial(served, 2)
    answers = []
    page.on("response", lambda response: answers.append(response.text()) if "/api/cut" in response.url else None)
    sign_in(page, served, "ana", "/?shot=AGM_104_020")
    page.wait_for_selector(SHOWN)
    where, pair = page.locator(".ct-cut-where"), shown_pair(page)
    expect(page.get_by_role("button", name="In the cut")).to_be_visible()
    page.evaluate(LISTEN)
    page.keyboard.press("c")
    page.keyboard.press("]")
    page.keyboard.press("]")
    played = ["Before it: AGM_104_010", "The left take", "After it: AGM_104_030"]
    wait_until(page, lambda: shown_texts(page)[:3] == played)
    expect(where).to_be_visible()
    page.keyboard.press("c")
    wait_until(page, lambda: "The right take" in shown_texts(page))
    assert shown_pair(page) == pair
    for name in ("v0001", "starter", "candidate"):
        assert name not in page.locator(".ct-review").inner_html()
        assert not any(name in answer for answer in answers)
    page.keyboard.press("1")
    wait_until(page, lambda: [row["trial"] for row in ballots(served)] == [1])
