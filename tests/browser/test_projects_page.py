"""The Projects page in a real browser: changed in place, added, archived and brought back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from feedback.exchange.edit.settings import edit_settings
from feedback.production import shots
from feedback.rights.passport_policy import policy_of
from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_supervisor_changes_a_project_and_its_shots_in_place(page: Page, served: Served) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, served, "sue", "/projects")
    heads = page.locator(".ct-projects tbody th")
    expect(heads).to_have_count(8, timeout=15_000)
    line = page.locator(".ct-projects > .ct-line")

    page.get_by_label("Position of AGM_104_080").fill("x")
    page.keyboard.press("Tab")
    expect(line).to_contain_text("position 'x' is no whole number")
    expect(page.get_by_label("Position of AGM_104_080")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Position of AGM_104_080").fill("1")
    page.keyboard.press("Enter")
    expect(heads.first).to_have_text("AGM_104_080")
    expect(page.get_by_label("Position of AGM_104_080")).to_have_value("1")
    page.locator(".ct-project-head").get_by_label("Frame rate").fill("23.976")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Frame rate of AGM_104_010")).to_have_value("24000/1001")

    page.get_by_label("New shot").fill("AGM_104_5")
    page.keyboard.press("Enter")
    expect(heads.nth(1)).to_have_text("AGM_104_5")
    page.get_by_role("button", name="Archive: AGM_104_5").click()
    expect(heads).to_have_count(8)
    page.get_by_label("Show archived").check()
    page.get_by_role("button", name="Bring back: AGM_104_5").click()
    expect(page.get_by_role("button", name="Archive: AGM_104_5")).to_be_visible()

    page.get_by_text("New project").click()
    page.get_by_label("Code", exact=True).fill("LHT")
    page.get_by_role("button", name="Make the project").click()
    expect(page).to_have_url(f"{served.address}/projects")
    expect(page.locator(".ct-project-head h2")).to_have_text("LHT")
    assert [shot["code"] for shot in shots.list_shots(served.studio, "AGM")][:2] == ["AGM_104_080", "AGM_104_5"]

    sign_in(page, served, "ana", "/projects?project=AGM")
    expect(heads).to_have_count(9, timeout=15_000)
    expect(page.locator("td input")).to_have_count(0)
    expect(page.get_by_role("button", name="Archive: AGM_104_010")).to_have_count(0)


def test_how_selects_are_written_for_the_edit_is_set_there(page: Page, served: Served) -> None:
    sign_in(page, served, "sue", "/projects?project=AGM")
    page.get_by_text("For the edit").click()
    name = page.get_by_label("Name of media")
    expect(name).to_have_value("{project}_{shot}_{take}_{version}")
    name.fill("{shot}")
    name.press("Tab")
    expect(page.locator(".ct-line")).to_contain_text("two takes would have one name")
    name.fill("{shot}_{take:4}")
    name.press("Tab")
    expect(page.locator(".ct-line")).to_have_text("The edit's settings of AGM are saved.")
    page.get_by_label("Folders as the edit sees them").fill("/mnt/a=P:\\\n/mnt/b=Q:")
    page.keyboard.press("Tab")
    page.get_by_label("Timecode at 29.97 and 59.94").select_option("non-drop")
    wait_until(
        page, lambda: edit_settings(served.studio, "AGM").path_map.entries == (("/mnt/a", "P:\\"), ("/mnt/b", "Q:"))
    )
    wait_until(page, lambda: not edit_settings(served.studio, "AGM").drop_frame)
    assert edit_settings(served.studio, "AGM").media_name == "{shot}_{take:4}"
    page.reload()
    page.get_by_text("For the edit").click()
    expect(page.get_by_label("Folders as the edit sees them")).to_have_value("/mnt/a=P:\\\n/mnt/b=Q:")


def test_what_exports_ask_of_passports_is_set_there(page: Page, served: Served) -> None:
    sign_in(page, served, "sue", "/projects?project=AGM")
    page.get_by_text("For the edit").click()
    policy = page.get_by_label("Takes without a complete passport")
    expect(policy).to_have_value("off")
    policy.select_option("refuse")
    wait_until(page, lambda: policy_of(served.studio, "AGM") == "refuse")
    page.reload()
    page.get_by_text("For the edit").click()
    expect(policy).to_have_value("refuse")
