"""The benchmark of the board: each wait is measured on both pages, and what misses its goal is named."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from benchmarks.board import __main__ as board
from tests import preloaded


@pytest.mark.slow
@pytest.mark.browser
def test_both_pages_are_measured() -> None:
    """In a process of its own: two browsers of one process cannot be driven at once."""
    if not shutil.which("chromium"):
        pytest.skip("no chromium on this machine; install it with: apt-get install chromium")
    words = ("--takes", "64", "--rounds", "1", "--frames", "20", "--passes", "1", "--json")
    done = subprocess.run([preloaded.python(), "-m", "benchmarks.board", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    pages = [*result["board"].values(), result["gallery"]]
    assert len(pages) == 4
    assert all(page[name] > 0 for page in pages for name in board.GOALS)
    assert set(result["ratio"]) == set(board.GOALS)


def test_the_worst_frame_is_that_of_a_usual_pass_at_the_worse_speed() -> None:
    assert board.worst_frame({40: [[16, 17], [16, 90], [16, 18]], 300: [[16], [20], [33]]}) == 20
