"""The commands of the pages do what the pages say: each fenced one is run, in order, in a studio of the page's own."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.synthetic.scenes import captions
from tests.docs.pages import ENTRANCES, PAGES, ROOT, commands_of
from tests.docs.studio_day import Day, answer, client, judge, wait_for_takes
from tests.generation.library.rendered import pictures, scene, write_film
from tests.ui import serving

STILLS = 24  # of the demo, which are drawn before its clips
BRIEFS = 16  # of the demo
PAIRS = 36  # all pairs of these
PHOTOGRAPHS = 24  # enough to learn from


def new_day(folder: Path) -> Day:
    """In a folder that has what the pages name beside the studio."""
    (folder / "generation" / "starter").mkdir(parents=True)
    (folder / "generation" / "starter" / "weights").symlink_to(ROOT / "generation" / "starter" / "weights")
    (folder / "films").mkdir()
    write_film(folder / "films" / "quay.mov", pictures([(number, 2.5) for number in range(3)]))
    (folder / "films" / "quay.txt").write_text("a quay at night")
    (folder / "photographs").mkdir()
    for number in range(PHOTOGRAPHS):
        Image.fromarray(scene(number, 160, 200)).save(folder / "photographs" / f"{number}.png")
    return Day(folder / "studio")


def judge_the_demo(day: Day) -> None:
    """What the pages take for granted between two commands: `serve --demo`, and somebody who judges and circles."""
    with day.serving("--demo") as address, client(address) as person:
        wait_for_takes(person, STILLS)
        for brief in range(1, BRIEFS + 1):  # what nobody judges is not drawn: a tour's server would go on with it
            answer(person.post("/api/takes/cancel", json={"brief": brief}))
        assert judge(person, PAIRS) == PAIRS
        take = answer(person.get("/api/takes?brief=1"))[0]["id"]
        circle = {"uid": "the first circled take", "take": take, "status": "circled"}
        answer(person.post("/api/statuses", json=circle))


def judge_own_prompts(day: Day) -> None:
    """The same in a studio with projects of its own, which takes no demo: prompts of the command line, judged by ana."""
    for number, prompt in enumerate(captions(STILLS // 4, 5)):
        made = day.run(f"generate --prompt {shlex.quote(prompt)} --takes 4 --seed {10 * number}")
    with day.serving() as address, client(address, day.token("ana")) as person:
        wait_for_takes(person)
        assert judge(person, PAIRS) == PAIRS
        circle = {"uid": "the first circled take", "take": made["takes"][0]["id"], "status": "circled"}
        answer(person.post("/api/statuses", json=circle))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The demo studio as it is after step 2 of getting started."""
    day = new_day(tmp_path_factory.mktemp("demo"))
    judge_the_demo(day)
    return day


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """No studio yet: the page makes its own."""
    return new_day(tmp_path_factory.mktemp("own"))


def serve_for_a_moment(day: Day, command: str) -> None:
    """Starts what would serve for ever, on a free port, waits for its health, and ends it."""
    port = serving.free_port()
    words = shlex.split(re.sub(r"--port \d+", f"--port {port}", command))
    process = subprocess.Popen(words, env=day.environment, cwd=day.folder.parent)
    try:
        serving.healthy(port, process, seconds=300)
    finally:
        assert serving.stop(process) == 0


def run_as_written(day: Day, page: Path, command: str) -> None:
    done = subprocess.run(
        command, shell=True, env=day.environment, cwd=day.folder.parent, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, f"{page.name}: {command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def run_page(page: Path, day: Day, before_tuning: Callable[[Day], None]) -> None:
    for command in commands_of(page):
        shlex.split(command)  # a broken quote is a mistake of the page, and not of the shell
        if ENTRANCES.match(command):
            continue
        if command == "circletake tune --dry-run":
            before_tuning(day)
        if command.startswith("export CIRCLETAKE_STUDIO="):
            assert command.endswith(f"={day.folder.name}"), "the environment of these tests has it"
        elif command.startswith("circletake serve"):
            serve_for_a_moment(day, command)
        else:
            run_as_written(day, page, command)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "administration.md"], ids=lambda page: page.name
)
def test_commands_run_as_written(page: Path, demo: Day) -> None:
    run_page(page, demo, before_tuning=lambda day: None)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_commands_of_administration_run_as_written(own: Day) -> None:
    run_page(ROOT / "docs" / "administration.md", own, before_tuning=judge_own_prompts)
