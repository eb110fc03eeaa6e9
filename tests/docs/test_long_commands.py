"""Commands that take from minutes to a day are indented, and parsed: their options exist, their points can be measured."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

MODULES = [ROOT / "benchmarks", ROOT / "tests" / "docs"]  # whose docstrings say how they are run
LONG = [*PAGES, ROOT / "benchmarks" / "RESULTS.md", ROOT / "generation" / "starter" / "README.md"]
LONG += sorted(path for folder in MODULES for path in folder.rglob("*.py"))
LONG_COMMAND = re.compile(r"^ {4}((?:python -m|printf) .+?)(?:\s+#.*)?$", re.M)


@pytest.mark.parametrize(
    "page",
    [page for page in LONG if LONG_COMMAND.search(page.read_text())],
    ids=lambda page: f"{page.parent.name}/{page.name}",
)
def test_what_takes_hours_could_be_run_as_written(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option is one of the command's, and what a benchmark is asked for are points that it can measure."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "benchmarks").symlink_to(ROOT / "benchmarks")
    for command in LONG_COMMAND.findall(page.read_text()):
        words = shlex.split(command)
        if words[0] == "printf":
            subprocess.run(command, shell=True, check=True)
            continue
        unknown = [word for word in words if word.startswith("--") and word not in options_of(words[2])]
        assert not unknown, f"{page.name}: {command}: no {unknown}"
        if words[2] == "benchmarks.house_style":
            from benchmarks.house_style.options import parse, requested_points

            assert requested_points(parse(words[3:])), f"{page.name}: {command}"


@cache
def options_of(module: str) -> set[str]:
    """Of its usage: what help says after that may be the very docstring in doubt."""
    command = [sys.executable, "-m", module, "--help"]
    help = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300).stdout
    return set(re.findall(r"--[a-z][a-z-]*", help.split("\n\n")[0]))
