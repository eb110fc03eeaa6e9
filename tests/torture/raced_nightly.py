"""Several nights that start at once: one runs, the others leave with a line, and one that was killed blocks nobody."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import yaml

from feedback.maintenance import doctor
from feedback.models import runs, versions
from feedback.store import Studio
from feedback.trials import trials
from finetune.recipe import recipe_as_dict
from tests.faults.warm import KILLED, begin
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.tiny_pipelines.wan import tiny_wan
from tests.torture.killed_training import EVERY
from tests.torture.power_loss import forget
from tests.torture.table import Row, read_progress, write_progress

COUNT = 100
KINDS = ("nothing to learn",) * 6 + ("killed",) * 3 + ("tuned",)  # of ten rounds
AT_ONCE = 100  # nights of the last round
LONGEST = 300.0  # seconds that anything here may take
BUSY = re.compile(
    r"a night is already going on in process (\d+) on \S+ since [-\d: ]+ UTC, at its stage \w+: wait for it to end"
)
IDLE = "nothing was judged yet"


@dataclass
class Ended:
    number: int  # its process
    code: int
    lines: list[str]  # that it said


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` rounds, each with nights of its own."""
    prepare(folder)
    progress = read_progress(folder, "done") or {"rounds": [], "nights": 0}
    for number in range(len(progress["rounds"]), count):
        chance = random.Random(f"{seed} {number}")
        kind = KINDS[number % len(KINDS)]
        many = AT_ONCE if number == COUNT - 1 else None
        nights, wrong = race(folder, kind, chance, many)
        progress["rounds"].append([kind, wrong])
        progress["nights"] += nights
        write_progress(folder, "done", progress)
    rounds = progress["rounds"]
    bad = [f"round {number} ({kind}): {', '.join(wrong)}" for number, (kind, wrong) in enumerate(rounds) if wrong]
    counted = f"{len(rounds)} races of {progress['nights']} nights: {'; '.join(bad) or 'one ran in each'}"
    if len(rounds) >= COUNT:
        counted += f"; of the last, {AT_ONCE} began at once"
    return Row("Nights raced", "races", "one runs", counted, not bad and len(rounds) >= count)


def prepare(folder: Path) -> None:
    """An empty studio and a judged one to copy, and the recipe of a quick run."""
    if (folder / "made").exists():
        return
    for name in ("model", "empty", "judged"):
        shutil.rmtree(folder / name, ignore_errors=True)
    model = tiny_wan(folder / "model")
    forget(tiny_studio(folder / "empty", model))
    studio = tiny_studio(folder / "judged", model)
    judge_briefs(studio, count=3, takes_each=3)
    forget(studio)
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe_as_dict(quick(**EVERY))))
    (folder / "made").touch()


def race(folder: Path, kind: str, chance: random.Random, many: int | None = None) -> tuple[int, list[str]]:
    """(how many nights were started, what is wrong). `many`: of the last start; three to five without it."""
    place, learns = folder / "raced", kind == "tuned" or (kind == "killed" and chance.random() < 0.2)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copytree(folder / ("judged" if learns else "empty"), place / "studio")
    wrong, nights = [], 0
    with views(place) as paths:
        if kind == "killed":
            started = start_nights(folder, place / "first", paths, chance)
            dead = kill_the_one(started, place / "first", chance.uniform(0, 3) if learns else None)
            wrong += judged_race(started, place / "first", learns, dead)
            nights += len(started)
        started = start_nights(folder, place / "last", paths, chance, many)
        wrong += judged_race(started, place / "last", learns, None)
        nights += len(started)
    return nights, wrong + wrong_in_record(place / "studio", learns)


@contextmanager
def views(place: Path) -> Iterator[list[Path]]:
    """The studio's folder under several paths: its own, a link, and, where one may mount, a mount."""
    link, mount = place / "link", place / "mount"
    link.symlink_to(place / "studio")
    mount.mkdir()
    words = ["mount", "--bind", str(place / "studio"), str(mount)]
    mounted = subprocess.run(words, capture_output=True).returncode == 0
    try:
        yield [place / "studio", link, *([mount] if mounted else [])]
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", mount], check=True)


def start_nights(
    folder: Path, place: Path, paths: list[Path], chance: random.Random, many: int | None = None
) -> list[ForkServerProcess]:
    """Three to five nights, or so many, that begin in the same milliseconds."""
    place.mkdir()
    started = [
        begin(
            night, chance.choice(paths), folder / "recipe.yaml", place, chance.uniform(0, 0.004), log=place / f"{n}.log"
        )
        for n in range(many or chance.randrange(3, 6))
    ]
    until(lambda: len(list(place.glob("*.ready"))) == len(started))
    (place / "start").touch()
    return started


def night(studio: Path, recipe: Path, place: Path, later: float) -> None:
    """`circletake nightly` in a process of its own, which stays in its night until the others have left."""
    from finetune.jobs import nightly
    from ui.cli import main

    check = nightly.check_night  # which every sitting of a night does

    def enter(*given: object, **named: object) -> str:
        with (place / "inside").open("a") as file:
            file.write(f"{os.getpid()}\n")
        until((place / "go").exists)
        return check(*given, **named)  # type: ignore[arg-type]

    nightly.check_night = enter
    (place / f"{os.getpid()}.ready").touch()
    until((place / "start").exists, often=0.0005)
    time.sleep(later)
    main(["nightly", "--studio", str(studio), "--recipe", str(recipe)])


def until(is_so: object, often: float = 0.01) -> None:
    deadline = time.monotonic() + LONGEST
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < deadline, "the nights stand still"
        time.sleep(often)


def wait_for_others(started: list[ForkServerProcess]) -> None:
    """Until only one is left."""
    until(lambda: sum(process.exitcode is None for process in started) <= 1)


def kill_the_one(started: list[ForkServerProcess], place: Path, after: float | None) -> int:
    """Kills the night that runs, before its work or so many seconds into it; the number of its process."""
    wait_for_others(started)
    until((place / "inside").exists)
    number = int((place / "inside").read_text().split()[0])
    (one,) = (process for process in started if process.pid == number)
    if after is not None:
        (place / "go").touch()
        one.join(after)
    one.kill()
    one.join()
    return number


def judged_race(started: list[ForkServerProcess], place: Path, learns: bool, dead: int | None) -> list[str]:
    """What is wrong with how the nights of a race ended."""
    wait_for_others(started)
    (place / "go").touch()
    for process in started:
        process.join(LONGEST)
    ended = [read_end(process, place / f"{n}.log") for n, process in enumerate(started)]
    inside = [int(line) for line in (place / "inside").read_text().split()]
    wrong = [] if len(inside) == 1 else [f"{len(inside)} nights ran at once"]
    for each in ended:
        wrong += wrong_with(each, inside, learns, dead)
    return wrong


def read_end(process: ForkServerProcess, log: Path) -> Ended:
    lines = log.read_text().splitlines() if log.exists() else []
    return Ended(process.pid or 0, 99 if process.exitcode is None else process.exitcode, lines)


def wrong_with(each: Ended, inside: list[int], learns: bool, dead: int | None) -> list[str]:
    if each.number not in inside:
        busy = [BUSY.fullmatch(line) for line in each.lines]
        if each.code != 1 or len(busy) != 1 or busy[0] is None:
            return [f"one that did not run ended with {each.code} and {each.lines}"]
        return [] if int(busy[0][1]) in inside else [f"it named process {busy[0][1]}, which does not run"]
    if each.number == dead:
        return [] if each.code in (KILLED, 0) else [f"the killed one ended with {each.code}"]
    if learns:
        return [] if each.code == 0 else [f"the one that ran ended with {each.code} and {each.lines[-1:]}"]
    is_plain = each.code == 1 and len(each.lines) == 1 and each.lines[0].startswith(IDLE)
    return [] if is_plain else [f"the one that ran ended with {each.code} and {each.lines}"]


def wrong_in_record(folder: Path, learns: bool) -> list[str]:
    studio = Studio.open(folder)
    made = {
        "runs": [(row["id"], row["state"]) for row in runs.list_runs(studio)],
        "versions": [row["name"] for row in versions.list_versions(studio) if row["run"]],
        "trials": [row["id"] for row in trials.list_trials(studio)],
    }
    findings = [each["detail"] for each in doctor.check(studio) if not each["ok"]]
    forget(studio)
    right = {"runs": [(1, "done")], "versions": ["v0001"], "trials": [1]}
    due = right if learns else {name: [] for name in right}
    wrong = [f"{name} are {made[name]}" for name in due if made[name] != due[name]]
    left = [str(path.relative_to(folder)) for path in folder.rglob("*.partial")]
    return wrong + findings + ([f"left: {left}"] if left else [])
