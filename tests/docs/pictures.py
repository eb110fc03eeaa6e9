"""Makes every picture of the pages in README and docs, from nothing, through the public doors.

    python -m tests.docs.pictures --out docs/pictures

In a studio of its own it draws the demo, lets simulated people judge, tunes, plays a blind trial, and photographs the pages with
Chromium. Other pictures in that folder are written by the benchmark (curves, before and after) and by the starter's report.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageChops
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.docs.studio_day import PASSWORD, Day, answer, client, judge, wait_for_takes

SIXTY = 60  # pairs, as in getting started
TRIAL_PAIRS = 48
RECIPE = "optimiser: {max_steps: 30, per_device_train_batch_size: 8}\nguided: {target_gain_takes: 12}\n"  # as there
PROMPT = "a lighthouse by the sea at dusk in the rain, wide shot"
BOARD_BRIEFS = (5, 6)
STARS = (2, 4, 5, 3)
STATUSES = ("wip", "approved", "circled", "needs_retake")
SEQUENCE = "DRV_020"
PANELS = (
    ("Rain on the windscreen. She looks for the turning.", "It must be here somewhere.", 48),
    ("The car leaves the road.", "", 36),
    ("She stops where the lights end.", "Nobody lives out here.", 60),
    ("A light goes on in the fog.", "", 24),
    ("She gets out.", "Hello?", 36),
)
MARGIN = 40  # pixels of empty page kept below what is shown
GAP = 10  # pixels between the versions on a sheet
READY = {
    "review": ".ct-review[data-shown]:not([data-shown=''])",
    "board": ".ct-take img[src]",
    "briefs": ".ct-brief",
    "models": ".ct-table",
    "before_after": ".ct-comparisons img",
    "projects": ".ct-project-list li",
    "people": "tr[data-person=dana]",
    "rank": ".ct-ranking[data-shown]:not([data-shown=''])",
    "take": ".ct-take-page .ct-stage :is(img, video)",
    "selects": ".ct-cut-shot button",
    "storyboard": ".ct-panel img",
    "agreement": ".ct-heat",
}


def make_pictures(day: Day, out: Path, only: list[str]) -> None:
    day.run(f"init {day.folder} --demo")
    for name, role in (("ana", "supervisor"), ("ben", "creative"), ("kit", "creative"), ("dana", "admin")):
        day.add_person(name, role)
    with day.serving() as address:
        ana = client(address, day.token("ana"))
        wait_for_takes(ana)
        fill_board(ana)
        pages = {"review": show_review, "rank": show_rank, "board": show_board, "briefs": show, "projects": show}
        fill_storyboard(ana)
        more = {"take": show_take, "selects": show_selects, "storyboard": show_storyboard}
        photograph(address, out, {**pages, **more}, "ana", only)
        assert judge(ana, SIXTY) == SIXTY
        recipe = day.folder.parent / "quick.yaml"
        recipe.write_text(RECIPE)
        version = day.run(f"nightly --recipe {recipe} --pairs {TRIAL_PAIRS}")["version"]
        save_first_version(day, version, out / "first_version.jpg")
        wait_for_takes(ana)
        for name in ("ben", "kit", "ana"):
            judge(client(address, day.token(name)), TRIAL_PAIRS)
        day.run(f"trial standing {version} --by dana --yes")
        photograph(
            address,
            out,
            {"models": show, "before_after": show_before_after, "people": show, "agreement": show},
            "dana",
            only,
        )


def fill_board(person: httpx.Client) -> None:
    """Stars, statuses and a note on the takes of the board that is shown."""
    for brief in BOARD_BRIEFS:
        takes = answer(person.get(f"/api/takes?brief={brief}"))
        for take, stars, status in zip(takes, STARS, STATUSES, strict=True):
            judgement = {"take": take["id"], "uid": f"{take['id']} on the board"}
            answer(person.post("/api/ratings", json={**judgement, "stars": stars}))
            answer(person.post("/api/statuses", json={**judgement, "status": status}))
        note = {"uid": f"note on brief {brief}", "take": takes[2]["id"], "text": "this is the light we talked about"}
        answer(person.post("/api/notes", json=note))


def fill_storyboard(person: httpx.Client) -> None:
    """A sequence's select, and other takes of it, with what happens and what is said."""
    board = {"project": "DEMO", "sequence": SEQUENCE}
    answer(person.post("/api/storyboard/panels", json={**board, "selects": True}))
    offered = answer(person.get("/api/storyboard/takes", params=board))
    takes = [side["take"] for side in offered if side["kind"] == "still"][1 :: len(offered) // 6 or 1][
        : len(PANELS) - 1
    ]
    answer(person.post("/api/storyboard/panels", json={**board, "takes": takes}))
    panels = answer(person.get("/api/storyboard", params=board))["panels"]
    for panel, (action, dialogue, held) in zip(panels, PANELS, strict=False):
        texts = {"revision": panel["revision"], "action": action, "dialogue": dialogue, "held": held}
        answer(person.patch(f"/api/storyboard/panels/{panel['id']}", json=texts))


def save_first_version(day: Day, version: str, path: Path, side: int = 256) -> None:
    """Four takes of one prompt by the starter above, four by the version below; no seed on both sides."""
    takes: list[dict[str, Any]] = []
    for name, seed in (("starter", 1), (version, 11)):
        takes += day.run(f'generate --prompt "{PROMPT}" --takes 4 --seed {seed} --version {name} --wait')["takes"]
    sheet = Image.new("RGB", (4 * side, 2 * side + GAP), "white")
    for number, take in enumerate(takes):
        picture = Image.open(take["path"]).convert("RGB").resize((side, side))
        sheet.paste(picture, (number % 4 * side, number // 4 * (side + GAP)))
    sheet.save(path, quality=88)


Show = Callable[[Page, str, str], None]


def photograph(address: str, out: Path, pages: dict[str, Show], person: str, only: list[str]) -> None:
    """Each page as out/NAME.png, seen by this person."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sign_in(page, address, person)
        for name, show_page in pages.items():
            if name in only:
                show_page(page, address, name)
                save(page, out / f"{name}.png")
        browser.close()


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/login")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".ct-who:not(:empty)")


def show(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}")
    page.wait_for_selector(READY[name])


def show_review(page: Page, address: str, name: str, words: str = "boat", most: int = 40) -> None:
    """Judges until a pair of a brief with these words is on screen, so that the counter and the filmstrip show something."""
    page.goto(address)
    for number in range(most):
        page.wait_for_selector(READY["review"])
        prompt = page.inner_text(".ct-prompt")
        if number > 3 and words in prompt and "close" in prompt:
            return
        page.keyboard.press("1209"[number] if number < 4 else "S")
        page.wait_for_timeout(400)
    raise SystemExit(f"{most} pairs were shown, none of a brief with {words!r}")


def show_rank(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/rank?size=6")
    page.wait_for_selector(READY["rank"])
    page.wait_for_timeout(400)
    for key in "42":
        page.keyboard.press(key)


def show_take(page: Page, address: str, name: str) -> None:
    """The one that `fill_board` wrote a note on."""
    takes = page.request.get(f"{address}/api/takes?brief={BOARD_BRIEFS[0]}").json()
    page.goto(f"{address}/take?take={takes[2]['id']}")
    page.wait_for_selector(READY["take"])


def show_selects(page: Page, address: str, name: str) -> None:
    project = page.request.get(f"{address}/api/projects").json()[0]["code"]
    page.goto(f"{address}/selects?project={project}")
    page.wait_for_selector(READY["selects"])


def show_storyboard(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/storyboard?project=DEMO&sequence={SEQUENCE}")
    page.wait_for_selector(READY["storyboard"])


def show_before_after(page: Page, address: str, name: str) -> None:
    """Alone, as a part of the Models page."""
    page.goto(f"{address}/models#before-after")
    page.wait_for_selector(READY[name])
    page.add_style_tag(content=".ct-page > *:not(:has(.ct-before-after)) { display: none !important; }")


def show_board(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/board")
    page.wait_for_function("() => document.querySelectorAll('.ct-take img[src]').length > 12")


def save(page: Page, path: Path) -> None:
    """In 256 colours: greys and small takes need no more, and the repository stays small."""
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
    picture = Image.open(path).convert("RGB")
    picture.crop((0, 0, picture.width, used_height(picture))).quantize(256).save(path, optimize=True)


def used_height(picture: Image.Image) -> int:
    """Down to the last row that shows anything, and a little further."""
    ground = Image.new("RGB", picture.size, picture.getpixel((0, picture.height - 1)))
    box = ImageChops.difference(picture, ground).getbbox()
    return min(picture.height, box[3] + MARGIN) if box else picture.height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--only", nargs="*", default=list(READY), help="pages to photograph")
    parser.add_argument("--studio", type=Path, help="a new folder to keep the studio in")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        make_pictures(Day(options.studio or Path(folder) / "studio"), options.out, options.only)


if __name__ == "__main__":
    main()
