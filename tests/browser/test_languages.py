"""Pages in German, and in a made-up language that shows which text was not marked for translation."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from feedback.judgements import tags
from feedback.people import accounts
from feedback.production import review_sessions
from feedback.rights.passport import passport_of
from feedback.store import Studio
from tests.browser import test_accessibility
from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import SHOWN
from tests.ui import serving
from tests.ui.languages.pseudo import LANGUAGE
from ui.languages.choice import COOKIE

pytestmark = pytest.mark.browser

PAGES = test_accessibility.PAGES
# Names that are the same in every language.
NAMES = "Circletake Markdown JSON PDF OTIO OTIOZ EDL ALE CSV FCPXML Final Cut Pro XML ProRes EXR HQ mnt P English Deutsch Pseudo Shift Enter Esc Alt AGM AGM_104 AGM_104_065_010 CLIP ana sue ada The keeper softer light Dailies dark starter guided fps gamma"
HASH = re.compile(r"\b[0-9a-f]{64}\b")
WRAPPED = re.compile(r"⟦[^⟦⟧]*⟧")
# Every text of the page, hidden ones and those of templates too, and what is said by names and titles.
TEXTS = """() => {
  const texts = [], roots = [document.body, ...[...document.querySelectorAll("template")].map((each) => each.content)];
  for (const root of roots) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
      if (element?.closest("script, style, kbd, svg text, .nav-holder")) continue;
      if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
      else for (const name of ["title", "aria-label", "placeholder", "alt", "aria-valuetext"]) texts.push(node.getAttribute(name) ?? "");
    }
  }
  return texts.filter((text) => /[\\p{L}]{2}/u.test(text));
}"""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory, scenes: Path) -> Iterator[Served]:
    """A server that offers the made-up language too."""
    studio = Studio.open(shutil.copytree(scenes, tmp_path_factory.mktemp("languages") / "studio"))
    server = Served(studio, serving.free_port())
    test_accessibility.fill(server)
    ada = accounts.get_person(studio, "ada")
    tags.add_tag(studio, ada["id"], "a tag", 1, "dark")
    review_sessions.make_session(studio, ada["id"], "AGM", "Dailies", [1, 2, 3, 4])
    server.process = serving.start(studio.folder, server.port, "--no-worker", module="tests.ui.languages.pseudo")
    serving.healthy(server.port, server.process)  # type: ignore[arg-type]
    yield server
    serving.stop(server.process)  # type: ignore[arg-type]


def words_of(studio: Studio) -> set[str]:
    """What people wrote, and names."""
    rows = studio.rows(
        "SELECT prompt AS text FROM briefs UNION SELECT code FROM shots"
        " UNION SELECT caption FROM library_items UNION SELECT name FROM titles UNION SELECT name FROM licences"
        " UNION SELECT holder FROM licences"
    )
    lacking = passport_of(studio, 1)["missing"]  # in the server's words, as refusals are
    return set(re.findall(r"\w+", " ".join([NAMES, *lacking, *(row["text"] for row in rows)])))


def unmarked(page: Page, words: set[str]) -> list[str]:
    """Texts of the page that are neither wrapped nor of the studio."""
    left = []
    for text in page.evaluate(TEXTS):
        rest, before = HASH.sub(" ", text), ""
        while rest != before:
            before, rest = rest, WRAPPED.sub(" ", rest)
        if any(word not in words for word in re.findall(r"[^\W\d_]{2,}\w*", rest)):
            left.append(f"{page.url.partition('/')[2]}: {text.strip()}")
    return left


def open_parts(page: Page, path: str) -> None:
    """What is on the page only once somebody asks for it."""
    if path == "/":
        page.click("[data-act=note]")
        page.keyboard.type("dark")
        page.reload()
        page.wait_for_selector(SHOWN)
        page.focus(".ct-note.ct-open input")
        assert WRAPPED.fullmatch(page.inner_text(".ct-note-for")), "of a note that was begun before"
        page.keyboard.press("Escape")
        for key in ("1", "1", "w"):  # a verdict, one that comes too soon, a view
            page.keyboard.press(key)
        page.wait_for_selector(SHOWN)
        for button in ("tags", "note"):
            page.click(f"[data-act={button}]")
            page.keyboard.press("Escape")
    if path == "/projects":
        page.fill("td input[name=title]", "dark")
        page.keyboard.press("Enter")
        page.wait_for_selector(".ct-projects > .ct-line:not(:empty)")
    if path.startswith("/models"):
        page.wait_for_selector(".ct-versions")  # comes by an event
    for button in page.locator("[data-act=keys], .ct-show-keys").all():
        button.click()
        page.wait_for_selector(".ct-keys[open] li")
        page.keyboard.press("Escape")
        page.wait_for_selector(".ct-keys[open]", state="detached")
    page.click(".ct-commands")
    page.wait_for_selector(".ct-palette [role=option]")
    page.keyboard.press("Escape")


def test_every_text_is_marked_and_longer_ones_have_room(browser: Browser, spoken: Served) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.add_cookies([{"name": COOKIE, "value": LANGUAGE, "url": spoken.address}])
    page, words = context.new_page(), words_of(spoken.studio)
    page.goto(spoken.address + "/login")
    left, wide = unmarked(page, words), []
    sign_in(page, spoken, "ada")
    for path, there in PAGES:
        page.goto(spoken.address + path)
        page.wait_for_selector(there)
        page.wait_for_selector(".ct-who:not(:empty)")
        open_parts(page, path)
        left += unmarked(page, words)
        wide += [f"{path} at {width}" for width in (1440, 390) if test_accessibility.too_wide(page, width)]
    context.close()
    assert not left, "\n".join(left)
    assert wide == []


def test_pages_are_german_where_the_browser_asks_and_as_a_person_chooses(browser: Browser, spoken: Served) -> None:
    context = browser.new_context(locale="de-AT", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, spoken, "ana")
    page.wait_for_selector(SHOWN)
    assert page.get_attribute("html", "lang") == "de"
    assert "gespeichert" in page.inner_text(".ct-counter")
    assert page.inner_text("[data-verdict=both_bad]").endswith("Beide schlecht")
    page.goto(spoken.address + "/account")
    page.wait_for_selector("[data-list=sessions] tr")
    assert re.search(r"\d\d\.\d\d\.\d{4}", page.inner_text("[data-list=sessions]")), "a day as Germans write it"
    with page.expect_navigation():
        page.select_option("select[name=language]", "en")
    page.wait_for_selector("[data-list=sessions] tr")
    assert page.get_attribute("html", "lang") == "en"
    assert page.inner_text("h1") == "Your account"
    assert page.input_value("select[name=language]") == "en"
    context.close()
    assert errors == []
