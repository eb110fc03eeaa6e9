"""Verdicts on the review page in headless Chromium, beside a plain Gradio page of the same pairs.

    python -m benchmarks.review_page --json

For each size of stills, and for clips, one run makes a studio, presses a key for each verdict and measures until the next
pair is painted, and how long the server took to acknowledge the verdict. Clips are then left to play: how many frames they
drift apart. `ratio` is how much longer the plain page takes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.browser import CHROMIUM, PASSWORD, process, sign_in, store_scene
from benchmarks.public_interfaces import free_port
from benchmarks.synthetic.scenes import captions, parse_caption, render, sample_style
from feedback.models import versions
from feedback.people import accounts, project_members
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio, media
from feedback.trials import promotion
from generation.media.encode import encode_clip

GOALS = {
    "stills": {"painted": 30.0, "painted_p95": 36.0, "acknowledged_p95": 30.0},
    "clips": {"painted_p95": 80.0, "drift": 1.0},
}
SCRIPT = (Path(__file__).parent / "measure.js").read_text()
TAKES_EACH = 8  # of a brief: 28 pairs
LOOK = 200  # ms between a pair and its verdict: sooner than 150 none is taken
CLIP_SIDE, CLIP_FRAMES, CLIP_FPS = 256, 49, 24
VIEW: ViewportSize = {"width": 1440, "height": 900}


def make_studio(folder: Path, kind: str, side: int, pairs: int) -> Studio:
    """Briefs with drawn takes, enough for so many pairs."""
    studio = Studio.create(folder)
    promotion.ensure_starter(studio)
    accounts.add_person(studio, "ana", "creative", PASSWORD)
    projects.add_project(studio, "P0", "A project", "24")
    project_members.add_member(studio, "P0", "ana")
    shot = shots.add_shot(studio, "P0", "S_010")
    count = -(-pairs // (TAKES_EACH * (TAKES_EACH - 1) // 2))
    for number, prompt in enumerate(captions(count, seed=3)):
        size: dict[str, Any] = {
            "kind": kind,
            "width": side,
            "height": side,
            "frames": CLIP_FRAMES if kind == "clip" else 1,
        }
        brief = briefs.write_brief(studio, shot["id"], prompt, author="ana", **size)
        render_queue.queue_takes(studio, brief["id"], range(TAKES_EACH), version=versions.production_version(studio))
        for take in render_queue.lease_takes(studio, "benchmark", TAKES_EACH):
            stored = (
                store_clip(studio, take["id"], prompt)
                if kind == "clip"
                else store_scene(studio, take["id"], prompt, side)
            )
            files = {"media": stored, "rendition": stored}
            provenance = {"seed": number}
            render_queue.finish_take(
                studio, take["id"], "benchmark", **files, poster=None, rendition_poster=None, provenance=provenance
            )
    return studio


def store_clip(studio: Studio, number: int, prompt: str) -> str:
    """A rendered still that the camera passes over; its sha256."""
    content = parse_caption(prompt)
    assert content is not None, prompt
    wide = render(
        content, sample_style(np.random.default_rng(number)), (CLIP_SIDE, CLIP_SIDE + CLIP_FRAMES), seed=number
    )[0]
    frames = np.stack([wide[:, k : k + CLIP_SIDE] for k in range(CLIP_FRAMES)])
    clip = encode_clip(frames, Fraction(CLIP_FPS))
    return media.store_bytes(studio, clip, "mp4", "video/mp4", CLIP_SIDE, CLIP_SIDE, CLIP_FRAMES)


def measure_page(browser: Browser, address: str, verdicts: int, drift_seconds: float) -> dict[str, float]:
    page = browser.new_context(viewport=VIEW).new_page()
    page.add_init_script(SCRIPT)
    page.add_init_script("performance.setResourceTimingBufferSize(5000)")
    sign_in(page, address, "ana")
    page.goto(address)
    painted = [judge(page, "12"[number % 2]) for number in range(verdicts)]
    page.wait_for_function("document.querySelector('.ct-counter').textContent.endsWith(' 0 pending')")
    acknowledged = page.evaluate("measured.requests('/api/ballots')")
    apart = (
        page.evaluate("([seconds, fps]) => measured.drift(seconds, fps)", [drift_seconds, CLIP_FPS])
        if drift_seconds
        else []
    )
    page.context.close()
    return {
        **summarise("painted", painted),
        **summarise("acknowledged", acknowledged),
        **({"drift": round(percentile(apart, 99), 2), "drift_worst": round(max(apart), 2)} if apart else {}),
    }


def judge(page: Page, key: str) -> float:
    page.wait_for_selector(".ct-review[data-shown]:not([data-shown=''])")
    page.wait_for_timeout(LOOK)
    page.evaluate("() => { window.painted = measured.nextPair(); }")
    page.keyboard.press(key)
    return float(page.evaluate("window.painted"))


def measure_plain(browser: Browser, address: str, verdicts: int) -> dict[str, float]:
    page = browser.new_context(viewport=VIEW).new_page()
    page.add_init_script(SCRIPT)
    page.goto(address)
    page.wait_for_selector("#right img")
    painted = []
    for number in range(verdicts):
        page.wait_for_timeout(LOOK)
        side = ("left", "right")[number % 2]
        painted.append(float(page.evaluate(f"measured.press(document.querySelector('#{side}-button'))")))
    page.context.close()
    return summarise("painted", painted)


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]


def summarise(name: str, values: list[float]) -> dict[str, float]:
    return {name: round(statistics.median(values), 1), f"{name}_p95": round(percentile(values, 95), 1)}


def measure(browser: Browser, folder: Path, kind: str, side: int, given: argparse.Namespace) -> dict[str, Any]:
    """Both pages on one studio."""
    studio = make_studio(folder / "studio", kind, side, given.verdicts + 20)
    studio.close()
    place, port = str(folder / "studio"), free_port()
    address = f"http://127.0.0.1:{port}"
    with process("ui.cli", "serve", "--studio", place, "--port", str(port), "--no-worker", address=address):
        ours = measure_page(browser, address, given.verdicts, given.drift_seconds if kind == "clip" else 0)
    row: dict[str, Any] = {"review_page": ours}
    if kind == "still":
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        with process("benchmarks.review_page.plain_page", place, str(port), address=address):
            row["plain_page"] = measure_plain(browser, address, min(given.verdicts, 60))
        row["ratio"] = round(row["plain_page"]["painted"] / ours["painted"], 2)
    goals = GOALS["clips" if kind == "clip" else "stills"]
    row["missed"] = [name for name, goal in goals.items() if ours[name] > goal]
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdicts", type=int, default=200, help="on each page")
    parser.add_argument("--sides", type=int, nargs="*", default=[512, 2048], help="pixels of stills")
    parser.add_argument("--drift-seconds", type=float, default=30)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result: dict[str, Any] = {"benchmark": "review_page", "verdicts": given.verdicts}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        for label, kind, side in [
            *((f"stills of {side}", "still", side) for side in given.sides),
            ("clips", "clip", CLIP_SIDE),
        ]:
            with tempfile.TemporaryDirectory() as folder:
                result[label] = measure(browser, Path(folder), kind, side, given)
            print(label, result[label], file=sys.stderr)
        browser.close()
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
