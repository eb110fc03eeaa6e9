"""The benchmarks of pages: each wait is measured on both pages, and what misses its goal is named."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from benchmarks.board import __main__ as board
from benchmarks.review_page import __main__ as review_page
from tests import preloaded

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def run(name: str, *words: str) -> dict[str, Any]:
    """In a process of its own: two browsers of one process cannot be driven at once."""
    done = subprocess.run([preloaded.python(), "-m", name, *words, "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_the_board() -> None:
    few = ("--takes", "64", "--rounds", "1", "--frames", "20", "--passes", "1", "--boards", "1")
    words = (*few, "--no-gallery")  # which takes a minute
    result = run("benchmarks.board", *words)
    assert list(result["board"]) == ["rows"]
    assert all(page[name] > 0 for page in result["board"].values() for name in board.GOALS)


def test_the_review_page_beside_a_plain_one() -> None:
    result = run("benchmarks.review_page", "--verdicts", "3", "--sides", "64", "--drift-seconds", "1")
    stills, clips = result["stills of 64"], result["clips"]
    assert stills["plain_page"]["painted"] > 0
    assert stills["ratio"] > 0
    for kind, row in (("stills", stills), ("clips", clips)):
        assert all(row["review_page"][name] >= 0 for name in review_page.GOALS[kind])
        assert row["review_page"]["acknowledged"] > 0
