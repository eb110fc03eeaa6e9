"""Each page in a real browser: it opens, it does its work, and it refuses those whose role does not allow it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_supervisor_circles_on_the_board_and_a_creative_may_not(page: Page, served: Served) -> None:
    sign_in(page, served, "sue", "/board")
    page.locator(".ct-take button[data-value=circled]").first.click()
    expect(page.locator(".ct-take.ct-circled")).to_have_count(1, timeout=15_000)
    assert served.studio.value("SELECT count(*) FROM selects WHERE NOT removed") == 1
    page.click("text=Sign out")
    sign_in(page, served, "ana", "/board")
    expect(page.locator(".ct-take button[data-value=circled]").first).to_be_disabled(timeout=15_000)
    expect(page.locator(".ct-take").first).not_to_contain_text("starter")


def test_a_brief_is_written_and_its_takes_queued(page: Page, served: Served) -> None:
    sign_in(page, served, "ana", "/briefs")
    page.wait_for_selector(".ct-brief", timeout=15_000)
    page.get_by_label("Negative prompt").wait_for()
    page.get_by_role("button", name="Queue takes").click()
    expect(page.locator(".ct-refused")).to_contain_text("the prompt is empty")
    page.get_by_label("Prompt", exact=True).fill("a house in a field at dusk, in clear weather, wide shot")
    page.get_by_label("Seed").fill("41")
    page.get_by_role("button", name="Queue takes").click()
    expect(page.locator(".ct-page .ct-line", has_text="4 takes from seed 41")).to_be_visible(timeout=15_000)
    assert [row["seed"] for row in served.studio.rows("SELECT seed FROM takes ORDER BY id DESC LIMIT 4")] == [
        44,
        43,
        42,
        41,
    ]


def test_models_tells_what_is_in_production_and_refuses_a_creative(page: Page, served: Served) -> None:
    sign_in(page, served, "ana", "/models")
    expect(page.locator(".ct-table")).to_contain_text("production", timeout=15_000)
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator(".ct-refused")).to_contain_text("supervisor", timeout=15_000)


def test_an_admin_adds_a_person_and_others_see_nothing(page: Page, served: Served) -> None:
    sign_in(page, served, "ada", "/people")
    expect(page.locator(".ct-table")).to_contain_text("sue", timeout=15_000)
    page.get_by_label("Name").fill("ben")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".ct-table")).to_contain_text("ben", timeout=15_000)
    page.click("text=Sign out")
    sign_in(page, served, "sue", "/people")
    expect(page.locator(".ct-refused")).to_contain_text("admin", timeout=15_000)
    assert page.locator(".ct-table").count() == 0
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_hidden()
