"""Every page against the rules of WCAG 2.2 AA that a program can check, and some that axe does not."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from feedback.boards import panels
from feedback.clock import now
from feedback.judgements import ballots, notes, statuses
from feedback.models import before_after, runs, versions
from feedback.people import accounts
from feedback.report.house_style import NewDirection, keep_house_style
from feedback.store import Studio
from feedback.trials import blinding, trials
from tests.browser.conftest import Served, add_clips, sign_in
from tests.browser.reviewing import SHOWN
from tests.factories import play_trial, png
from tests.feedback.library.shelf import fill_library

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
METRICS = {"judgements": 60, "heldout_accuracy": 0.7, "heldout_pairs": 40, "kept_content": 0.0, "seconds": 90.0}
NARROW = (390, 480)  # a phone, and 1440 pixels at three times the size
# (path, what is there once the page is)
PAGES = (
    ("/", SHOWN),
    ("/rank?size=6", SHOWN),
    ("/board", ".ct-take img[src]"),
    ("/board?view=wall", ".ct-take img[src]"),
    ("/take?take=1", ".ct-stage img"),
    ("/selects?project=AGM", ".ct-cut-shot button"),
    ("/storyboard?project=AGM&sequence=AGM_104", ".ct-panel img"),
    ("/briefs", ".ct-brief"),
    ("/projects", ".ct-projects td input"),
    ("/library", ".ct-library-card img[src]"),
    ("/sessions", "h1"),
    ("/agreement", "h1"),
    ("/report?date=2020-01-01", ".ct-report-body article"),
    (f"/report?date={now()[:10]}", ".ct-report-body article"),
    ("/summary", "h1"),
    ("/models#before-after", ".ct-comparisons img"),
    ("/ledger?version=v0001", ".ct-ledger article"),
    ("/people", "tr[data-person=ada]"),
    ("/rights", "[data-list=people] tbody tr"),
    ("/account", "[data-list=sessions] tr"),
)


def fill(served: Served) -> None:
    """Something of everything on the pages."""
    studio = served.studio
    ada, ana = (accounts.get_person(studio, name) for name in ("ada", "ana"))
    statuses.set_status(studio, ada, "circled", 1, "circled")
    notes.write_note(studio, ana["id"], "a note", 1, "softer light", region={"x": 0.1, "y": 0.1, "w": 0.3, "h": 0.3})
    panels.add_panels(studio, "AGM", "AGM_104", [1, 5], author="ana")
    for person in (ada, ana):
        for left in (1, 3):
            ballots.cast_ballot(studio, person["id"], f"{person['name']}{left}", left, left + 1, "left", 900)
    add_clips(studio)
    fill_library(studio)
    add_before_after(studio)
    add_trials(studio, ada["id"])


def add_trials(studio: Studio, person: int) -> None:
    """One of v0001 that is over and counts, and one that the person has looked at."""
    for verdict in ("left", "tie"):
        trial, _ = play_trial(studio, person, verdict)
        if trial == 1:
            trials.close_trial(studio, trial, "softer light")
    blinding.unblind_person(studio, "v0001", person)


def add_before_after(studio: Studio) -> None:
    """Of a version that no night made."""
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/0001", [])
    versions.register_candidate(studio, "v0001", "starter", [], run)
    runs.finish_run(studio, run, "v0001", METRICS)
    shown = [NewDirection("warmth", 0.8, 0.4, [(1, 2), (5, 6)]), NewDirection("grain", -0.2, 0.1, [(1, 3)])]
    keep_house_style(studio, run, shown, takes=40, explained=0.5, accuracy=0.7)
    folder, size = before_after.folder_of(studio, "v0001"), {"width": 32, "height": 32}
    assert folder is not None
    compared: before_after.Comparison = {
        "prompt": "a house by day",
        "kind": "still",
        **size,
        "before": "0.png",
        "after": "1.png",
    }  # type: ignore[typeddict-item]
    drawn: before_after.BeforeAfter = {"version": "v0001", "reference": "starter", "comparisons": [compared]}
    before_after.write_before_after(folder, drawn, {"0.png": png(60), "1.png": png(90)})


def violations(page: Page) -> list[str]:
    rules: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['html'][:120]}" for rule in rules for node in rule["nodes"]]


def faults_of(page: Page) -> list[str]:
    """Of the page that is open; what axe leaves to others is counted here."""
    heads, mains = page.locator("h1").count(), page.locator("main").count()
    counted = [] if (heads, mains) == (1, 1) else [f"{heads} h1, {mains} main"]
    return [*violations(page), *counted, *(fault for width in NARROW for fault in too_wide(page, width))]


def too_wide(page: Page, width: int) -> list[str]:
    """What does not fit into so many pixels; the viewport is as before afterwards."""
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.locator(".ct-header form button")).to_be_in_viewport(ratio=1)
    across = page.evaluate("document.documentElement.scrollWidth")
    assert before
    page.set_viewport_size(before)
    return [f"{across} pixels across at {width}"] if across > width else []


def test_every_page_is_for_everyone(page: Page, served: Served) -> None:
    fill(served)
    page.goto(served.address + "/login")
    wrong = {"/login": violations(page)}
    sign_in(page, served, "ada")
    for path, there in PAGES:
        page.goto(served.address + path)
        page.wait_for_selector(there, timeout=15_000)
        page.wait_for_timeout(300)
        wrong[path] = faults_of(page)
    assert {path: faults for path, faults in wrong.items() if faults} == {}

    page.set_viewport_size({"width": 390, "height": 800})
    more = page.get_by_role("button", name="More", exact=True)
    more.click()
    people = page.locator(".ct-header").get_by_role("link", name="People")
    expect(people).to_be_in_viewport(ratio=1)
    assert violations(page) == []
    people.click()
    expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
    page.set_viewport_size({"width": 1920, "height": 800})
    expect(more).to_be_hidden()
    expect(page.locator(".ct-pages a")).to_have_count(14)
