"""A verdict is of the person who gave it, about the pair that they saw, and replaces no other unasked."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Served, add_clips, sign_in
from tests.browser.reviewing import LOOK, SHOWN, ballots, counter, judge, shown_pair, wait_until
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def press(page: Page, *keys: dict[str, Any]) -> None:
    """Keys as a keyboard of another country sends them, one right after the other."""
    page.evaluate(
        "keys => keys.forEach(key => document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...key})))",
        list(keys),
    )


def test_a_double_click_and_a_double_press_judge_one_pair(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.wait_for_timeout(LOOK)
    page.dblclick("button[data-verdict=left]", delay=60)
    expect(page.locator(".ct-hint")).to_contain_text("too quick")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    page.wait_for_timeout(LOOK + 400)
    press(page, {"key": "2", "code": "Digit2"}, {"key": "2", "code": "Digit2"}, {"key": "9", "code": "Digit9"})
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    page.wait_for_timeout(500)
    assert [row["verdict"] for row in ballots(served)] == ["left", "right"]
    assert all(row["elapsed_ms"] >= 150 for row in ballots(served))


def test_a_clip_that_was_not_played_is_not_judged(page: Page, served: Served) -> None:
    add_clips(served.studio)
    page.add_init_script("const play = HTMLMediaElement.prototype.play; window.allow = () => { HTMLMediaElement.prototype.play = play; };"
                         "HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException('', 'NotAllowedError'));")  # fmt: skip
    sign_in(page, served, "ana", "/?shot=CLIP_010")
    page.wait_for_selector(SHOWN)
    before = shown_pair(page)
    page.wait_for_timeout(LOOK)
    page.keyboard.press("1")
    expect(page.locator(".ct-hint")).to_contain_text("have not been played")
    assert shown_pair(page) == before
    page.evaluate("window.allow()")
    page.keyboard.press("Space")
    page.wait_for_function(
        "[...document.querySelectorAll('.ct-side video')].every(clip => clip.played.length && clip.played.end(0) > 0)"
    )
    judge(page, "1")
    wait_until(page, lambda: len(ballots(served)) == 1)


@pytest.mark.parametrize(
    ("name", "keys", "verdicts"),
    [
        ("AZERTY", [("Digit1", "&", False), ("Digit2", "é", False), ("Digit0", "à", False)], ["left", "right", "tie"]),
        ("AZERTY, with Shift", [("Digit1", "1", True), ("Digit9", "9", True)], ["left", "both_bad"]),
        ("Russian", [("KeyS", "ы", False), ("Digit2", "2", False)], ["skip", "right"]),
        ("number pad", [("Numpad1", "1", False), ("Numpad9", "9", False)], ["left", "both_bad"]),
    ],
)  # fmt: skip
def test_keyboards_of_the_world(
    page: Page, served: Served, name: str, keys: list[tuple[str, str, bool]], verdicts: list[str]
) -> None:
    sign_in(page, served, "ana")
    for number, (code, key, shift) in enumerate(keys):
        page.wait_for_selector(SHOWN)
        page.wait_for_timeout(LOOK)
        press(page, {"code": code, "key": key, "shiftKey": shift})
        expect(page.locator(".ct-counter")).to_have_text(f"saved {number + 1} · 0 pending")
    assert [row["verdict"] for row in ballots(served)] == verdicts
    assert served.studio.rows("SELECT * FROM ratings") == [], "no stars by accident"


def test_stars_are_undone_and_removed(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    lit = page.locator(".ct-stars button.ct-on")
    page.keyboard.press("Shift+Digit4")
    expect(lit).to_have_count(4)
    page.keyboard.press("+")
    expect(lit).to_have_count(5)
    page.keyboard.press("z")
    expect(lit).to_have_count(4)
    page.keyboard.press("Shift+Digit4")
    expect(lit).to_have_count(0)
    expect(page.locator(".ct-counter")).to_have_text("saved 4 · 0 pending")
    assert served.studio.rows("SELECT * FROM current_ratings") == []
    page.keyboard.press("z")
    expect(lit).to_have_count(4)
    expect(page.locator(".ct-counter")).to_have_text("saved 5 · 0 pending")
    assert served.studio.value("SELECT stars FROM current_ratings") == 4


def test_keys_are_shown_changed_and_kept(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.wait_for_timeout(LOOK)
    before = shown_pair(page)
    page.keyboard.press("?")
    expect(page.locator("dialog.ct-keys")).to_be_visible()
    page.keyboard.press("1")
    page.click("dialog.ct-keys [data-action=left]")
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.ct-keys")).to_be_hidden()
    assert shown_pair(page) == before, "keys behind the dialog judge nothing"
    expect(page.locator("kbd[data-cap=left]")).to_have_text("C")
    page.reload()
    judge(page, "c")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    assert [row["verdict"] for row in ballots(served)] == ["left"]


def deal(page: Page, pairs: list[dict[str, Any]], **more: Any) -> None:
    """The next page gets these pairs, whatever the server would deal, and no others."""
    left = [{**pair, **more} for pair in pairs]

    def answer(route: Route) -> None:
        route.fulfill(json=left)
        left.clear()

    page.route("**/api/pairs?*", answer)


def test_a_pair_judged_before_is_marked_and_the_first_verdict_stands(page: Page, served: Served) -> None:
    dealt: list[dict[str, Any]] = []
    page.on("response", lambda answer: dealt.extend(answer.json()) if "/api/pairs?" in answer.url else None)
    sign_in(page, served, "ana")
    judged = judge(page, "1")
    expect(page.locator(".ct-check")).to_be_hidden()
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    again = [
        pair for pair in dealt if {pair["left"]["take"], pair["right"]["take"]} == set(map(int, judged.split("-")))
    ]
    deal(page, again[:1], check=True)
    page.reload()
    page.wait_for_selector(SHOWN)
    assert shown_pair(page) == judged
    expect(page.locator(".ct-check")).to_be_visible()
    judge(page, "2")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    first, second = ballots(served)
    assert (second["repeats"], second["supersedes"]) == (first["id"], None)
    assert [row["verdict"] for row in served.studio.rows("SELECT * FROM current_ballots")] == ["left"]
    page.keyboard.press("z")
    expect(page.locator(".ct-counter")).to_have_text("saved 3 · 0 pending")
    assert [row["verdict"] for row in served.studio.rows("SELECT * FROM current_ballots")] == ["left"]


def test_a_note_being_written_survives_a_reload_and_a_dead_server(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("n")
    page.keyboard.type("softer light on the ha")
    served.kill()
    served.start()
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    field = page.locator(".ct-note input")
    expect(field).to_have_value("softer light on the ha")
    expect(page.locator(".ct-note-for")).to_contain_text("you were writing")
    field.press("End")
    field.press_sequentially("nd")
    field.press("Enter")
    expect(page.locator(".ct-counter")).to_have_text("saved 1 · 0 pending")
    assert served.studio.value("SELECT text FROM notes") == "softer light on the hand"
    page.reload()
    page.wait_for_selector(SHOWN)
    expect(page.locator(".ct-note")).to_be_hidden()


def test_undo_knows_what_another_tab_did_and_what_was_done_before_a_reload(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    first = judge(page, "1")
    other = page.context.new_page()
    other.goto(served.address)
    second = judge(other, "2")
    expect(other.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    expect(page.locator(".ct-counter")).to_have_text("saved 2 · 0 pending")
    page.bring_to_front()  # a tab behind another paints nothing
    with page.expect_response("**/api/pairs/leases"):
        page.keyboard.press("z")
    page.wait_for_function("pair => document.querySelector('.ct-review').dataset.shown === pair", arg=second)
    page.reload()
    page.wait_for_selector(SHOWN)
    page.keyboard.press("z")
    page.wait_for_function("pair => document.querySelector('.ct-review').dataset.shown === pair", arg=first)
    expect(page.locator(".ct-counter")).to_have_text("saved 4 · 0 pending")
    assert [row["verdict"] for row in served.studio.rows("SELECT * FROM current_ballots")] == ["skip", "skip"]
    page.keyboard.press("z")
    expect(page.locator(".ct-hint")).to_contain_text("nothing to undo")


def test_skipped_pairs_come_back_when_nothing_else_is_left(page: Page, served: Served) -> None:
    shot = served.studio.value("SELECT code FROM shots ORDER BY id LIMIT 1")
    sign_in(page, served, "ana", f"/?shot={shot}")
    skipped = judge(page, "s")
    for _ in range(5):
        judge(page, "1")
    page.wait_for_function(
        "pair => document.querySelector('.ct-review').dataset.shown === pair", arg=skipped, timeout=15_000
    )
    expect(page.locator(".ct-hint")).to_contain_text("you skipped this pair before")
    page.wait_for_timeout(LOOK)
    page.keyboard.press("2")
    expect(page.locator(".ct-empty b")).to_have_text("Everything in this shot is judged")


@pytest.mark.parametrize("fault", ["throw new DOMException('full', 'QuotaExceededError')", "undefined.blocked"])
def test_a_full_or_blocked_storage_is_named_and_loses_nothing(page: Page, served: Served, fault: str) -> None:
    sign_in(page, served, "ana")
    page.add_init_script(f"Storage.prototype.setItem = () => {{ {fault} }};")
    page.reload()
    for number in range(3):
        judge(page, "1")
        expect(page.locator(".ct-counter")).to_contain_text("0 pending")
        assert len(ballots(served)) == number + 1
    expect(page.locator(".ct-problem")).to_contain_text("storage is full or blocked")
    assert counter(page) == "saved 3 · 0 pending"


def test_a_damaged_outbox_is_put_aside(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    page.wait_for_selector(SHOWN)
    page.evaluate("localStorage.setItem('circletake.outbox.ana', '[{\"path')")
    other = page.context.new_page()
    other.goto(served.address)
    expect(other.locator(".ct-problem")).to_contain_text("put aside")
    judge(other, "1")
    wait_until(page, lambda: len(ballots(served)) == 1)
    assert page.evaluate("localStorage.getItem('circletake.outbox.ana.damaged')") == '[{"path'


@pytest.mark.parametrize("path", ["/", "/briefs", "/board", "/account", "/sessions"])
def test_every_page_says_that_one_is_signed_out_and_leads_back(page: Page, served: Served, path: str) -> None:
    shot = served.studio.value("SELECT code FROM shots ORDER BY id DESC LIMIT 1")
    sign_in(page, served, "ana", f"{path}?shot={shot}")
    before = ""
    if path == "/":
        judge(page, "1")
        page.wait_for_selector(SHOWN)
        before = shown_pair(page)
    elif path in ("/briefs", "/board"):
        page.wait_for_selector(".ct-take img", timeout=15_000)
    with served.studio.writing() as db:
        db.execute("DELETE FROM sessions")
    if path == "/":
        page.keyboard.press("Shift+Digit3")
    elif path == "/board":
        page.locator(".ct-take button[data-status=approved]").first.click()
    if path in ("/account", "/sessions"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the person comes back to the tab
    page.click("a.ct-sign-in >> nth=0", timeout=15_000)
    page.fill("input[name=name]", "ana")
    page.fill("input[name=password]", PASSWORD)
    page.click("button")
    page.wait_for_selector(".ct-who:not(:empty)")
    assert f"shot={shot}" in page.url
    assert page.url.startswith(served.address + path)
    if before:
        page.wait_for_selector(SHOWN)
        assert shown_pair(page) == before
        wait_until(page, lambda: served.studio.value("SELECT stars FROM ratings") == 3)


def test_a_brief_being_written_survives_a_reload_and_a_restarted_server(page: Page, served: Served) -> None:
    sign_in(page, served, "ana", "/briefs")
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("a lighthouse by the sea at dusk, in the ra")
    page.wait_for_timeout(200)
    served.kill()
    served.start()
    page.goto(served.address + "/briefs")
    expect(prompt).to_have_value("a lighthouse by the sea at dusk, in the ra", timeout=15_000)
    page.wait_for_selector(".ct-brief", timeout=15_000)
    prompt.press("End")
    prompt.press_sequentially("in")
    page.get_by_role("button", name="Queue 4 takes").click()
    wait_until(
        page,
        lambda: (
            served.studio.value("SELECT prompt FROM briefs ORDER BY id DESC LIMIT 1")
            == "a lighthouse by the sea at dusk, in the rain"
        ),
    )
