"""The board of a project of ten thousand takes in headless Chromium, beside a plain Gradio gallery of the same takes.

    python -m benchmarks.board --json

One run makes a studio (`benchmarks.studio_size.filling`, all in one project, with rendered pictures) and measures both
pages on it, one after the other, each in a fresh profile. `ratio` is how much longer the gallery takes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.browser import CHROMIUM, PASSWORD, process, sign_in, store_scene
from benchmarks.public_interfaces import free_port
from benchmarks.studio_size.filling import fill_studio
from benchmarks.synthetic.scenes import captions
from feedback.people import accounts, project_members
from feedback.store import Studio

GOALS = {"first_paint": 1000, "status_click": 100, "worst_frame": 50}
SCRIPT = (Path(__file__).parent / "measure.js").read_text()
PICTURES, SIDE = 24, 256
CLICKS = 20
STEPS = (40, 300)  # pixels a frame: as one reads, and as one looks for something
BOARDS = (("rows", "person0", ""), ("wall", "person0", "?view=wall"), ("wall, a creative", "ana", "?view=wall"))
VIEW: ViewportSize = {"width": 1440, "height": 900}


def make_studio(folder: Path, takes: int) -> Studio:
    """One project with so many takes, which share a few rendered pictures."""
    studio = fill_studio(folder, takes, projects_count=1)
    accounts.set_password(studio, "person0", PASSWORD)
    accounts.add_person(studio, "ana", "creative", PASSWORD)
    project_members.add_member(studio, "P0", "ana")
    names = [store_scene(studio, number, prompt, SIDE) for number, prompt in enumerate(captions(PICTURES, seed=3))]
    with studio.writing() as db:
        for number, sha256 in enumerate(names):
            db.execute("UPDATE takes SET rendition = ? WHERE id % ? = ?", (sha256, PICTURES, number))
        db.execute("UPDATE briefs SET width = ?, height = ?", (SIDE, SIDE))
    return studio


def open_page(browser: Browser) -> Page:
    page = browser.new_context(viewport=VIEW).new_page()
    page.add_init_script(SCRIPT)
    return page


def measure_board(browser: Browser, address: str, name: str, query: str, options: Options) -> dict[str, Any]:
    page = open_page(browser)
    sign_in(page, address, name)
    paints = []
    for _ in range(options.rounds):
        page.goto(f"{address}/board{query}", wait_until="commit")
        paints.append(page.evaluate("measured.firstPaint('.ct-take img')"))
        page.wait_for_timeout(1500)
    clicks = [page.evaluate(CLICK_BOARD, number) for number in range(CLICKS)]
    frames = scroll(page, ".ct-scroller", options)
    elements = page.evaluate("document.querySelectorAll('*').length")
    longest_task = measure_tasks(browser, page, ".ct-scroller", options)
    page.context.close()
    return {**summarise(paints, clicks, frames, elements), "longest_task_cpu": longest_task}


# The cards in view are clicked in turn, each to another status than it has.
CLICK_BOARD = """number => {
    const cards = document.querySelectorAll('.ct-take');
    const card = cards[number % cards.length];
    const button = card.querySelector('[data-status]:not(.ct-on):not([data-status=circled]):not([data-status=discarded])');
    return measured.click(button, () => button.classList.contains('ct-on'));
}"""
CLICK_GALLERY = """async number => {
    const chosen = document.querySelector('#chosen input');
    chosen.value = number;
    chosen.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((done) => setTimeout(done, 200));
    const text = () => document.querySelectorAll('#gallery .caption-label')[number]?.textContent;
    const before = text();
    return measured.click(document.querySelector('#approve'), () => text() && text() !== before);
}"""
SCROLL = "([scroller, step, count]) => measured.scroll(document.querySelector(scroller), step, count)"


@dataclass(frozen=True)
class Options:
    """How often each thing is done."""

    # Loads of each page.
    rounds: int = 3
    # Of one pass of scrolling.
    frames: int = 150
    # Of scrolling, at each speed.
    passes: int = 5
    # The first so many of BOARDS.
    boards: int = len(BOARDS)


def scroll(page: Page, scroller: str, options: Options) -> dict[int, list[list[float]]]:
    """Frame times of each pass, by how far a frame goes."""
    return {
        step: [page.evaluate(SCROLL, [scroller, step, options.frames]) for _ in range(options.passes)] for step in STEPS
    }


def measure_tasks(browser: Browser, page: Page, scroller: str, options: Options) -> float:
    """CPU milliseconds of the longest task of the page's main thread while it scrolls.

    What else runs on the machine makes frames late, and hardly changes this.
    """
    browser.start_tracing(page=page, categories=["toplevel"])
    scroll(page, scroller, replace(options, passes=1))
    events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    times = [event.get("tdur", 0) for event in events if (event["pid"], event["tid"]) in threads]
    return round(max(times) / 1000, 1)


def measure_machine(browser: Browser, options: Options) -> float:
    """The worst frame of an empty page that is scrolled in the same way: what else runs on this machine."""
    page = open_page(browser)
    page.set_content("<div id='empty' style='height:800px;overflow:auto'><div style='height:400000px'></div></div>")
    page.evaluate(SCRIPT)
    worst = worst_frame(scroll(page, "#empty", options))
    page.context.close()
    return worst


def worst_frame(frames: dict[int, list[list[float]]]) -> float:
    """The longest frame of a pass, in the median of passes, at the worse of the speeds."""
    return round(max(statistics.median(map(max, passes)) for passes in frames.values()), 1)


def measure_gallery(browser: Browser, address: str, options: Options) -> dict[str, Any]:
    page = open_page(browser)
    page.set_default_timeout(300_000)
    page.goto(address, wait_until="commit")
    paint = page.evaluate("measured.firstPaint('#gallery .thumbnail-item img')")
    page.wait_for_timeout(3000)
    clicks = [page.evaluate(CLICK_GALLERY, number) for number in range(2)]
    # It takes seconds for a frame: as many as are needed to see that.
    frames = scroll(page, "#gallery .grid-wrap", replace(options, passes=1, frames=min(options.frames, 30)))
    elements = page.evaluate("document.querySelectorAll('*').length")
    page.context.close()
    return summarise([paint], clicks, frames, elements)


def summarise(
    paints: list[float], clicks: list[float], frames: dict[int, list[list[float]]], elements: int
) -> dict[str, Any]:
    """Milliseconds: medians of loads, clicks and passes, and the worst of all."""
    every = sorted(each for passes in frames.values() for some in passes for each in some)
    return {
        "first_paint": round(statistics.median(paints)),
        "worst_first_paint": round(max(paints)),
        "status_click": round(statistics.median(clicks), 1),
        "worst_status_click": round(max(clicks), 1),
        "worst_frame": worst_frame(frames),
        "worst_frame_of_all": round(every[-1], 1),
        "frame_p99": round(every[len(every) * 99 // 100], 1),
        "elements": elements,
    }


def measure(browser: Browser, takes: int, folder: Path, options: Options, gallery: bool = True) -> dict[str, Any]:
    """Both pages on one studio; what missed its goal is named."""
    make_studio(folder / "studio", takes).close()
    studio, boards = str(folder / "studio"), {}
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with process("ui.cli", "serve", "--studio", studio, "--port", str(port), "--no-worker", address=address):
        for label, name, query in BOARDS[: options.boards]:
            boards[label] = measure_board(browser, address, name, query, options)
            print(label, boards[label], file=sys.stderr)
    result = {
        "benchmark": "board",
        "takes": takes,
        "board": boards,
        "empty_page_worst_frame": measure_machine(browser, options),
    }
    if gallery:
        result |= beside_gallery(browser, studio, options, boards["wall"])
    missed = [f"{label}: {name}" for label, row in boards.items() for name, goal in GOALS.items() if row[name] > goal]
    return {**result, "missed": missed}


def beside_gallery(browser: Browser, studio: str, options: Options, board: dict[str, Any]) -> dict[str, Any]:
    port = free_port()
    with process("benchmarks.board.gallery", studio, str(port), address=f"http://127.0.0.1:{port}"):
        row = measure_gallery(browser, f"http://127.0.0.1:{port}", options)
    return {"gallery": row, "ratio": {name: round(row[name] / board[name], 1) for name in GOALS}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=Options.rounds, help="loads of each page")
    parser.add_argument("--frames", type=int, default=Options.frames, help="of one pass of scrolling")
    parser.add_argument("--passes", type=int, default=Options.passes, help="of scrolling, at each speed")
    parser.add_argument(
        "--boards", type=int, default=Options.boards, help="the first so many of rows, wall, a creative's wall"
    )
    parser.add_argument("--no-gallery", action="store_true", help="measure the board alone")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    options = Options(given.rounds, given.frames, given.passes, given.boards)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        result = measure(browser, given.takes, Path(folder), options, not given.no_gallery)
        browser.close()
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
