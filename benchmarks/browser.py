"""What benchmarks of pages share: a server, a signed-in page in headless Chromium, rendered pictures."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from benchmarks.synthetic.scenes import parse_caption, render, sample_style
from feedback.store import Studio, media

PASSWORD = "a long pass phrase"
RENDERED = 512  # pixels a side at most; larger stills are enlarged, with grain of their own, as rendering takes long
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def store_scene(studio: Studio, number: int, prompt: str, side: int) -> str:
    """A rendered still of so many pixels a side; its sha256."""
    content = parse_caption(prompt)
    assert content is not None, prompt
    rng, sink = np.random.default_rng(number), io.BytesIO()
    small = Image.fromarray(render(content, sample_style(rng), min(side, RENDERED), seed=number)[0])
    pixels = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC), np.int16)
    grain = rng.integers(-6, 7, pixels.shape, np.int16) if side > RENDERED else 0
    Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(sink, "PNG")
    return media.store_bytes(studio, sink.getvalue(), "png", "image/png", side, side, 1)


@contextmanager
def process(*words: str, address: str) -> Iterator[None]:
    started = subprocess.Popen(
        [sys.executable, "-m", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"},
    )
    try:
        wait_for(address, started)
        yield
    finally:
        started.terminate()
        started.wait(30)


def wait_for(address: str, started: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Until it answers, whatever it says."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and started.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/favicon.ico", timeout=5).close()
            return
        time.sleep(0.2)
    raise SystemExit(f"{address} did not answer in {seconds:.0f} s")


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/login")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".ct-who:not(:empty)")
