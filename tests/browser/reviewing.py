"""What tests of the review page do and look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

from tests.browser.conftest import Served

LOOK = 180  # ms that a person looks at least: sooner than 150 no verdict is taken
# The page names the pair on the stage once it can be judged.
SHOWN = ".ct-review[data-shown]:not([data-shown=''])"
NEXT = """before => {
  const { shown } = document.querySelector(".ct-review").dataset;
  return shown !== before && (shown || document.querySelector(".ct-empty"));
}"""


def shown_pair(page: Page) -> str:
    return page.get_attribute(".ct-review", "data-shown") or ""


def judge(page: Page, key: str) -> str:
    """Presses a key and waits until another pair is on screen, or none is left; the pair that was judged."""
    page.wait_for_selector(SHOWN)
    page.wait_for_timeout(LOOK)
    before = shown_pair(page)
    page.keyboard.press(key)
    page.wait_for_function(NEXT, arg=before)
    return before


def counter(page: Page) -> str:
    return page.inner_text(".ct-counter")


def ballots(served: Served) -> list[dict[str, Any]]:
    return served.studio.rows("SELECT * FROM ballots ORDER BY id")


def intercept(page: Page, path: str, handler: Callable[[Route], None]) -> None:
    """`page.route` on an open page, which Chromium may tell the page some time after it has said that it did: waits for it."""
    page.route("**/is-intercepted", lambda route: route.fulfill(status=204))
    page.route(path, handler)
    wait_until(page, lambda: page.evaluate("fetch('/is-intercepted').then(({ status }) => status)") == 204)


def refuse_posts(page: Page, path: str, status: int, error: str) -> None:
    """What is posted there meets this answer until `page.unroute(path)`, and never reaches the server."""

    def answer(route: Route) -> None:
        route.fulfill(status=status, json={"error": error})

    intercept(page, path, answer)


def wait_until(page: Page, met: Callable[[], bool], seconds: float = 10) -> None:
    """Lets the page go on until the condition is met."""
    for _ in range(int(10 * seconds)):
        if met():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not met in {seconds} s")
