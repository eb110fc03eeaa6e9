"""Each page in a real browser: it opens, it does its work, and it refuses those whose role does not allow it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Page, expect

from feedback.judgements import ballots
from feedback.models import versions
from feedback.people import accounts
from feedback.trials import promotion
from tests.browser.conftest import Served, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_models_tells_a_creative_what_is_in_production_and_offers_nothing_else(page: Page, served: Served) -> None:
    sign_in(page, served, "ana", "/models")
    expect(page.locator(".ct-table")).to_contain_text("production", timeout=15_000)
    for name in ("Promote", "Roll back", "Reject", "Open trial", "Close trial"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()


def test_models_asks_before_anything_changes_and_names_both_versions(page: Page, served: Served) -> None:
    studio, questions, answers = served.studio, [], iter([False, True, False, True])
    for name in ("v0001", "v0002"):
        versions.register_candidate(studio, name, "starter", [])
    promotion.promote(studio, "v0001", force=True, reason="a test")
    left, right = (row["id"] for row in studio.rows("SELECT id FROM takes WHERE brief = 1 LIMIT 2"))
    ballots.cast_ballot(studio, accounts.get_person(studio, "ana")["id"], "judged", left, right, "left", 900)

    def reply(dialog: Dialog) -> None:
        questions.append(dialog.message)
        dialog.accept() if next(answers) else dialog.dismiss()

    page.on("dialog", reply)
    sign_in(page, served, "sue", "/models")
    table, message = page.locator(".ct-table"), page.locator(".ct-page .ct-line")
    page.get_by_role("button", name="Open trial").click()
    expect(table).to_contain_text("trial 1 against v0001: open, 8 pairs left", timeout=15_000)
    page.get_by_label("Reason (for the record)").fill("it lost the faces")
    for text in ("Nothing was changed", "v0002 is rejected; v0001 stays in production"):
        page.get_by_role("button", name="Reject").click()
        expect(message).to_contain_text(text, timeout=15_000)
    expect(table).to_contain_text("v0002 was rejected: it lost the faces")
    for text in ("Nothing was changed", "starter is in production again"):
        page.get_by_role("button", name="Roll back").click()
        expect(message).to_contain_text(text, timeout=15_000)
    assert (
        questions
        == ["Reject v0002? Its trial ends, and v0001 stays in production."] * 2 + ["Go back from v0001 to starter?"] * 2
    )
