"""The morning report's page, and the mail, in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from feedback.clock import now
from feedback.report.rendering.render import render_report
from finetune.jobs.morning_report import report_of_day
from tests.browser.conftest import Served, sign_in
from tests.browser.test_accessibility import fill

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TODAY = now()[:10]


def test_supervisors_go_from_day_to_day_and_creatives_are_refused(page: Page, served: Served, tmp_path: Path) -> None:
    fill(served)
    sign_in(page, served, "ada", f"/report?date={TODAY}")
    article = page.locator(".ct-report-body article")
    expect(article.locator("h2").first).to_have_text(f"Morning report of studio: {TODAY}")
    expect(article).to_contain_text("Preferred: warmer rather than cooler, 40 % of the differences.")
    shown = article.locator(".ct-report-pair img").first
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") > 0
    assert page.locator("[data-format=eml]").get_attribute("href") == f"/api/report?date={TODAY}&format=eml"
    page.click("[data-day=before]")
    expect(article).to_contain_text("Nothing was judged on")
    page.locator("input[name=date]").fill("2020-01-02")
    expect(article.locator("h2").first).to_have_text("Morning report of studio: 2020-01-02")
    page.select_option("select[name=project]", "AGM")
    expect(article.locator("h2").first).to_have_text("Morning report of studio, project AGM: 2020-01-02")
    assert page.url.endswith("/report?date=2020-01-02&project=AGM")
    check_mail(page, served, tmp_path)
    page.context.clear_cookies()
    sign_in(page, served, "ana", "/report")
    expect(page.locator(".ct-report .ct-line")).to_contain_text("supervisor")
    expect(article).to_have_count(0)
    expect(page.locator("a[href='/report']")).to_have_count(0)


def check_mail(page: Page, served: Served, folder: Path) -> None:
    """It fetches nothing, its pictures are there, and a phone shows it without scrolling sideways."""
    file = folder / "report.html"
    file.write_text(render_report(served.studio, report_of_day(served.studio, TODAY), "html"))
    mail = page.context.new_page()
    fetched: list[str] = []
    mail.on("request", lambda request: fetched.append(request.url))
    mail.set_viewport_size({"width": 390, "height": 844})
    mail.goto(file.as_uri())
    assert [address for address in fetched if not address.startswith(("file:", "data:"))] == []
    assert mail.evaluate(
        "[...document.images].length > 0 && [...document.images].every((each) => each.naturalWidth > 0)"
    )
    assert mail.evaluate("document.documentElement.scrollWidth") <= 390
    mail.close()
