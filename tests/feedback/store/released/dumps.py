"""Studios as released schemas left them, and what must be the same in today's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from feedback.maintenance import doctor
from feedback.production import render_queue
from feedback.store import Studio, media
from feedback.store.migrations import STEPS
from tests.feedback.store.released.fill import PICTURES

DUMPS = {path.stem: path for path in sorted(Path(__file__).parent.glob("schema_*.sql"))}
TABLES = {"looks": "descriptors"}  # that have another name today
COLUMNS = {("takes", "recipe"): "provenance", ("takes", "asked_version"): "requested_version"}
REWRITTEN = {("runs", "recipe"), ("runs", "metrics")}  # under today's names, see test_migrations.py
SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
Rows = dict[str, list[dict[str, Any]]]


def load(dump: Path, folder: Path) -> Path:
    """The studio of a dump, with its files, not yet opened."""
    (folder / "models" / "v0001").mkdir(parents=True)
    (folder / "models" / "v0001" / "adapter.safetensors").touch()
    (folder / "media").mkdir()
    with closing(sqlite3.connect(folder / "studio.db")) as connection:
        connection.executescript(dump.read_text())
    return folder


def old_rows(dump: Path) -> Rows:
    """Every row, under today's names, without what the migrations rewrite."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(dump.read_text())
        connection.row_factory = sqlite3.Row
        listing = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite_%'"
        names = [row["name"] for row in connection.execute(listing).fetchall()]
        return {
            TABLES.get(name, name): [
                renamed(name, row) for row in connection.execute(f'SELECT * FROM "{name}"').fetchall()
            ]
            for name in names
        }


def renamed(table: str, row: sqlite3.Row) -> dict[str, Any]:
    kept = {name: row[name] for name in row.keys() if (table, name) not in REWRITTEN}  # noqa: SIM118 (values otherwise)
    return {COLUMNS.get((table, name), name): value for name, value in kept.items()}


# Rows that a step adds beside those that were there: a still that was circled is held for a second.
ADDED_BY_STEPS = {"selects": "WHERE uid NOT LIKE 'held-%'"}


def differences(studio: Studio, before: Rows) -> list[str]:
    """What is not as it was."""
    wrong = []
    for table, rows in before.items():
        now = studio.rows(f'SELECT * FROM "{table}" {ADDED_BY_STEPS.get(table, "")}')
        if len(now) != len(rows):
            wrong.append(f"{table} has {len(now)} rows, not {len(rows)}")
        wrong += [f"{table}: {row}" for row in rows if not any(row.items() <= each.items() for each in now)]
    taken = [row["name"] for row in studio.rows("SELECT name FROM _sqlite_migrations ORDER BY id")]
    return wrong + ([] if sorted(taken) == [step.__name__ for step in STEPS] else [f"steps {taken}"])


def findings(studio: Studio) -> list[str]:
    """What the doctor finds, once a worker has come back and the files are there. Of disks it says nothing here."""
    contents = [*PICTURES, *(b"clip %d" % number for number in range(len(PICTURES)))]
    files = {sha256(data).hexdigest(): data for data in contents}
    for row in studio.rows("SELECT sha256 FROM media"):
        path = media.path_of(studio, row["sha256"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[row["sha256"]])
    render_queue.lease_takes(studio, "another worker", 9)
    return [
        f"{each['name']}: {each['detail']}"
        for each in doctor.check(studio)
        if not each["ok"] and each["name"] != "disk"
    ]
