"""A run that goes on is followed on the Models page: what it says changes by itself, in English and in German."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from feedback.models import nights, run_curves, runs
from feedback.store import Studio
from tests.browser.conftest import Served, sign_in
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser
RUN = ".ct-run"


def begin(studio: Studio) -> tuple[int, Path]:
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/0001", [])
    folder = studio.runs_folder / "0001"
    folder.mkdir(parents=True)
    return run, folder


def measure(folder: Path, *steps: int) -> None:
    for step in steps:
        values = {"loss": 1 - step / 300, "heldout_accuracy": 0.5 + step / 500, "part": 1.0}
        run_curves.add_point(folder, "first", step, 200, values)


def test_a_run_is_followed_without_a_reload(page: Page, served: Served) -> None:
    studio = served.studio
    run, folder = begin(studio)
    holder = nights.this_process()
    night = nights.begin_night(studio, holder)
    nights.enter_stage(studio, night["id"], holder, "tune")
    measure(folder, 10, 20)
    sign_in(page, served, "sue", "/models")
    expect(page.locator(RUN)).to_contain_text(f"Run {run}: step 20 of 200", timeout=15_000)
    expect(page.locator(f"{RUN} .ct-where")).to_contain_text(f"on {holder.host} since")
    expect(page.locator(f"{RUN} .ct-where")).to_contain_text("at its stage: training")
    expect(page.locator(f"{RUN} svg")).to_have_count(2)
    measure(folder, 30, 40)
    expect(page.locator(RUN)).to_contain_text("step 40 of 200", timeout=10_000)
    name = "loss: 0.967 at step 10, 0.867 at step 40"
    expect(page.get_by_role("img", name=name)).to_be_visible()
    assert violations(page) == []
    runs.refuse_run(studio, run, "It does not hold.")
    nights.end_night(studio, night["id"], holder, "refused", "It does not hold.")
    expect(page.locator(RUN)).to_contain_text(f"Run {run} was refused: It does not hold.", timeout=10_000)
    expect(page.locator(f"{RUN} .ct-where")).to_be_hidden()


def test_a_run_is_followed_in_german(page: Page, served: Served) -> None:
    run, folder = begin(served.studio)
    measure(folder, 10, 20)
    page.context.set_extra_http_headers({"Accept-Language": "de"})
    sign_in(page, served, "sue", "/models")
    expect(page.locator(RUN)).to_contain_text(f"Lauf {run}: Schritt 20 von 200", timeout=15_000)
    expect(page.locator(f"{RUN} figcaption").first).to_have_text("Verlust: 0,933 bei Schritt 20")


def test_creatives_see_no_run(page: Page, served: Served) -> None:
    begin(served.studio)
    sign_in(page, served, "ana", "/models")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=15_000)
    page.wait_for_timeout(500)
    expect(page.locator(RUN)).to_be_hidden()
