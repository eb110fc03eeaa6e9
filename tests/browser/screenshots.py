"""Takes the pictures of the pages that README and docs show, from a running app.

circletake serve --demo --studio studio
python -m tests.browser.screenshots --address http://127.0.0.1:7860 --out docs/pictures --pages review board briefs

Models and people are pictures of a studio with a trial, seen by one of its admins (--user).
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM

MOST = 100  # pairs judged on the way to the one that is shown
MARGIN = 40  # pixels of empty page kept below what is shown
READY = {
    "review": ".ct-review[data-shown]:not([data-shown=''])",
    "board": ".ct-take img",
    "briefs": ".ct-brief",
    "models": ".ct-table",
    "people": ".ct-page .ct-line",
}


def judge_until(page: Page, words: str) -> None:
    """Gives each verdict once, and goes on until a pair of a brief with these words is shown."""
    for number, key in enumerate("1209" + MOST * "1"):
        page.wait_for_selector(READY["review"])
        if number >= len("1209") and words in page.inner_text(".ct-prompt"):
            return
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    raise SystemExit(f"{MOST} pairs were judged, none of a brief with the words {words!r}: give others with --shows")


def sign_in(page: Page, address: str, name: str) -> None:
    """With the password in the environment's CIRCLETAKE_PASSWORD."""
    page.goto(f"{address}/login")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", os.environ["CIRCLETAKE_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")


def shoot(page: Page, address: str, name: str, out: Path, words: str) -> None:
    """One page as out/NAME.png, in 256 colours: greys and small takes need no more, and the repository stays small."""
    page.goto(f"{address}/{'' if name == 'review' else name}")
    page.wait_for_selector(READY[name])
    if name == "review":
        judge_until(page, words)
    page.wait_for_timeout(1500)
    path = out / f"{name}.png"
    page.screenshot(path=path)
    picture = Image.open(path).convert("RGB")
    picture.crop((0, 0, picture.width, used_height(picture))).quantize(256).save(path, optimize=True)


def used_height(picture: Image.Image) -> int:
    """Down to the last row that shows anything, and a little further."""
    ground = Image.new("RGB", picture.size, picture.getpixel((0, picture.height - 1)))
    seen = ImageChops.difference(picture, ground).getbbox()
    return min(picture.height, seen[3] + MARGIN) if seen else picture.height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="http://127.0.0.1:7860")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--pages", nargs="*", default=list(READY))
    parser.add_argument("--shows", default="", help="words of the brief that the review page is to show")
    parser.add_argument("--user", help="signs in, with the password in CIRCLETAKE_PASSWORD")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        if options.user:
            sign_in(page, options.address, options.user)
        for name in options.pages:
            shoot(page, options.address, name, options.out, options.shows)
        browser.close()


if __name__ == "__main__":
    main()
