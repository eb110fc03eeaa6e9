"""The board in a real browser: judged in place, by mouse and by keyboard, and many takes at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import opentimelineio as otio
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from feedback.judgements import notes
from feedback.judgements.statuses import set_status, status_of
from feedback.people import accounts
from feedback.production import render_queue
from feedback.store import Studio
from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import intercept, refuse_posts, wait_until
from tests.ui import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOWN = ".ct-board[data-shown]"
EVIL = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, scenes: Path) -> Iterator[Served]:
    """One server for all tests of the board."""
    folder = shutil.copytree(scenes, tmp_path_factory.mktemp("board") / "studio")
    server = Served(Studio.open(folder), serving.free_port())
    server.start()
    yield server
    serving.stop(server.process)  # type: ignore[arg-type]


@pytest.fixture
def served(running: Served) -> Served:
    """The same studio without what other tests left in it."""
    with running.studio.writing() as db:
        for table in ("selects", "statuses", "ratings", "notes"):
            db.execute(f"DELETE FROM {table}")
        db.execute("DELETE FROM takes WHERE id > 32")
    return running


def open_board(page: Page, served: Served, name: str = "sue", query: str = "") -> None:
    sign_in(page, served, name, f"/board{query}")
    page.wait_for_selector(SHOWN, timeout=15_000)


def statuses(served: Served) -> list[str]:
    return [status_of(served.studio, take) for take in range(1, 33)]


def places(page: Page) -> list[int]:
    return sorted(
        int(place) for place in page.eval_on_selector_all(".ct-take", "all => all.map((each) => each.dataset.place)")
    )


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_supervisor_circles_and_exports_and_a_creative_may_not(page: Page, served: Served) -> None:
    open_board(page, served)
    expect(page.locator(".ct-take img[src]").first).to_be_visible(timeout=15_000)
    page.locator(".ct-take [data-status=circled]").first.click()
    expect(page.locator(".ct-take.ct-circled")).to_have_count(1)
    wait_until(page, lambda: served.studio.value("SELECT count(*) FROM selects WHERE NOT removed") == 1)
    expect(page.locator("a.ct-export")).to_have_count(5)
    with page.expect_download() as download:
        page.click("a.ct-export >> text=OTIO")
    assert download.value.suggested_filename == "AGM_selects.otio"
    timeline = otio.adapters.read_from_file(str(download.value.path()), adapter_name="otio_json")
    assert len(list(timeline.find_clips())) == 1
    page.click("text=Sign out")
    open_board(page, served, "ana")
    expect(page.locator(".ct-take")).not_to_have_count(0)
    expect(page.locator(".ct-take [data-status=circled]:visible")).to_have_count(1)  # of the take that is
    expect(page.locator(".ct-bulk [data-status=circled]")).to_be_hidden()
    assert "starter" not in page.inner_text(".ct-board")
    expect(page.locator("a.ct-export")).to_have_count(0)
    assert page.eval_on_selector_all("[name=sort] option:not([hidden])", "all => all.length") == 3
    expect(page.locator("[name=version]")).to_be_hidden()


def test_a_click_changes_one_card_at_once_and_what_is_refused_is_taken_back(page: Page, served: Served) -> None:
    open_board(page, served)
    first, second = page.locator("[data-place='0']"), page.locator("[data-place='1']")
    page.evaluate("document.querySelector(\"[data-place='1']\").kept = true")
    waiting: list[Route] = []
    intercept(page, "**/api/statuses", lambda route: waiting.append(route))
    first.locator("[data-status=approved]").click()
    expect(first.locator("[data-status=approved]")).to_have_attribute("aria-pressed", "true")
    wait_until(page, lambda: bool(waiting))
    assert statuses(served)[0] == "wip"  # shown before it is saved
    waiting[0].fulfill(status=409, json={"error": "the disk is full"})
    expect(first.locator(".ct-why")).to_have_text("not saved: the disk is full")
    expect(first.locator("[data-status=wip]")).to_have_attribute("aria-pressed", "true")
    page.unroute("**/api/statuses")
    first.locator("[data-status=approved]").click()
    wait_until(page, lambda: statuses(served)[0] == "approved")
    expect(first.locator(".ct-why")).to_be_empty()
    first.locator("[data-star='4']").click()
    second.locator("[data-star='2']").click()
    second.locator("[data-star='2']").click()
    expect(first.locator(".ct-mean")).to_have_text("4.0 · 1")
    expect(second.locator(".ct-own")).to_have_count(0)
    wait_until(page, lambda: served.studio.tuples("SELECT take, stars FROM current_ratings") == [(1, 4)])
    wait_until(page, lambda: served.studio.value("SELECT count(*) FROM ratings") == 3)
    assert page.evaluate("document.querySelector(\"[data-place='1']\").kept")  # nothing else was drawn anew
    refuse_posts(page, "**/api/ratings", 503, "this machine cannot do that now")
    first.locator("[data-star='1']").click()
    expect(first.locator(".ct-why")).to_contain_text("not saved")
    expect(first.locator(".ct-own")).to_have_count(4)


def test_the_keyboard_alone_is_enough(page: Page, served: Served) -> None:
    open_board(page, served)
    press(page, "ArrowRight", "ArrowRight", "3")
    expect(page.locator("[data-place='1']")).to_be_focused()
    wait_until(page, lambda: served.studio.tuples("SELECT take, stars FROM current_ratings") == [(2, 3)])
    press(page, "ArrowDown", "o")
    wait_until(page, lambda: statuses(served)[5] == "approved")
    press(page, "Shift+ArrowRight", "Shift+ArrowRight", "d")
    expect(page.locator(".ct-saving")).to_contain_text("Saved 3")
    assert [place for place, status in enumerate(statuses(served)) if status == "discarded"] == [5, 6, 7]
    press(page, "Escape", "Home", "x", "ArrowRight", "x", "r")
    expect(page.locator(".ct-count")).to_have_text("2 of 32 takes selected")
    wait_until(page, lambda: statuses(served)[:2] == ["needs_retake"] * 2)
    press(page, "?")
    expect(page.locator("dialog.ct-keys li")).not_to_have_count(0)
    press(page, "o", "Escape")
    assert statuses(served)[1] == "needs_retake"  # no key goes behind the dialog
    press(page, "/")
    expect(page.locator("[name=text]")).to_be_focused()
    page.keyboard.type("w 1")
    assert statuses(served)[1] == "needs_retake"
    press(page, "Enter")
    press(page, "Escape")
    page.locator(".ct-scroller").focus()
    with page.expect_navigation(url="**/take?take=1", wait_until="commit"):
        page.evaluate(
            "document.querySelector('[name=text]').value = ''; document.querySelector('[name=text]').dispatchEvent(new Event('input', {bubbles: true}))"
        )
        expect(page.locator(SHOWN)).to_have_attribute("data-shown", "32")
        press(page, "Home", "Enter")
    page.wait_for_selector(".ct-take-page .ct-stage img")


def test_many_get_a_status_and_each_that_is_refused_says_why(page: Page, served: Served) -> None:
    sue = accounts.get_person(served.studio, "sue")
    set_status(served.studio, sue, "circled", 2, "circled")
    open_board(page, served, "ana", "?view=wall")
    page.locator(".ct-take .ct-picture").nth(0).click()
    page.locator(".ct-take .ct-picture").nth(2).click(modifiers=["Shift"])
    page.locator(".ct-take .ct-picture").nth(4).click(modifiers=["Control"])
    expect(page.locator(".ct-take.ct-selected")).to_have_count(4)
    page.get_by_role("button", name="Select all").click()
    page.get_by_role("button", name="OK", exact=False).first.click()
    expect(page.locator(".ct-saving")).to_contain_text("Saved 31; 1 not saved")
    assert sorted(set(statuses(served))) == ["approved", "circled"]
    expect(page.locator(".ct-take.ct-circled .ct-why")).to_contain_text("only a supervisor")
    press(page, "Escape")
    expect(page.locator(".ct-take.ct-selected")).to_have_count(0)


def test_many_are_sent_again_until_the_server_answers_and_stored_once(page: Page, served: Served) -> None:
    open_board(page, served)
    sent: list[str] = []

    def lose_the_answer(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    intercept(page, "**/api/board/statuses", lose_the_answer)
    press(page, "a", "o")
    expect(page.locator(".ct-saving")).to_contain_text("Saved 32")
    assert sent[0] == sent[1]
    assert served.studio.value("SELECT count(*) FROM statuses") == 32
    page.get_by_role("button", name="Undo").click()
    wait_until(page, lambda: set(statuses(served)) == {"wip"})


def test_the_address_says_what_is_shown(page: Page, served: Served) -> None:
    open_board(page, served, query="?shot=AGM/AGM_104_030")
    expect(page.locator(".ct-shot-name")).to_have_text("AGM_104_030")
    expect(page.locator("[name=shot]")).to_have_value("AGM_104_030")
    page.locator("[name=shot]").select_option("")
    expect(page.locator(SHOWN)).to_have_attribute("data-shown", "32")
    page.get_by_label("View").select_option("wall")
    page.get_by_label("Sort").select_option("newest")
    expect(page.locator("[data-place='0'] .ct-name")).to_have_text("AGM_104_080 · 32")
    assert page.evaluate("location.search") == "?project=AGM&view=wall&sort=newest"
    page.reload()
    expect(page.locator("[data-place='0'] .ct-name")).to_have_text("AGM_104_080 · 32", timeout=15_000)
    page.go_back()
    expect(page.locator("[data-place='0'] .ct-name")).to_have_text("AGM_104_010 · 1", timeout=15_000)
    page.go_back()
    page.go_back()
    expect(page.locator(SHOWN)).to_have_attribute("data-shown", "4")
    page.go_forward()
    expect(page.locator(SHOWN)).to_have_attribute("data-shown", "32")
    page.locator(".ct-more summary").click()
    page.locator("[name=status]").select_option("discarded")
    expect(page.locator(".ct-no-takes")).to_contain_text("Clear the filters")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(SHOWN)).to_have_attribute("data-shown", "32")


def test_words_are_searched_as_they_are_typed_and_never_become_markup(page: Page, served: Served) -> None:
    ana = accounts.get_person(served.studio, "ana")["id"]
    notes.write_note(served.studio, ana, "n", 7, f"a gull {EVIL}")
    open_board(page, served)
    page.get_by_label("Search").fill("GULL")
    expect(page.locator(".ct-take")).to_have_count(1)
    expect(page.locator(".ct-notes")).to_have_text("1 note")
    assert EVIL in (page.locator(".ct-notes").get_attribute("title") or "")
    assert "text=GULL" in page.evaluate("location.search")
    page.get_by_label("Search").fill(EVIL)
    expect(page.locator(".ct-take")).to_have_count(1)
    page.get_by_label("Search").fill("nothing of the kind")
    expect(page.locator(".ct-take")).to_have_count(0)


def test_only_what_is_near_the_view_is_in_the_page(page: Page, served: Served) -> None:
    brief = served.studio.value("SELECT max(id) FROM briefs")
    render_queue.queue_takes(served.studio, brief, range(100, 700))
    page.set_viewport_size({"width": 900, "height": 500})
    open_board(page, served, query="?view=wall")
    expect(page.locator(SHOWN)).to_have_attribute("data-shown", "632")
    assert len(places(page)) < 40
    page.evaluate("document.querySelector('.ct-scroller').scrollTop = 1e6")
    expect(page.locator("[data-place='631'] .ct-wait")).to_have_text("queued")
    expect(page.locator("[data-place='0']")).to_have_count(0)
    assert len(places(page)) < 40
    press(page, "Home")
    expect(page.locator("[data-place='0']")).to_be_focused()
    page.get_by_label("View").select_option("rows")
    expect(page.locator(".ct-shot-row [data-place='0']")).to_have_count(1)
    press(page, *["ArrowDown"] * 8, *["ArrowRight"] * 9)
    expect(page.locator("[data-place='37']")).to_be_focused()
    expect(page.locator("[data-place='37']")).to_be_in_viewport(ratio=0.9)
    assert len(places(page)) < 40


@pytest.mark.parametrize("width", [1440, 390])
def test_a_card_shows_its_last_line_whole(page: Page, served: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_board(page, served)
    expect(page.locator(".ct-take .ct-version").first).to_have_text("starter")
    clipped = """all => all.filter((line) => {
        const { bottom } = line.closest('.ct-take').getBoundingClientRect();
        const lowest = Math.max(...[...line.children].map((part) => part.getBoundingClientRect().bottom));
        return line.scrollHeight > line.clientHeight || lowest > bottom;
    }).length"""
    assert page.eval_on_selector_all(".ct-take .ct-last", clipped) == 0


def test_takes_appear_as_they_are_drawn(page: Page, served: Served) -> None:
    brief = served.studio.value("SELECT max(id) FROM briefs")
    (take,) = render_queue.queue_takes(served.studio, brief, [900])
    open_board(page, served, query="?shot=AGM_104_080&sort=newest")
    card = page.locator("[data-place='0']")
    expect(card.locator(".ct-wait")).to_have_text("queued")
    render_queue.lease_takes(served.studio, "w", 1)
    render_queue.fail_take(served.studio, take, "w", "no memory")
    expect(card.locator(".ct-wait")).to_have_text("no memory", timeout=10_000)


def test_a_board_that_cannot_be_read_says_so_and_is_read_again(page: Page, served: Served) -> None:
    sign_in(page, served, "sue", "/models")
    page.route("**/api/board", lambda route: route.fulfill(status=503, json={"error": "the database is damaged"}))
    page.goto(f"{served.address}/board")
    expect(page.locator(".ct-no-takes")).to_contain_text("the database is damaged", timeout=15_000)
    page.unroute("**/api/board")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".ct-take")).not_to_have_count(0)
    page.goto(f"{served.address}/board?project=NONE")
    expect(page.locator(".ct-no-takes")).to_contain_text("no project 'NONE'", timeout=15_000)


def test_what_others_change_appears_in_place_and_new_takes_wait_until_they_are_shown(
    page: Page, browser: Browser, served: Served
) -> None:
    open_board(page, served, "ana", "?view=wall")
    card = page.locator("[data-place='5']")
    card.locator(".ct-picture").click()
    expect(page.locator(".ct-take.ct-selected")).to_have_count(1)
    named = card.locator(".ct-name").get_attribute("href")
    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    open_board(other, served, "sue")
    page.evaluate("document.querySelector(\"[data-place='5']\").kept = true")
    for place, star in ((0, 4), (1, 2)):
        other.locator(f"[data-place='{place}'] [data-star='{star}']").click()
    expect(page.locator(".ct-mean", has_text="4.0 · 1")).to_have_count(1, timeout=15_000)
    served.kill()
    served.start()
    other.locator("[data-place='2'] [data-status=approved]").click()
    expect(page.locator(".ct-ladder [data-status=approved].ct-on")).to_have_count(1, timeout=20_000)
    render_queue.queue_takes(served.studio, 1, [901, 902])
    button = page.get_by_role("button", name="2 new takes: show")
    expect(button).to_be_visible(timeout=15_000)
    assert page.get_attribute(".ct-board", "data-shown") == "32"
    assert page.evaluate("document.querySelector(\"[data-place='5']\").kept")
    assert card.locator(".ct-name").get_attribute("href") == named
    button.click()
    expect(page.locator(".ct-board[data-shown='34']")).to_have_count(1)
    expect(button).to_be_hidden()
    expect(page.locator(".ct-take.ct-selected .ct-name")).to_have_attribute("href", named or "")
    other.context.close()
