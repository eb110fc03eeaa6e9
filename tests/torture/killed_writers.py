"""Processes that are killed in the middle of a migration or a promotion: all of it is there, or none."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from feedback.maintenance import doctor
from feedback.models import versions
from feedback.store import Studio
from feedback.store.migrations import STEPS
from feedback.trials import promotion
from tests.feedback.store.test_migrations import OLD
from tests.torture.power_loss import forget
from tests.torture.table import Row, read_progress, write_progress

COUNT = 200
# Ends with SIGKILL before the statement of this number that SQLite begins; prints "done" when there are fewer.
KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
kind, folder, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
real = sqlite3.connect
def connect(*words, **more):
    connection = real(*words, **more)
    def count(statement):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    connection.set_trace_callback(count)
    return connection
sqlite3.connect = connect
from feedback.store import Studio
from feedback.trials import promotion
studio = Studio.open(folder)
if kind == "promotion":
    promotion.promote(studio, "v0001", force=True, reason="to be killed")
print("done")
"""


def run(count: int, folder: Path, seed: int) -> Row:
    """Kills spread over all statements of both, half of `count` each."""
    folder.mkdir(parents=True, exist_ok=True)
    progress = read_progress(folder, "done") or {"migration": [], "promotion": []}
    totals = {}
    for kind, prepare, wrong in (
        ("migration", old_studio, after_migration),
        ("promotion", new_studio, after_promotion),
    ):
        totals[kind] = count_statements(kind, prepare(folder / "whole"))
        for number in range(len(progress[kind]), count // 2):
            at = (seed + number * totals[kind] // max(1, count // 2)) % totals[kind]
            studio = prepare(folder / "killed")
            ended = kill_at(kind, studio, at)
            problems = wrong(studio)
            progress[kind].append([at, [*([] if ended == -9 else [f"ended with {ended}"]), *problems]])
            write_progress(folder, "done", progress)
    bad = [f"{kind} at statement {at}: {each}" for kind in progress for at, each in progress[kind] if each]
    done = ", ".join(f"{len(progress[kind])} in {totals[kind]} statements of a {kind}" for kind in progress)
    return Row("Killed", "migrations and promotions", "all or nothing", f"{done}; {bad or 'all or nothing'}", not bad)


def kill_at(kind: str, studio: Path, statement: int) -> int:
    words = [sys.executable, "-c", KILLED, kind, str(studio), str(statement)]
    return subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True).returncode


def count_statements(kind: str, studio: Path) -> int:
    """By halving: how many statements it takes until it is done."""
    low, high = 0, 4096
    while low < high:
        middle = (low + high) // 2
        copy = studio.with_name("counting")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(studio, copy)
        low, high = (middle + 1, high) if kill_at(kind, copy, middle) else (low, middle)
    return low


def old_studio(folder: Path) -> Path:
    """As Circletake 0.1 made it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    connection = sqlite3.connect(folder / "studio.db")
    connection.executescript(OLD)
    connection.close()
    return folder


def after_migration(folder: Path) -> list[str]:
    before = rows_in(OLD)
    studio = Studio.open(folder)
    taken = [row["name"] for row in studio.rows("SELECT name FROM _sqlite_migrations ORDER BY id")]
    counts = {table: studio.value(f'SELECT count(*) FROM "{RENAMED.get(table, table)}"') for table in before}
    forget(studio)
    wrong = [
        f"{table} has {counts[table]} rows, not {before[table]}" for table in before if counts[table] != before[table]
    ]
    return wrong + ([] if taken == [step.__name__ for step in STEPS] else [f"steps {taken}"])


RENAMED = {"looks": "descriptors"}


def rows_in(dump: str) -> dict[str, int]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(dump)
    listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
    names = [name for (name,) in connection.execute(listed).fetchall()]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def new_studio(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    studio = Studio.create(folder)
    promotion.ensure_starter(studio)
    versions.register_candidate(studio, "v0001", "starter", [])
    forget(studio)
    return folder


def after_promotion(folder: Path) -> list[str]:
    """The tables agree with each other and with the log, whichever version is in production."""
    studio = Studio.open(folder)
    production = versions.production_version(studio)
    states = {row["name"]: row["state"] for row in versions.list_versions(studio)}
    findings = {each["name"]: each for each in doctor.check(studio)}
    forget(studio)
    right = {
        "starter": {"starter": "production", "v0001": "candidate"},
        "v0001": {"starter": "retired", "v0001": "production"},
    }
    wrong = [] if states == right[production] else [f"{production} is in production, and states are {states}"]
    return wrong + [
        findings[name]["detail"] for name in ("versions", "events", "integrity") if not findings[name]["ok"]
    ]
