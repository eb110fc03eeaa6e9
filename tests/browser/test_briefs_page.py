"""The Briefs page in a real browser: write, check, queue, see it come, cancel, duplicate and edit."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from feedback.production import cancellation, render_queue, takes
from feedback.store import Studio
from feedback.wordings import writers
from tests.browser.conftest import Served, sign_in
from tests.factories import finish
from tests.feedback.exchange.imports.cutting import bring

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PROMPT = "a house in a field at dusk, in clear weather, wide shot"


def newest(studio: Studio) -> dict[str, object]:
    row = studio.row("SELECT * FROM briefs ORDER BY id DESC LIMIT 1")
    assert row is not None
    return row


def test_a_brief_from_the_first_word_to_its_edit(page: Page, served: Served) -> None:
    studio = served.studio
    sign_in(page, served, "ana", "/briefs?shot=AGM_104_020")
    page.wait_for_selector(".ct-brief", timeout=15_000)
    expect(page.get_by_label("Shot")).to_have_value("AGM/AGM_104_020")
    expect(page.get_by_label("Frames", exact=True)).to_be_hidden()
    expect(page.get_by_label("Guidance 2")).to_be_hidden()  # the model has one denoiser
    expect(page.get_by_role("button", name="Cancel everybody's")).to_be_hidden()

    page.get_by_label("Takes").fill("3")
    page.get_by_role("button", name="Queue 3 takes").click()
    expect(page.locator("[data-error=prompt]")).to_contain_text("the prompt is empty")
    expect(page.get_by_label("Prompt", exact=True)).to_be_focused()
    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    expect(page.locator(".ct-length")).to_have_text("15 of 40 tokens")
    expect(page.locator("[data-error=prompt]")).to_be_empty()

    page.get_by_label("Kind").select_option("clip")
    expect(page.get_by_label("Frames", exact=True)).to_have_value("17")
    page.get_by_label("Width").fill("300")
    page.get_by_label("Frames", exact=True).fill("16")
    expect(page.get_by_label("Width")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Use 256x256, 17 frames").click()
    expect(page.get_by_label("Width")).to_have_value("256")
    expect(page.locator("[data-error=size]")).to_be_empty()
    page.get_by_label("Kind").select_option("still")
    page.get_by_label("Seed").fill("41")
    page.get_by_label("Seed").press("Control+Enter")
    expect(page.locator(".ct-outcome")).to_have_text("Brief 9 is queued: 3 takes from seed 41.")
    assert (newest(studio)["prompt"], newest(studio)["guidance_2"]) == (PROMPT, None)

    render_queue.queue_takes(studio, 1, [7], priority=render_queue.URGENT)
    brief = page.get_by_role("article", name="Brief 9", exact=True)
    expect(brief.locator(".ct-queue-place")).to_have_text("1 take before it")
    (urgent,) = render_queue.lease_takes(studio, "test", 1)
    finish(studio, urgent["id"])
    expect(brief.locator(".ct-queue-place")).to_have_text("next to be drawn")
    (first,) = render_queue.lease_takes(studio, "test", 1)
    expect(brief.locator(".ct-queue-place")).to_contain_text("being drawn")
    finish(studio, first["id"])
    expect(brief.locator("img")).to_be_visible()

    brief.get_by_role("button", name="Edit brief 9").click()
    expect(page.locator(".ct-origin")).to_contain_text("Edits brief 9")
    page.get_by_label("Prompt", exact=True).fill(PROMPT + ", backlit")
    page.reload()
    expect(page.locator(".ct-origin")).to_contain_text("Edits brief 9", timeout=15_000)
    page.get_by_role("button", name="Queue 3 takes").click()
    expect(page.locator(".ct-outcome")).to_contain_text("Takes of the brief before that are cancelled: 2.")
    expect(brief).to_contain_text("1 of 1, 2 cancelled")
    edited = page.get_by_role("article", name="Brief 10", exact=True)
    expect(edited).to_contain_text("from brief 9")
    assert newest(studio)["based_on"] == 9

    edited.get_by_role("button", name="Cancel brief 10").click()
    expect(edited).to_contain_text("0 of 0, 3 cancelled")
    expect(edited.get_by_role("button", name="Cancel brief 10")).to_be_hidden()
    edited.get_by_role("button", name="Duplicate brief 10").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT + ", backlit")
    expect(page.locator(".ct-origin")).to_contain_text("From brief 10, which stays as it is")


def test_a_supervisor_cancels_everybodys_and_draws_what_failed_again(page: Page, served: Served) -> None:
    brief = served.studio.value("SELECT max(id) FROM briefs")
    ids = render_queue.queue_takes(served.studio, brief, [61, 62, 63])
    for take in render_queue.lease_takes(served.studio, "w", 2):
        render_queue.fail_take(served.studio, take["id"], "w", "its adapter is damaged")
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, served, "sue", "/briefs")
    button = page.get_by_role("button", name="Draw 2 failed again")
    button.wait_for(timeout=15_000)
    button.click()
    expect(button).to_be_hidden()
    assert [takes.get_take(served.studio, id)["state"] for id in ids] == ["queued"] * 3
    page.get_by_role("button", name="Yours").click()
    expect(page.locator(".ct-nothing")).to_be_visible()
    page.get_by_role("button", name="Everybody's", exact=True).click()
    page.get_by_role("button", name="Cancel everybody's").click()
    expect(page.locator(".ct-list-line")).to_have_text("3 takes are cancelled.")
    cancellation.cancel_takes(served.studio, ids, actor="sue")


def test_a_brief_starts_from_a_plate_that_is_shown_before_it_is_sent(page: Page, served: Served) -> None:
    sign_in(page, served, "ana", "/briefs")
    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    expect(page.get_by_label("Strength")).to_be_hidden()
    expect(page.locator("[name=mask]")).to_be_hidden()  # of nothing
    sink = io.BytesIO()
    Image.new("RGB", (320, 180), (120, 120, 120)).save(sink, "PNG")
    page.get_by_label("Plate").set_input_files(
        {"name": "plate.png", "mimeType": "image/png", "buffer": sink.getvalue()}
    )
    expect(page.locator("[data-preview=source] img")).to_be_visible()
    expect(page.locator("[data-preview=source]")).to_contain_text("320x180")
    expect(page.locator("[name=mask]")).to_be_visible()
    page.get_by_label("Strength").fill("0.01")
    expect(page.locator("[data-error=strength]")).to_contain_text("leaves none of 16 steps")
    page.get_by_label("Strength").fill("0.4")
    page.get_by_role("button", name="Queue 4 takes").click()
    expect(page.locator(".ct-outcome")).to_contain_text("Brief 9 is queued")
    brief = page.get_by_role("article", name="Brief 9", exact=True)
    expect(brief).to_contain_text("from a still, 320x180")
    brief.get_by_role("button", name="Edit brief 9").click()
    expect(page.locator(".ct-kept")).to_contain_text("from a still, 320x180")
    expect(page.get_by_label("Plate")).to_be_hidden()
    page.reload()
    page.get_by_role("button", name="Queue 4 takes").click(timeout=15_000)
    expect(page.locator(".ct-outcome")).to_contain_text("Brief 10 is queued")
    rows = served.studio.rows("SELECT source_media, strength, based_on FROM briefs WHERE id > 8")
    assert rows[0]["source_media"] == rows[1]["source_media"] is not None
    assert [(row["strength"], row["based_on"]) for row in rows] == [(0.4, None), (0.4, 9)]


def test_a_brief_starts_from_the_plate_that_came_with_a_cut(page: Page, served: Served, tmp_path: Path) -> None:
    Image.new("RGB", (320, 180), (120, 120, 120)).save(tmp_path / "plate.png")
    (tmp_path / "cut.csv").write_text("shot,plate\nAGM_104_020,plate.png\n")
    bring(served.studio, tmp_path / "cut.csv", project="AGM")
    sign_in(page, served, "ana", "/briefs?shot=AGM_104_020")
    button = page.get_by_role("button", name="Plate of the shot")
    button.wait_for(timeout=15_000)
    page.get_by_label("Kind").select_option("clip")
    expect(button).to_be_visible()  # its first frame
    page.get_by_label("Kind").select_option("still")
    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    button.click()
    expect(page.locator(".ct-kept")).to_contain_text("from a still, 320x180")
    expect(button).to_be_hidden()
    page.locator("[name=place]").fill("AGM/AGM_104_010")
    expect(page.locator(".ct-kept")).to_be_hidden()  # it was the other shot's
    page.locator("[name=place]").fill("AGM/AGM_104_020")
    button.click()
    page.get_by_role("button", name="Queue 4 takes").click()
    expect(page.locator(".ct-outcome")).to_contain_text("is queued")
    plate = served.studio.value("SELECT plate FROM shots WHERE code = 'AGM_104_020'")
    assert newest(served.studio)["source_media"] == plate is not None


def test_words_are_suggested_beside_the_prompt_and_both_wordings_are_queued(page: Page, writing: Served) -> None:
    sign_in(page, writing, "ana", "/briefs?shot=AGM_104_020")
    prompt = page.get_by_label("Prompt", exact=True)
    expect(page.locator(".ct-writer")).to_contain_text("has not learned from this studio yet")
    page.get_by_role("button", name="Suggest words").click()
    expect(page.locator(".ct-rewriting-outcome")).to_have_text("Write a prompt first.")
    prompt.fill("a boat by the sea")
    page.get_by_role("button", name="Suggest words").click()
    added = page.locator(".ct-proposal ins")
    expect(added).to_be_visible(timeout=90_000)
    first = added.inner_text()
    expect(prompt).to_have_value("a boat by the sea")
    page.get_by_role("button", name="Put it into the prompt").click()
    expect(prompt).to_have_value(f"a boat by the sea, {first}")
    page.get_by_role("button", name="Back to my words").click()
    expect(prompt).to_have_value("a boat by the sea")
    page.get_by_role("button", name="Suggest words").click()
    expect(added).to_be_visible()
    prompt.press("End")
    prompt.press_sequentially("s")
    expect(added).to_be_hidden()  # it was of other words
    page.get_by_role("button", name="Suggest words").click()
    expect(added).to_be_visible()
    page.get_by_label("Takes").fill("2")
    page.get_by_role("button", name="Queue both, blind").click()
    expect(page.locator(".ct-outcome")).to_contain_text("is queued in both wordings: 2 blind pairs")
    expect(page.locator(".ct-comparison")).to_contain_text("0 of 2 blind pairs judged · 2 to be drawn")
    assert prompt.input_value() == "a boat by the seas"
    page.get_by_role("button", name="Show the takes now").click()
    expect(page.locator(".ct-comparison")).to_have_count(0)
    expect(page.get_by_role("article", name="Brief 9", exact=True)).to_be_visible()


def test_a_refused_tuning_of_the_writer_is_told_beside_the_prompt(page: Page, writing: Served) -> None:
    writers.record_refused_tuning(writing.studio, {"pairs": 84, "accuracy": 0.548, "needed": 61})
    sign_in(page, writing, "ana", "/briefs?shot=AGM_104_020")
    writer = page.locator(".ct-writer")
    expect(writer).to_contain_text("kept no writer. Of 84 held-out pairs ordered rightly: 55 %.", timeout=15_000)
    expect(writer).to_contain_text("About 61 more decided pairs would show whether it is more than chance.")
