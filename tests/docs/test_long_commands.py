"""What takes from minutes to a day, or a farm of machines, is indented, and read: options exist, scripts have no slip of the pen."""

from __future__ import annotations

import re
import shlex
import subprocess
import textwrap
from functools import cache
from pathlib import Path

import pytest

from tests import preloaded
from tests.docs.pages import PAGES, ROOT
from tests.docs.test_pages import leaves

MODULES = [ROOT / "benchmarks", ROOT / "tests" / "docs"]  # whose docstrings say how they are run
LONG = [*PAGES, ROOT / "benchmarks" / "RESULTS.md", ROOT / "generation" / "starter" / "README.md"]
LONG += sorted(path for folder in MODULES for path in folder.rglob("*.py"))
SERVICE = re.compile(r"^ {4}(?:[A-Z_]+=\S+ |srun )*((?:circletake|ray) .+)$", re.M)  # runs until it is told to stop
SCRIPT = re.compile(r"^ {4}(?:#!/bin/bash|import ).*\n(?: {4}.*\n)*", re.M)
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


@pytest.mark.parametrize(
    "page", [page for page in PAGES if SERVICE.search(page.read_text())], ids=lambda page: page.name
)
def test_services_could_be_started_as_written(page: Path) -> None:
    from ui.cli import main

    commands = leaves(main)
    for line in SERVICE.findall(page.read_text()):
        words = shlex.split(line)
        if words[0] == "circletake":
            named = next(count for count in (2, 3) if " ".join(words[:count]) in commands)
            # a wrong option or value raises
            commands[" ".join(words[:named])].make_context(words[named - 1], words[named:]).close()
        else:
            assert not {word.split("=")[0] for word in words[2:]} - options_of_ray(words[1]), f"{page.name}: {line}"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if SCRIPT.search(page.read_text())], ids=lambda page: page.name
)
def test_scripts_can_be_read_by_what_runs_them(page: Path) -> None:
    for match in SCRIPT.finditer(page.read_text()):
        script = textwrap.dedent(match[0])
        if script.startswith("#!/bin/bash"):
            subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        else:
            compile(script, page.name, "exec")


@cache
def options_of_ray(command: str) -> set[str]:
    scripts = pytest.importorskip("ray.scripts.scripts", reason="Ray is an optional extra")
    return {name for option in scripts.cli.commands[command].params for name in option.opts}


@cache
def options_of(module: str) -> set[str]:
    """Of its usage: what help says after that may be the very docstring in doubt."""
    command = [preloaded.python(), "-m", module, "--help"]
    help = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300).stdout
    return set(re.findall(r"--[a-z][a-z-]*", help.split("\n\n")[0]))
