"""A real Chromium, a real server process, and a studio of rendered takes."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from benchmarks.synthetic.scenes import captions, parse_caption, render, sample_style
from feedback.people import accounts, tokens
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio, media
from generation.media.encode import encode_clip
from tests.factories import PASSWORD, new_studio, open_to_everybody
from tests.ui import serving
from ui.security.access import COOKIE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=15_000)  # three browsers at a time on two cores are slow, and a true failure waits only once


def fill_with_scenes(studio: Studio, author: str, count: int, takes_each: int = 4) -> None:
    """Briefs with done takes, rendered as the starter model's teacher draws them."""
    projects.add_project(studio, "AGM", "The keeper", "24")
    open_to_everybody(studio)
    for index, prompt in enumerate(captions(count, seed=11)):
        shot = shots.add_shot(studio, "AGM", f"AGM_104_{10 * (index + 1):03d}")
        brief = briefs.write_brief(studio, shot["id"], prompt, author=author)
        render_queue.queue_takes(studio, brief["id"], range(takes_each))
    while leased := render_queue.lease_takes(studio, "test", 16):
        for take in leased:
            rng = np.random.default_rng(take["id"])
            content = parse_caption(take["brief_row"]["prompt"])
            assert content is not None, take["brief_row"]["prompt"]
            sink = io.BytesIO()
            Image.fromarray(render(content, sample_style(rng), 128, seed=take["id"])[0]).save(sink, "PNG")
            sha256 = media.store_bytes(studio, sink.getvalue(), "png", "image/png", 128, 128, 1)
            files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
            render_queue.finish_take(studio, take["id"], "test", **files, provenance={"seed": take["seed"]})


CLIP_FRAMES = 9


def add_clips(studio: Studio, count: int = 3) -> None:
    """A shot CLIP_010 with `count` short clips of moving noise."""
    shot = shots.add_shot(studio, "AGM", "CLIP_010")
    options = {"kind": "clip", "width": 64, "height": 64, "frames": CLIP_FRAMES}
    brief = briefs.write_brief(studio, shot["id"], "a house by day", author="ana", **options)
    for take in render_queue.queue_takes(studio, brief["id"], range(count)):
        assert render_queue.lease_takes(studio, "test", 1)
        frames = np.random.default_rng(take).integers(0, 255, (CLIP_FRAMES, 64, 64, 3), dtype=np.uint8)
        clip = encode_clip(frames, Fraction(24))
        sha256 = media.store_bytes(studio, clip, "mp4", "video/mp4", 64, 64, CLIP_FRAMES)
        files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
        render_queue.finish_take(studio, take, "test", **files, provenance={})


@dataclass
class Served:
    """A studio behind a running server that a test may kill and start again on the same port."""

    studio: Studio
    port: int
    process: object = None
    module: str = "ui.cli"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        # Nothing is drawn in these tests, and a worker loads torch each time.
        self.process = serving.start(self.studio.folder, self.port, "--no-worker", module=self.module)
        serving.healthy(self.port, self.process)  # type: ignore[arg-type]

    def kill(self) -> None:
        self.process.kill()  # type: ignore[attr-defined]
        self.process.wait()  # type: ignore[attr-defined]
        serving.wait_until_gone(self.port)


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A studio of rendered takes, of which each test has its copy."""
    folder = tmp_path_factory.mktemp("scenes") / "studio"
    studio = new_studio(folder)
    accounts.add_person(studio, "ana", "creative", PASSWORD)
    accounts.add_person(studio, "sue", "supervisor", PASSWORD)
    accounts.add_person(studio, "ada", "admin", PASSWORD)
    fill_with_scenes(studio, "ana", count=8)
    studio.close()
    return folder


@pytest.fixture
def writing(tmp_path: Path, scenes: Path) -> Iterator[Served]:
    """With the prompt writer's process beside the server."""
    studio = Studio.open(shutil.copytree(scenes, tmp_path / "studio"))
    server = Served(studio, serving.free_port(), module="tests.browser.writing_server")
    server.start()
    yield server
    serving.stop(server.process)  # type: ignore[arg-type]
    studio.close()


@pytest.fixture
def served(tmp_path: Path, scenes: Path) -> Iterator[Served]:
    studio = Studio.open(shutil.copytree(scenes, tmp_path / "studio"))
    server = Served(studio, serving.free_port())
    server.start()
    yield server
    serving.stop(server.process)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        reason = "no chromium on this machine; install it with: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page of a fresh profile; a script error on it fails the test that used it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    for each in context.pages:
        with suppress(Error):  # a context that is closed while a page is on its way may never be
            each.wait_for_load_state(timeout=5000)
    context.close()
    assert not errors, errors


def sign_in(page: Page, server: Served, name: str, path: str = "/") -> None:
    """With a session of its own, as the login form begins one (tests/ui/security/test_login.py)."""
    session = tokens.start_session(server.studio, accounts.get_person(server.studio, name)["id"])
    page.context.add_cookies([{"name": COOKIE, "value": session, "url": server.address, "httpOnly": True}])
    page.goto(server.address + path)
    page.wait_for_selector(".ct-who:not(:empty)", timeout=30_000)


def sign_in_by_form(page: Page, server: Served, name: str, path: str = "/") -> None:
    """As a person does."""
    page.goto(server.address + path)
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("button")
    page.wait_for_selector(".ct-who:not(:empty)", timeout=30_000)
