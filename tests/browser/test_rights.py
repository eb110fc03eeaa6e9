"""The page Rights, and the question that those who judge are asked once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from feedback.people import accounts
from feedback.production import briefs, shots
from feedback.rights.agreements import answer_of, ask_for_agreement
from feedback.rights.consents import list_consents
from feedback.rights.contributors import add_contributor
from feedback.rights.licences import add_licence
from feedback.rights.project_rules import PLATES, set_rule
from feedback.store import media
from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import SHOWN, ballots, judge, wait_until
from tests.factories import add_takes, png

pytestmark = pytest.mark.browser


@pytest.fixture
def named(served: Served) -> Served:
    """A brief that names Ada, with takes of before she was recorded."""
    shot = shots.find_shot(served.studio, "AGM_104_010", "AGM")
    add_takes(
        served.studio, briefs.write_brief(served.studio, shot["id"], "Ada Lovelace at dusk", author="ana"), 2, 900
    )
    add_contributor(served.studio, "Ada Lovelace")
    return served


def test_a_consent_is_recorded_and_revoked_by_hand(page: Page, named: Served, tmp_path: Path) -> None:
    sign_in(page, named, "sue", "/rights")
    waiting, line = page.locator("[data-list=waiting]"), page.locator(".ct-rights > .ct-line")
    expect(waiting).to_contain_text("a consent of Ada Lovelace to be drawn with their likeness")
    page.get_by_label("Record a consent of Ada Lovelace").click()
    form = page.locator("form[data-form=consents]")
    expect(form.get_by_label("The uses, as they read them")).to_be_focused()
    page.keyboard.type("a face in a window")
    page.keyboard.press("Control+Enter")  # nothing is ticked yet: refused, and nothing typed is lost
    expect(form.locator(".ct-refusal")).to_contain_text("no use is allowed by it")
    expect(form.get_by_label("The uses, as they read them")).to_have_value("a face in a window")
    form.get_by_label("takes are drawn with it").check()
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"I agree")
    form.get_by_label("What was signed").set_input_files(paper)
    form.get_by_role("button", name="Record").click()
    expect(line).to_have_text("Consent 1 of Ada Lovelace is recorded.")
    expect(waiting).to_contain_text("No brief waits")
    (consent,) = list_consents(named.studio)
    assert (consent["described"], consent["uses"], consent["recorded_by"]) == ("a face in a window", ["drawing"], "sue")
    assert len(consent["document"] or "") == 64

    page.get_by_role("button", name="Revoke consent 1 of Ada Lovelace").click()
    dialog = page.locator("dialog.ct-ending")
    expect(dialog).to_contain_text("On it rest: 2 takes.")
    expect(dialog.locator("a")).to_have_count(2)
    page.keyboard.press("Escape")
    assert list_consents(named.studio)[0]["revoked"] is None
    page.get_by_role("button", name="Revoke consent 1 of Ada Lovelace").click()
    expect(dialog.get_by_role("button", name="Revoke")).to_be_enabled()
    dialog.get_by_label("Why, for the record").fill("she asked us to")
    page.keyboard.press("Enter")
    expect(line).to_have_text("Consent 1 of Ada Lovelace holds no longer.")
    expect(page.locator("tr[data-person='Ada Lovelace']")).to_contain_text("she asked us to")
    expect(waiting).to_contain_text("a consent of Ada Lovelace")


def test_creatives_neither_find_nor_see_the_page(page: Page, named: Served) -> None:
    sign_in(page, named, "ana", "/rights")
    expect(page.locator(".ct-rights > .ct-line")).to_contain_text("this needs the role supervisor")
    expect(page.locator(".ct-rights-body")).to_be_hidden()
    expect(page.locator(".ct-who")).to_contain_text("ana")
    assert page.locator(".ct-pages a[href='/rights']").count() == 0


def test_who_judges_is_asked_once_and_goes_on_judging(page: Page, served: Served) -> None:
    ask_for_agreement(served.studio, True)
    ana = accounts.get_person(served.studio, "ana")["id"]
    sign_in(page, served, "ana")
    question = page.locator(".ct-asked")
    expect(question).to_be_visible()
    page.wait_for_selector(SHOWN)
    stage, line = page.locator(".ct-stage").bounding_box(), question.bounding_box()
    assert stage is not None
    assert line is not None
    assert stage["y"] >= line["y"] + line["height"], "it lies over the takes"
    judge(page, "1")
    wait_until(page, lambda: len(ballots(served)) == 1)
    expect(question).to_be_visible()
    question.get_by_role("button", name="Yes").click()
    expect(question).to_contain_text("the model may learn from your judgements")
    assert answer_of(served.studio, ana) == "agreed"
    page.goto(served.address + "/board")
    page.wait_for_selector(".ct-take img[src]")
    expect(question).to_be_hidden()

    page.goto(served.address + "/account")
    expect(page.locator(".ct-agreement-line")).to_contain_text("the model may learn from your judgements")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="It may not").click()
    expect(page.locator(".ct-agreement-line")).to_contain_text("No tuning has learned from your judgements.")
    assert answer_of(served.studio, ana) == "disagreed"


def test_a_studio_that_does_not_ask_shows_no_question(page: Page, served: Served) -> None:
    sign_in(page, served, "ana")
    with page.expect_response("**/api/me/agreement"):
        page.reload()
    page.wait_for_selector(SHOWN)
    expect(page.locator(".ct-asked")).to_be_hidden()


def test_the_question_can_be_put_off(page: Page, served: Served) -> None:
    ask_for_agreement(served.studio, True)
    sign_in(page, served, "ana")
    page.locator(".ct-asked").get_by_role("button", name="Later").click()
    page.goto(served.address + "/rank")
    page.wait_for_selector(SHOWN)
    expect(page.locator(".ct-asked")).to_be_hidden()


def test_a_brief_says_whose_consent_is_missing_beside_the_prompt(page: Page, named: Served) -> None:
    sign_in(page, named, "ana", "/briefs")
    page.fill("[name=place]", "AGM/AGM_104_010")
    page.fill("[name=prompt]", "ada lovelace at sea")
    refused = page.locator("[data-error=prompt]")
    expect(refused).to_contain_text("no consent of Ada Lovelace for drawing with their likeness")
    page.get_by_role("button", name="Queue").click()
    expect(page.locator(".ct-outcome")).to_contain_text("Not queued")
    expect(page.locator("[name=prompt]")).to_have_value("ada lovelace at sea")


def test_a_plate_is_put_under_a_licence_where_it_is_missing(page: Page, served: Served) -> None:
    studio = served.studio
    set_rule(studio, "AGM", PLATES, "refuse", actor="sue")
    add_licence(studio, "Plates", holder="A painter", uses=["drawing"])
    shot, data = shots.find_shot(studio, "AGM_104_010", "AGM"), png(9, "brought")
    plate = media.store_bytes(studio, data, "png", "image/png", 32, 32, 1)
    brief = briefs.write_brief(studio, shot["id"], "a boat", author="ana", source_media=plate)["id"]
    sign_in(page, served, "sue", "/rights")
    waiting, line = page.locator("[data-list=waiting]"), page.locator(".ct-rights > .ct-line")
    expect(page.locator(".ct-plate-rules")).to_have_text("Plates without a licence are refused in AGM.")
    expect(waiting).to_contain_text(f"a licence of the plate {plate[:12]}")
    page.get_by_label(f"Put the plate of brief {brief} under a licence").click()
    form = page.locator("form[data-form=files]")
    expect(form.get_by_label("Licence", exact=True)).to_be_focused()
    page.keyboard.type("Nobody's")
    page.keyboard.press("Control+Enter")
    expect(form.locator(".ct-refusal")).to_contain_text('no licence "Nobody\'s"')
    form.get_by_label("Licence", exact=True).fill("Plates")
    form.get_by_role("button", name="Record").click()
    expect(line).to_have_text("The file is under the licence Plates.")
    expect(waiting).to_contain_text("No brief waits")
    expect(page.locator("[data-licence=Plates]")).to_contain_text("without a signed paper")
