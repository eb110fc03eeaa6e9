"""By finger: a swipe judges, two fingers zoom, and every control is large enough."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from feedback.store import Studio
from tests.browser import test_accessibility
from tests.browser.conftest import Served, sign_in
from tests.browser.reviewing import LOOK, SHOWN, ballots, shown_pair, wait_until
from tests.ui import serving

pytestmark = pytest.mark.browser

SMALLEST = 44  # px, for whatever a finger presses
TABLET, PHONE = {"width": 820, "height": 1180}, {"width": 390, "height": 844}
# What can be pressed and is smaller. A checkbox is as large as its label; a link within a sentence is as large as its line.
SMALL = """(smallest) => [...document.querySelectorAll("button, a[href], select, textarea, summary, input, [role=option]")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && each.type !== "hidden" && !each.closest("p, .nav-holder"))
  .map((each) => [each, (each.type === "checkbox" ? each.closest("label") ?? each : each).getBoundingClientRect()])
  .filter(([, { width, height }]) => width && height && (width < smallest - 0.5 || height < smallest - 0.5))
  .map(([each, { width, height }]) => `${Math.round(width)} x ${Math.round(height)}: ${each.outerHTML.slice(0, 110)}`)"""


@pytest.fixture(scope="module")
def studio_by_finger(tmp_path_factory: pytest.TempPathFactory, scenes: object) -> Iterator[Served]:
    studio = Studio.open(shutil.copytree(str(scenes), tmp_path_factory.mktemp("touch") / "studio"))
    server = Served(studio, serving.free_port())
    test_accessibility.fill(server)
    server.start()
    yield server
    serving.stop(server.process)  # type: ignore[arg-type]


@pytest.fixture
def tablet(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=TABLET, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


def test_no_control_is_too_small_for_a_finger(tablet: Page, studio_by_finger: Served) -> None:
    tablet.goto(studio_by_finger.address + "/login")
    small = [f"/login: {each}" for each in tablet.evaluate(SMALL, SMALLEST)]
    sign_in(tablet, studio_by_finger, "ada")
    for path, there in test_accessibility.PAGES:
        tablet.set_viewport_size(TABLET)
        tablet.goto(studio_by_finger.address + path)
        tablet.wait_for_selector(there)
        for size in (TABLET, PHONE):
            tablet.set_viewport_size(size)
            small += [f"{path} at {size['width']}: {each}" for each in tablet.evaluate(SMALL, SMALLEST)]
            small += [f"{path}: {each}" for each in test_accessibility.too_wide(tablet, size["width"])]
    assert not small, "\n".join(small)


class Fingers:
    """Fingers on a page, as the browser's own driver puts them there."""

    def __init__(self, page: Page) -> None:
        self.driver: CDPSession = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.driver.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def move(self, *places: tuple[tuple[float, float], ...]) -> None:
        """Down at the first places, over all others, and up."""
        self.send("touchStart", *places[0])
        for _, points in pairwise(places):
            self.send("touchMove", *points)
        self.send("touchEnd")

    def swipe(self, *xs: float, y: float = 300) -> None:
        self.move(*(((x, y),) for x in xs))


# A verdict by key, and at once a swipe, which is over when the next pair has been looked at.
TOO_SOON = """async () => {
  const side = () => document.querySelector(".ct-side"), put = (kind, clientX) => side().dispatchEvent(
    new PointerEvent(kind, { pointerType: "touch", pointerId: 5, clientX, clientY: 300, bubbles: true }));
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "0", code: "Digit0", bubbles: true }));
  put("pointerdown", 300);
  await new Promise((done) => setTimeout(done, 250));
  put("pointermove", 600);
  put("pointerup", 600);
}"""


def verdicts(served: Served) -> list[tuple[str, str]]:
    return [(f"{row['uid']}", row["verdict"]) for row in ballots(served) if row["person"] == 2]


def wait_for_next(page: Page, before: str) -> None:
    page.wait_for_function(
        "before => ![before, ''].includes(document.querySelector('.ct-review').dataset.shown)", arg=before
    )


def test_a_swipe_chooses_the_take_it_goes_to(tablet: Page, studio_by_finger: Served) -> None:
    sign_in(tablet, studio_by_finger, "sue")
    tablet.wait_for_selector(SHOWN)
    fingers = Fingers(tablet)

    def given() -> list[str]:
        return [verdict for _, verdict in verdicts(studio_by_finger)]

    for xs, verdict in (((300, 450, 600), "right"), ((600, 450, 300), "left")):
        tablet.wait_for_timeout(LOOK)
        before, count = shown_pair(tablet), len(given())
        fingers.swipe(*xs)
        wait_for_next(tablet, before)
        wait_until(tablet, lambda count=count: len(given()) > count)
        assert given()[count:] == [verdict]
    tablet.wait_for_timeout(LOOK)
    tablet.evaluate(TOO_SOON)
    assert tablet.inner_text(".ct-hint") == "that was too quick: look, then judge"
    wait_until(tablet, lambda: given() == ["right", "left", "tie"])
    judged, before = given(), shown_pair(tablet)
    fingers.swipe(300, 340)  # too short
    fingers.move(((300, 300),), ((300, 500),), ((330, 600),))  # down
    fingers.swipe(300, 500, 310)  # and back again
    fingers.move(((300, 300), (350, 300)), ((200, 300), (450, 300)), ((150, 300), (500, 300)))  # two fingers
    assert "7.0x" in tablet.inner_text(".ct-view"), "which zoom"
    fingers.swipe(300, 450, 600)  # pans what is near
    assert shown_pair(tablet) == before
    tablet.keyboard.press("q")
    tablet.click("[data-act=keys]")
    assert "Choose the take that you swipe to" in tablet.inner_text(".ct-keys")
    tablet.keyboard.press("Escape")
    tablet.wait_for_timeout(300)
    assert given() == judged
