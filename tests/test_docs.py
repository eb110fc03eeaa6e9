"""README and docs tell the truth: every command in them is run, and every command of the CLI is in them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import pytest

from benchmarks.house_style.options import parse, requested_points
from benchmarks.public_interfaces import wait_until_healthy

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [ROOT / "benchmarks"]  # whose docstrings say how they are run
NOTES = sorted((ROOT / "docs" / "research").glob("*.md"))
READ = [*PAGES, *NOTES, ROOT / "benchmarks" / "RESULTS.md", ROOT / "generation" / "starter" / "README.md"]
LONG = READ + sorted(path for folder in MODULES for path in folder.rglob("*.py"))
# Indented, since they take from minutes to a day: nobody runs them on the way, and no test can.
LONG_COMMAND = re.compile(r"^ {4}((?:python -m|printf) .+?)(?:\s+#.*)?$", re.M)
BLOCK = re.compile(r"```(?:sh|bash|console)\n(.*?)```", re.S)
# Ways in that a test cannot run inside itself (they build the venv, or are this very test run); each is checked
# to be a real target or script, and .ci/run runs them from a clean clone.
ENTRANCES = re.compile(r"^(make (?P<target>\w+)|bash \.ci/run|git clone |cd )")


def commands_of(page: Path) -> list[str]:
    """Every shell command in the page's fenced sh blocks; comments and output lines (starting with '->') left out."""
    lines = "\n".join(BLOCK.findall(page.read_text())).replace("\\\n", " ").splitlines()
    return [re.split(r"\s+#\s", line)[0].strip() for line in lines if re.match(r"^[A-Za-z.$]", line)]


def all_commands() -> list[tuple[str, str]]:
    return [(page.name, command) for page in PAGES for command in commands_of(page)]


def documented_text() -> str:
    return "\n".join(page.read_text() for page in PAGES)


def leaves(group: click.Group, prefix: str = "circletake") -> list[str]:
    names = []
    for name, command in group.commands.items():
        full = f"{prefix} {name}"
        names += leaves(command, full) if isinstance(command, click.Group) else [full]
    return names


def test_every_cli_command_is_documented() -> None:
    from ui.cli import main

    text = documented_text()
    missing = [name for name in leaves(main) if name not in text]
    assert not missing, f"not in README or docs: {missing}"


def test_every_make_target_named_in_the_docs_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page, command in all_commands():
        match = ENTRANCES.match(command)
        if match and match["target"]:
            assert re.search(rf"^{match['target']}:", makefile, re.M), f"{page}: {command}"


def test_every_picture_and_page_linked_exists() -> None:
    for page in READ:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page.name} links to {link}, which is not there"


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
            assert requested_points(parse(words[3:])), f"{page.name}: {command}"


@cache
def options_of(module: str) -> set[str]:
    """Of its usage: what help says after that may be the very docstring in doubt."""
    asked = [sys.executable, "-m", module, "--help"]
    said = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120).stdout
    return set(re.findall(r"--[a-z][a-z-]*", said.split("\n\n")[0]))


@pytest.fixture(scope="module")
def shell_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A fresh working folder in which the pages' commands are run in the order they are written."""
    folder = tmp_path_factory.mktemp("docs")
    bin_folder = str(Path(sys.executable).parent)
    (folder / "generation" / "starter").mkdir(parents=True)
    (folder / "generation" / "starter" / "weights").symlink_to(ROOT / "generation" / "starter" / "weights")
    return {
        **os.environ,
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "CIRCLETAKE_STUDIO": str(folder / "studio"),
        "PYTHONPATH": str(ROOT),
        "DOCS_FOLDER": str(folder),
    }


def judge_the_demo(folder: str) -> None:
    """What the pages take for granted between two of their commands: a day of judging by a person with a taste."""
    from benchmarks.raters import load_taste
    from feedback.judgements import ballots, statuses
    from feedback.pair_selection import next_pairs
    from feedback.people import accounts
    from feedback.store import Studio, media
    from generation.media.decode import read_frames

    studio, taste = Studio.open(folder), load_taste("warm")
    person = accounts.get_person(studio, "ana")
    for number, pair in enumerate(next_pairs.next_pairs(studio, person["id"], 200)):
        if pair["left"]["kind"] == "clip":  # a step of clips takes twelve seconds
            continue
        scores = [
            taste(read_frames(media.path_of(studio, pair[side]["rendition"]))[None].astype("float32") / 255)[0]
            for side in ("left", "right")
        ]
        verdict = "left" if scores[0] > scores[1] else "right"
        ids = pair["left"]["id"], pair["right"]["id"]
        ballots.cast_ballot(studio, person["id"], f"docs-{number}", *ids, verdict, 900)
    statuses.set_status(studio, person, "docs-circle", pair["left"]["id"], "circled")


def serve_for_a_moment(command: str, environment: dict[str, str]) -> None:
    """Starts what would serve for ever, waits for its health, and ends it."""
    port = int(command.split("--port ")[1].split()[0])
    process = subprocess.Popen(shlex.split(command), env=environment, cwd=environment["DOCS_FOLDER"])
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


def run_as_written(page: Path, command: str, environment: dict[str, str]) -> None:
    folder = environment["DOCS_FOLDER"]
    done = subprocess.run(command, shell=True, env=environment, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{page.name}: {command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_run_as_written(page: Path, shell_environment: dict[str, str]) -> None:
    for command in commands_of(page):
        if ENTRANCES.match(command):
            continue
        shlex.split(command)  # a broken quote is a mistake of the page, said here and not by the shell
        if command.startswith("circletake tune --dry-run"):
            judge_the_demo(shell_environment["CIRCLETAKE_STUDIO"])
        if command.startswith("circletake serve"):
            serve_for_a_moment(command, shell_environment)
        else:
            run_as_written(page, command, shell_environment)
