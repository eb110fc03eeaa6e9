"""Takes the pictures of the pages that README and docs show, from a running app.

circletake serve --demo --studio studio
python -m tests.browser.screenshots --address http://127.0.0.1:7860 --out docs/pictures
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM

READY = {
    "review": ".ct-review[data-shown]:not([data-shown=''])",
    "board": ".ct-take img",
    "briefs": ".ct-brief",
    "models": ".ct-table",
    "people": ".ct-page .ct-line",
}


def shoot(page: Page, address: str, name: str, out: Path) -> None:
    """One page as out/NAME.png, in 256 colours: greys and small takes need no more, and the repository stays small."""
    page.goto(f"{address}/{'' if name == 'review' else name}")
    page.wait_for_selector(READY[name])
    if name == "review":
        for key in "1209":
            page.wait_for_selector(READY[name])
            page.keyboard.press(key)
            page.wait_for_timeout(400)
    page.wait_for_timeout(1500)
    path = out / f"{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="http://127.0.0.1:7860")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--pages", nargs="*", default=list(READY))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        for name in options.pages:
            shoot(page, options.address, name, options.out)
        browser.close()


if __name__ == "__main__":
    main()
