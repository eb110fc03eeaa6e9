"""The demo as a newcomer starts it: what to do next on every page, and a night at the press of a button."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from feedback.production import cancellation
from tests.browser.test_accessibility import violations
from tests.factories import new_studio
from tests.ui import serving
from ui.demo import fill_demo
from ui.security.access import DEMO_PERSON

pytestmark = pytest.mark.browser
GUIDE = ".ct-guide"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """The address of a fresh demo, with its worker, which has nothing to draw."""
    studio = new_studio(tmp_path / "studio")
    fill_demo(studio)
    queued = [row["id"] for row in studio.rows("SELECT id FROM takes")]
    cancellation.cancel_takes(studio, queued, actor=DEMO_PERSON, own_only=False)
    studio.close()
    port = serving.free_port()
    process = serving.start(tmp_path / "studio", port, "--demo")
    serving.healthy(port, process)
    yield f"http://127.0.0.1:{port}"
    serving.stop(process)


@pytest.mark.timeout(180)
def test_the_guide_leads_and_a_night_is_started_here(page: Page, demo: str) -> None:
    page.goto(f"{demo}/")
    expect(page.locator(GUIDE)).to_contain_text("0 of 30", timeout=15_000)
    expect(page.locator(f"{GUIDE} li[aria-current=step]")).to_have_text("1Judge")
    expect(page.locator(f"{GUIDE} a")).to_be_hidden()  # this is the page to which it would lead
    assert edges(page, GUIDE)[1] <= edges(page, ".ct-review")[0], "it lies over nothing"
    assert violations(page) == []

    page.goto(f"{demo}/models")
    expect(page.locator(f"{GUIDE} a")).to_have_text("Review", timeout=15_000)
    tuning = page.locator(".ct-tuning")
    tuning.get_by_role("button", name="Tune now").click()
    expect(tuning.get_by_role("button", name="Stop")).to_be_visible()
    expect(tuning.locator(".ct-night")).to_contain_text("judge at least 16 pairs", timeout=60_000)
    expect(tuning.get_by_role("button", name="Tune now")).to_be_visible()

    page.locator(f"{GUIDE} button", has_text="×").click()
    expect(page.locator(GUIDE)).to_be_hidden()
    page.goto(f"{demo}/agreement")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(GUIDE)).to_be_hidden()
    assert edges(page, ".ct-page h1")[0] < edges(page, ".ct-header")[1] + 40, "it has left no gap"


def edges(page: Page, selector: str) -> tuple[float, float]:
    """Upper and lower, in pixels."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"], box["y"] + box["height"]
