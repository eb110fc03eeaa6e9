"""The fixture studio: takes to judge. Drawing costs most, so it is done once, and every point works on a copy.

The takes are drawn by the product's own worker from its own queue.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from tqdm import tqdm

from benchmarks.house_style.points import STARTER, BenchmarkSetup
from feedback.errors import Refused
from feedback.models import versions
from feedback.people import accounts, project_members
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio
from feedback.trials import promotion
from generation.models.checking import check_brief
from generation.models.loading import load_version
from generation.workers.worker import run_worker

WRITER, PROJECT = "writer", "HOUSE"
DRAWING = "bench.drawing"  # setting: {"takes", "seconds"} so far
LEASE = 30.0  # seconds; what a killed run held is free again after them
SEEDS_APART = 10_000_000  # between the seeds of two uses: no two uses of a setup share one


def open_studio(folder: Path, setup: BenchmarkSetup) -> Studio:
    """The studio in a folder, made where there is none: the setup's base in production, and a person who writes."""
    studio = Studio.open(folder) if (folder / "studio.db").exists() else Studio.create(folder)
    promotion.ensure_starter(studio)
    if setup.base != STARTER and versions.production_version(studio) == STARTER:
        versions.register_candidate(studio, "base", setup.base, [])
        promotion.promote(studio, "base", force=True, reason="the benchmark measures this model")
    if not projects.list_projects(studio):
        projects.add_project(studio, PROJECT, open_to_all=True)
    add_people(studio, [WRITER])
    return studio


def add_people(studio: Studio, names: Sequence[str]) -> list[int]:
    """Ids of creatives of these names, added where missing, who see every project."""
    there = {person["name"] for person in accounts.list_people(studio)}
    for name in names:
        if name not in there:
            accounts.add_person(studio, name, "creative")
        for project in projects.list_projects(studio):
            project_members.add_member(studio, project["code"], name)
    return [accounts.get_person(studio, name)["id"] for name in names]


def first_seed(setup: BenchmarkSetup, use: int) -> int:
    """Seeds of different uses of one setup lie apart, and so do those of setups with different seeds."""
    return (1000 * setup.seed + use) * SEEDS_APART


def draw_briefs(studio: Studio, setup: BenchmarkSetup, shot: str, prompts: Sequence[str], use: int) -> list[int]:
    """Ids of one brief per prompt, all their takes done; what an earlier run left undone is finished.

    Invalid when production cannot draw one of them. That is checked before the first take.
    """
    loaded = load_version(studio, versions.production_version(studio))
    for prompt in prompts:
        check_brief(loaded, setup.brief(prompt))
    if shot not in {row["code"] for row in shots.list_shots(studio, PROJECT)}:
        shots.add_shot(studio, PROJECT, shot)
    ids = write_briefs(studio, setup, shot, prompts)
    for index, brief in enumerate(ids):
        first = first_seed(setup, use) + index * setup.takes
        queue_missing(studio, brief, range(first, first + setup.takes))
    draw_queue(studio)
    return ids


def write_briefs(studio: Studio, setup: BenchmarkSetup, shot: str, prompts: Sequence[str]) -> list[int]:
    """The shot's briefs in order, those written that are not there yet."""
    there = [row["id"] for row in briefs.list_briefs(studio, PROJECT, shot)]
    number = shots.find_shot(studio, shot, PROJECT)["id"]
    for prompt in prompts[len(there) :]:
        there.append(briefs.write_brief(studio, number, author=WRITER, **setup.brief(prompt))["id"])
    return there[: len(prompts)]


def queue_missing(studio: Studio, brief: int, seeds: Sequence[int]) -> None:
    there = {row["seed"] for row in studio.rows("SELECT seed FROM takes WHERE brief = ?", (brief,))}
    missing = [seed for seed in seeds if seed not in there]
    if missing:
        render_queue.queue_takes(studio, brief, missing)


def draw_queue(studio: Studio) -> None:
    """Runs a worker until nothing is queued; Refused with the first error of a take that could not be drawn."""
    stop, began, waiting = Event(), time.monotonic(), waiting_takes(studio)
    with tqdm(total=waiting, desc="takes", disable=not waiting, file=sys.stderr) as bar:

        def on_progress(ids: list[int], share: float) -> None:
            bar.update(len(ids) if share >= 1 else 0)

        while waiting_takes(studio):
            run_worker(studio, once=True, stop=stop, on_progress=on_progress, lease_seconds=LEASE, compare=False)
            if stop.is_set():
                raise KeyboardInterrupt
            time.sleep(0.1)
    add_drawing(studio, waiting, time.monotonic() - began)
    error = studio.value("SELECT error FROM takes WHERE state = 'failed' ORDER BY id")
    if error is not None:
        raise Refused(f"a take could not be drawn: {error}; when that is mended, remove {studio.folder}")


def waiting_takes(studio: Studio) -> int:
    state = render_queue.queue_state(studio)
    return state["queued"] + state["leased"]


def add_drawing(studio: Studio, count: int, seconds: float) -> None:
    done = json.loads(studio.setting(DRAWING) or '{"takes": 0, "seconds": 0}')
    total = {"takes": done["takes"] + count, "seconds": done["seconds"] + seconds}
    if count:
        studio.set_setting(DRAWING, json.dumps(total))


def drawing_seconds(studio: Studio, count: int) -> float:
    """What drawing `count` takes costs here, whenever they were drawn."""
    done = json.loads(studio.setting(DRAWING) or '{"takes": 0, "seconds": 0}')
    return done["seconds"] / max(1, done["takes"]) * count


def copy_studio(source: Studio, folder: Path) -> Studio:
    """A studio with the same record. Media and cached latents are shared: both are named by their content."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("models", "runs"):
        (folder / part).mkdir(parents=True)
    for part in ("media", "cache"):
        (source.folder / part).mkdir(exist_ok=True)
        (folder / part).symlink_to(source.folder / part)
    with sqlite3.connect(source.database_path) as old, sqlite3.connect(folder / "studio.db") as new:
        old.backup(new)
    return Studio.open(folder)
