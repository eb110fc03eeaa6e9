"""Migrations from every released schema that are killed at each of their statements: all of it is there, or none."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from feedback.store import Studio
from tests.faults.killed_statements import count_statements, kill_at
from tests.feedback.store.released import dumps
from tests.torture.power_loss import forget
from tests.torture.table import Row, read_progress, write_progress

COUNT = 330  # kills, spread over the statements of all schemas: some in each step from each


def run(count: int, folder: Path, seed: int) -> Row:
    """Kills in turns over the schemas, and over the statements of each."""
    folder.mkdir(parents=True, exist_ok=True)
    progress = read_progress(folder, "done") or {"statements": {}, "kills": []}
    names = list(dumps.DUMPS)
    for number in range(len(progress["kills"]), count):
        name, turn = names[number % len(names)], number // len(names)
        if name not in progress["statements"]:
            progress["statements"][name] = count_statements("migration", old_studio(name, folder / "whole"))
        total, turns = progress["statements"][name], max(1, count // len(names))
        at = (seed + turn * total // turns) % total
        progress["kills"].append([name, at, kill_and_open(name, folder / "killed", at)])
        write_progress(folder, "done", progress)
    bad = [f"{name} at statement {at}: {'; '.join(wrong)}" for name, at, wrong in progress["kills"] if wrong]
    of = f"{sum(progress['statements'].values())} statements from {len(progress['statements'])} schemas"
    counted = f"{len(progress['kills'])} kills in {of}: {'; '.join(bad) or 'every row as it was'}"
    goal = "equal counts"
    return Row("Migration from every released schema, killed", "rows", goal, counted, not bad)


def old_studio(name: str, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return dumps.load(dumps.DUMPS[name], folder)


def kill_and_open(name: str, folder: Path, statement: int) -> list[str]:
    """What is wrong after a migration was killed there, and after the next opening."""
    ended = kill_at("migration", old_studio(name, folder), statement)
    wrong = [] if ended == -9 else [f"ended with {ended}"]
    wrong += [] if steps_taken(folder / "studio.db") in steps_before_and_after(name) else ["some steps were taken"]
    studio = Studio.open(folder)
    wrong += dumps.differences(studio, dumps.old_rows(dumps.DUMPS[name])) + dumps.findings(studio)
    forget(studio)
    return wrong


def steps_taken(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0])


def steps_before_and_after(name: str) -> tuple[int, int]:
    before = dumps.DUMPS[name].read_text().count('INSERT INTO "_sqlite_migrations"')
    return before, len(dumps.STEPS)
