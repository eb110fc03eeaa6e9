"""Workers that are killed at any moment of drawing: no take is lost, drawn twice, or marked done without its files."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from feedback.maintenance import doctor
from feedback.models import versions
from feedback.people import accounts
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio
from feedback.trials import promotion
from tests.tiny_pipelines.wan import tiny_wan
from tests.torture.table import Row, read_progress, write_progress

COUNT = 100
LONGEST = 240.0  # seconds that a worker gets
# Begins to draw as soon as it is told to, which is when the libraries are loaded, and says how far it is.
WORKER = """
import sys
from generation.workers.worker import run_worker
from feedback.store import Studio
print("ready", flush=True)
sys.stdin.readline()
run_worker(Studio.open(sys.argv[1]), once=True, worker_name=sys.argv[2], lease_seconds=60)
"""


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` workers, each killed at a moment of its own while it draws; then one that draws what is left."""
    studio = prepare(folder)
    progress = read_progress(folder, "done") or {"killed": 0, "queued": []}
    while progress["killed"] < count:
        number = progress["killed"]
        chance = random.Random(f"{seed} {number}")
        ids = render_queue.queue_takes(studio, 1, [2 * number, 2 * number + 1])
        kill_one(studio, f"worker {number}", chance.uniform(0, 1.5))
        render_queue.end_leases(studio, f"worker {number}")  # as the supervisor does, which has seen it die
        with_attempts_left(studio)
        progress = {"killed": number + 1, "queued": [*progress["queued"], *ids]}
        write_progress(folder, "done", progress)
    draw_the_rest(studio)
    wrong = problems(studio, progress["queued"])
    counted = f"{progress['killed']} kills, {len(progress['queued'])} takes: {'; '.join(wrong) or 'each drawn once'}"
    return Row("Worker killed while it draws", "takes", "each drawn once", counted, not wrong)


def prepare(folder: Path) -> Studio:
    if (folder / "studio" / "studio.db").is_file():
        return Studio.open(folder / "studio")
    shutil.rmtree(folder / "model", ignore_errors=True)
    model = tiny_wan(folder / "model")
    studio = Studio.create(folder / "studio")
    promotion.ensure_starter(studio)
    versions.register_candidate(studio, "tiny", str(model), [])
    promotion.promote(studio, "tiny", force=True, reason="quick to draw with")
    author = accounts.add_person(studio, "ada", "admin")["name"]
    projects.add_project(studio, "P", "Project")
    shot = shots.add_shot(studio, "P", "S_010")["id"]
    size = {"width": 32, "height": 32, "steps": 12, "guidance": 3.0}
    briefs.write_brief(studio, shot, "a red sun", author=author, **size)
    return studio


def start(studio: Studio, name: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", WORKER, str(studio.folder), name]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        words, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def kill_one(studio: Studio, name: str, after: float) -> None:
    process = start(studio, name)
    begin(process)
    time.sleep(after)
    process.kill()
    process.wait()


def with_attempts_left(studio: Studio) -> None:
    """So that takes that met three deaths are not given up, which is another rule than this count's."""
    with studio.writing() as db:
        db.execute("UPDATE takes SET attempts = 0 WHERE state IN ('queued', 'leased')")


def draw_the_rest(studio: Studio) -> None:
    process = start(studio, "the last")
    begin(process)
    assert process.wait(LONGEST) == 0


def problems(studio: Studio, queued: list[int]) -> list[str]:
    rows = {row["id"]: row for row in studio.rows("SELECT id, seed, state, media, provenance FROM takes")}
    wrong = [f"take {id} is {rows[id]['state']}" for id in queued if rows[id]["state"] != "done"]
    wrong += [
        f"take {id} is of another seed"
        for id in queued
        if rows[id]["provenance"] and json.loads(rows[id]["provenance"])["seed"] != rows[id]["seed"]
    ]
    findings = {each["name"]: each for each in doctor.check(studio, deep=True)}
    names = ("integrity", "missing media", "media contents", "queue")
    return wrong + [findings[name]["detail"] for name in names if not findings[name]["ok"]]
