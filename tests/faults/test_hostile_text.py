"""A short form of the count of hostile texts, and the pages that show them in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from feedback.judgements import notes, tags
from tests.browser.conftest import Served, browser, page, scenes, served, sign_in
from tests.faults.hostile_text import SCRIPT, texts
from tests.torture import hostile_text
from tests.torture.hostile_media import Listener

__all__ = ["browser", "page", "scenes", "served"]


@pytest.mark.slow
def test_hostile_texts_are_refused_or_the_same(tmp_path: Path) -> None:
    row = hostile_text.run(6, tmp_path, seed=1)
    assert row.reached, row.counted


@pytest.mark.slow
@pytest.mark.browser
def test_no_text_runs_or_fetches_anything_in_a_browser(page: Page, served: Served) -> None:
    """As prompts, titles, notes and tags; the pages that show them are opened."""
    studio, requests, dialogs, shown = served.studio, [], [], 0
    with Listener() as listener:
        sent = [text for text in texts(46, 1, listener.url) if hostile_text.clean_text(text).strip()]
        with studio.writing() as db:  # as an older studio may hold them, whatever the rules are today
            for brief in range(8):
                text = "\n".join(hostile_text.clean_text(each)[:500] for each in sent[brief::8])
                db.execute("UPDATE briefs SET prompt = ? WHERE id = ?", (text, brief + 1))
                db.execute("UPDATE shots SET title = ? WHERE id = ?", (text, brief + 1))
            db.execute("UPDATE projects SET title = ?", (sent[0],))
        for number, text in enumerate(sent):
            text = hostile_text.clean_text(text).strip()
            notes.write_note(studio, 1, f"n{number}", number % 8 * 4 + 1, text[:1000])
            tags.add_tag(studio, 1, f"t{number}", number % 8 * 4 + 1, text[:30].strip() or "x")
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: requests.append(request.url))
        sign_in(page, served, "sue", "/board")
        for path in ("/board", "/briefs", "/", "/models"):
            page.goto(served.address + path)
            page.wait_for_timeout(2500)
            shown += path == "/briefs" and page.inner_text("body").count(SCRIPT)
        assert listener.connections == 0
    assert shown >= 5  # as letters
    assert dialogs == []
    assert [url for url in requests if not url.startswith((served.address, "data:", "blob:"))] == []
