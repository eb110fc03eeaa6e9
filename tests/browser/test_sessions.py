"""Review sessions, progress, what one chose, commands by name and who agrees with whom, in a real browser on one server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from feedback.agreement.standings import PairRow, StandingRow, keep_standings
from feedback.judgements import ballots as record
from feedback.models import runs
from feedback.people import accounts
from feedback.production.review_sessions import TakeFilter, filter_takes, make_session
from feedback.store import Studio
from tests.browser.conftest import Served, add_clips, sign_in
from tests.browser.reviewing import SHOWN, ballots, judge, shown_pair, wait_until
from tests.ui import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SESSION = "Dailies & more"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, scenes: Path) -> Iterator[Served]:
    """One server for all of this file; each test has shots of its own."""
    studio = Studio.open(shutil.copytree(scenes, tmp_path_factory.mktemp("sessions") / "studio"))
    server = Served(studio, serving.free_port())
    server.start()
    yield server
    serving.stop(server.process)  # type: ignore[arg-type]


def person(served: Served, name: str) -> int:
    return accounts.get_person(served.studio, name)["id"]


def takes_of(served: Served, shot: str) -> list[int]:
    return filter_takes(served.studio, "AGM", TakeFilter(shots=[shot]))


def test_a_session_is_made_shared_judged_to_its_end_and_closed(page: Page, served: Served) -> None:
    sign_in(page, served, "sue", "/sessions")
    form = page.locator(".ct-sessions form")
    expect(form.locator(".ct-number")).to_have_text("32 takes", timeout=15_000)
    form.get_by_label("Name", exact=True).fill(SESSION)
    form.get_by_label("Shots").fill("AGM_104_010, AGM_104_999")
    expect(form.locator(".ct-number")).to_contain_text("no shot 'AGM_104_999'")
    form.get_by_label("Shots").fill("AGM_104_010")
    form.get_by_label("People").fill("ana")
    expect(form.locator(".ct-number")).to_have_text("4 takes")
    form.get_by_role("button", name="Make the session").click()
    row = page.locator(".ct-sessions tbody tr")
    expect(row).to_contain_text("0 of 6", timeout=15_000)
    link = row.locator("a", has_text=SESSION).get_attribute("href")
    assert link == "/?session=Dailies+%26+more&project=AGM"
    page.click("text=Sign out")

    sign_in(page, served, "ana", link)
    so_far = page.locator(".ct-so-far")
    expect(so_far).to_have_text(f"0 of 6 in {SESSION}")
    judge(page, "1")
    expect(so_far).to_have_text(f"1 of 6 in {SESSION}")
    page.keyboard.press("z")
    expect(so_far).to_have_text(f"0 of 6 in {SESSION}")
    for key in "120921":
        assert page.inner_text(".ct-shot") == "AGM_104_010"
        judge(page, key)
    expect(page.locator(".ct-empty b")).to_have_text(f"Everything in {SESSION} is judged", timeout=15_000)
    page.get_by_role("link", name="See what you chose").click()
    expect(page.locator(".ct-summary h1")).to_have_text(f"What you chose in {SESSION}", timeout=15_000)
    expect(page.locator(".ct-choices li")).to_have_count(6)
    expect(page.locator(".ct-figures")).to_contain_text("6 of 6")
    expect(page.locator(".ct-next a")).to_have_text("Go on with all takes: 42 pairs left")
    assert (
        page.locator(".ct-choices img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 128
    )
    page.locator(".ct-next a").click()
    expect(page.locator(".ct-so-far")).to_have_text("6 of 48", timeout=15_000)
    page.click("text=Sign out")

    sign_in(page, served, "sue", "/sessions")
    expect(page.locator(".ct-people")).to_contain_text("ana6 of 6", timeout=15_000)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=f"Close: {SESSION}").click()
    expect(page.locator(".ct-sessions > .ct-line")).to_have_text(f"{SESSION} is closed.")
    page.goto(served.address + link)
    expect(page.locator(".ct-empty b")).to_have_text(f"{SESSION} is closed", timeout=15_000)


def test_a_reload_comes_back_to_the_session_and_the_pair_and_undo_reaches_behind_it(page: Page, served: Served) -> None:
    make_session(served.studio, person(served, "sue"), "AGM", "Resume", takes_of(served, "AGM_104_020"))
    sign_in(page, served, "ana", "/?session=Resume")
    first = judge(page, "1")
    page.wait_for_selector(SHOWN)
    second = shown_pair(page)
    wait_until(
        page, lambda: "pending" in page.inner_text(".ct-counter") and " 0 pending" in page.inner_text(".ct-counter")
    )
    page.reload()
    page.wait_for_selector(SHOWN)
    assert shown_pair(page) == second
    expect(page.locator(".ct-so-far")).to_have_text("1 of 6 in Resume")
    page.keyboard.press("z")
    page.wait_for_function("pair => document.querySelector('.ct-review').dataset.shown === pair", arg=first)
    expect(page.locator(".ct-so-far")).to_have_text("0 of 6 in Resume")


def test_a_session_that_is_not_there_says_so(page: Page, served: Served) -> None:
    sign_in(page, served, "ana", "/?session=Nothing")
    expect(page.locator(".ct-empty b")).to_contain_text("no review session 'Nothing'", timeout=15_000)
    page.get_by_role("link", name="Review everything").click()
    page.wait_for_selector(SHOWN)
    expect(page.locator(".ct-so-far")).not_to_be_empty()  # it comes after the pair
    for width in (1440, 820, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for element in (
            page.get_by_role("button", name="Sign out"),
            page.locator(".ct-so-far"),
            page.locator(".ct-counter"),
        ):
            box = element.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= width + 1


def test_commands_by_name_with_the_keyboard_alone(page: Page, served: Served) -> None:
    sign_in(page, served, "ana", "/?shot=AGM_104_030")
    page.wait_for_selector(SHOWN)
    button, field = page.locator(".ct-commands"), page.get_by_role("combobox", name="Command")
    expect(button).to_contain_text("Ctrl K")
    button.focus()
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    options = page.get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert options.first.get_attribute("id") == field.get_attribute("aria-activedescendant")
    before, shown = len(ballots(served)), shown_pair(page)
    page.keyboard.type("1qz")  # text, and no verdict behind the palette
    expect(page.get_by_role("dialog", name="Commands").get_by_role("status")).to_have_text("No command matches")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(button).to_be_focused()
    assert (len(ballots(served)), shown_pair(page)) == (before, shown)
    page.keyboard.press("Control+k")
    page.keyboard.type("mirror")
    expect(options.first).to_have_text("MirrorH")
    page.keyboard.press("Enter")
    expect(page.locator("[data-view=flop]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+k")
    page.keyboard.type("both bad")
    page.keyboard.press("Enter")
    page.wait_for_function("before => document.querySelector('.ct-review').dataset.shown !== before", arg=shown)
    wait_until(page, lambda: len(ballots(served)) == before + 1)
    assert ballots(served)[-1]["verdict"] == "both_bad"
    page.keyboard.press("Control+k")
    options.first.wait_for()
    page.keyboard.press("ArrowUp")  # from the first to the last
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.type("board of 040")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served.address}/board?shot=AGM%2FAGM_104_040", timeout=15_000)
    button.click()
    page.keyboard.type("go to briefs")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served.address}/briefs")


def test_who_differs_with_whom_and_on_what(page: Page, served: Served) -> None:
    ids = takes_of(served, "AGM_104_050")
    for who, verdicts in (("ana", "left right tie left left both_bad"), ("ada", "left right tie left right left")):
        for (a, b), verdict in zip(combinations(ids, 2), verdicts.split(), strict=True):
            record.cast_ballot(served.studio, person(served, who), f"{who}{a}{b}", a, b, verdict, 900)
    people = [
        StandingRow(person(served, who), kind, along)
        for who, kind, along in (("ana", "own", "horizon"), ("ada", "alike", ""))
    ]
    run = runs.start_run(served.studio, "guided", {}, "0" * 64, "runs/0001", [])
    runs.fail_run(served.studio, run, "only made for what it tells of people")
    pairs = [
        PairRow(person(served, "ana"), a, b, like, True, 1.0) for (a, b), like in ((ids[:2], False), (ids[2:4], True))
    ]
    keep_standings(served.studio, run, people, [*pairs, PairRow(person(served, "ada"), *ids[:2], True, True, 0.0)])
    sign_in(page, served, "sue", "/agreement?project=AGM&shot=AGM_104_050")
    beside = page.get_by_role("table", name="Each person and the others")
    expect(beside.get_by_role("row", name="ana")).to_contain_text("unlike the others on 1 of 2 pairs", timeout=15_000)
    expect(beside.get_by_role("row", name="ana")).to_contain_text(
        "has an eye of their own; differs most in the horizon"
    )
    expect(beside.get_by_role("row", name="ada")).to_contain_text("judges like the others")
    beside.get_by_role("button", name="ana").click()
    expect(page.get_by_role("heading", name="What ana chose, left, and the others like less")).to_be_focused()
    expect(page.locator(".ct-unlike li")).to_have_count(1)
    expect(page.locator(".ct-unlike li")).to_contain_text("as their other verdicts say")
    cell = page.get_by_role("button", name="ada and ana say the same of 4 of 6 pairs")
    expect(cell).to_have_text("67 % 6", timeout=15_000)
    expect(page.locator(".ct-figures")).to_contain_text("over 6 pairs")
    expect(page.get_by_role("table", name="By shot")).to_contain_text("AGM_104_050")
    cell.focus()
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name="ada and ana differ on 2 pairs")
    expect(heading).to_be_focused()
    expect(page.locator(".ct-differences li")).to_have_count(2)
    expect(page.locator(".ct-differences li").first).to_contain_text("ada: left")
    page.locator("select[name=shot]").select_option("AGM_104_060")
    expect(page.locator(".ct-line")).to_have_text("Nobody has judged anything here yet.")
    assert "shot=AGM_104_060" in page.url
    page.click("text=Sign out")
    sign_in(page, served, "ana", "/agreement")
    expect(page.locator(".ct-agreement .ct-line")).to_contain_text("this needs the role supervisor", timeout=15_000)
    expect(page.locator("a[href='/agreement']")).to_have_count(0)


def test_clips_have_buttons_with_their_keys_and_stills_have_none(page: Page, served: Served) -> None:
    add_clips(served.studio)  # the last test of this file: others count the takes
    sign_in(page, served, "ana", "/?shot=AGM_104_080")
    page.wait_for_selector(SHOWN)
    buttons = page.get_by_role("group", name="Clips").get_by_role("button")
    expect(buttons).to_have_count(0)
    page.goto(f"{served.address}/?shot=CLIP_010")
    page.wait_for_selector(SHOWN)
    expect(buttons).to_have_count(8)
    expect(page.get_by_role("button", name="Stand still")).to_have_text("K")
    page.get_by_role("button", name="Stand still").click()
    paused = "() => [...document.querySelectorAll('.ct-stage video')].every((clip) => clip.paused)"
    page.wait_for_function(paused)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"() => !({paused})()")
