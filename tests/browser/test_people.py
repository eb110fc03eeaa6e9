"""The people page with an action in each row, and everybody's own account page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from feedback.people import accounts, tokens
from tests.browser.conftest import Served, sign_in
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_admin_looks_after_people_in_their_rows(page: Page, served: Served) -> None:
    sign_in(page, served, "ada", "/people")
    page.get_by_label("Name").fill("Юлия")
    page.get_by_label("Password, or empty for tokens only").fill("a pass phrase of hers")
    page.get_by_role("button", name="Add", exact=True).click()
    row = page.locator("tr[data-person='Юлия']")
    expect(row).to_be_visible(timeout=15_000)
    expect(page.locator(".ct-accounts .ct-line")).to_have_text("Юлия is added as creative.")
    expect(page.get_by_label("Password, or empty for tokens only")).to_have_value("")
    row.get_by_label("Role of Юлия").select_option("supervisor")
    expect(page.locator(".ct-accounts .ct-line")).to_have_text("Юлия is supervisor now.")

    row.get_by_label("Add Юлия to a project").click()
    page.locator(".ct-accounts dialog input").fill("NONE")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-accounts .ct-line.ct-refused")).to_contain_text("NONE")
    row.get_by_label("Set the password of Юлия").click()
    expect(page.locator(".ct-accounts dialog input")).to_have_attribute("type", "password")
    page.locator(".ct-accounts dialog input").fill("another pass phrase")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-accounts .ct-line")).to_contain_text("has a new password")
    expect(page.locator(".ct-accounts dialog input")).to_have_value("")
    assert accounts.check_password(served.studio, "Юлия", "another pass phrase")

    row.get_by_label("Issue a token for Юлия").click()
    page.locator(".ct-accounts dialog input").fill("grading")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-accounts dialog output")).to_contain_text("ct_")
    token = page.locator(".ct-accounts dialog output").inner_text()
    assert tokens.person_of_token(served.studio, token)
    page.keyboard.press("Escape")
    expect(page.locator(".ct-accounts dialog output")).to_be_empty()
    row.get_by_label("Revoke grading of Юлия").click()
    expect(page.locator(".ct-accounts .ct-line")).to_contain_text("is revoked")
    assert tokens.person_of_token(served.studio, token) is None
    row.get_by_label("Disable Юлия").click()
    expect(row.get_by_label("Enable Юлия")).to_be_visible()


def test_the_last_admin_stays_and_others_see_no_people(page: Page, served: Served) -> None:
    sign_in(page, served, "ada", "/people")
    row = page.locator("tr[data-person=ada]")
    row.get_by_label("Role of ada").select_option("creative", timeout=15_000)
    expect(page.locator(".ct-accounts .ct-refused")).to_contain_text("last admin")
    expect(row.get_by_label("Role of ada")).to_have_value("admin")
    page.click("text=Sign out")
    sign_in(page, served, "sue", "/people")
    expect(page.locator(".ct-refused")).to_contain_text("admin", timeout=15_000)
    expect(page.locator(".ct-accounts table")).to_be_hidden()
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_hidden()


def test_everybody_changes_their_password_and_ends_their_sessions(page: Page, served: Served) -> None:
    tokens.start_session(
        served.studio, accounts.get_person(served.studio, "ana")["id"], browser="Firefox/1 (Macintosh)"
    )
    sign_in(page, served, "ana")
    page.click(".ct-who")
    rows = page.locator("[data-list=sessions] tr")
    expect(rows).to_have_count(2, timeout=15_000)
    expect(rows.nth(0)).to_contain_text("this one")
    expect(rows.nth(1)).to_contain_text("Firefox on Mac")
    rows.nth(1).get_by_role("button").click()
    expect(rows).to_have_count(1)

    page.get_by_label("Password of today").fill("not this one")
    page.get_by_label("New password").fill("a pass phrase of mine")
    page.get_by_role("button", name="Change").click()
    expect(page.locator(".ct-account .ct-line.ct-refused")).to_contain_text("not your password")
    page.get_by_label("Password of today").fill(PASSWORD)
    page.get_by_label("New password").fill("a pass phrase of mine")
    page.get_by_role("button", name="Change").click()
    expect(page.locator(".ct-account .ct-line").first).to_contain_text("Your password is changed")
    expect(page.get_by_label("New password")).to_have_value("")
    assert accounts.check_password(served.studio, "ana", "a pass phrase of mine")

    page.get_by_label("Label").fill("render farm")
    page.get_by_role("button", name="Issue").click()
    expect(page.locator("[data-list=tokens] tr")).to_contain_text("render farm")
    expect(page.locator(".ct-secret")).to_contain_text("ct_")
    assert tokens.person_of_token(served.studio, page.locator(".ct-secret").inner_text())
    page.get_by_label("Revoke render farm").click()
    expect(page.locator("[data-list=tokens] tr")).to_have_count(0)
    page.reload()
    expect(page.locator(".ct-who")).to_contain_text("ana")
