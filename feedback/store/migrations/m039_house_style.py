"""What the reward model of each run prefers, as a few directions with names, and the takes that show them."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE house_styles (
    run INTEGER PRIMARY KEY REFERENCES runs(id), takes INTEGER NOT NULL, explained REAL NOT NULL, accuracy REAL NOT NULL);
CREATE TABLE house_style_directions (
    run INTEGER NOT NULL REFERENCES house_styles(run), place INTEGER NOT NULL, name TEXT NOT NULL, weight REAL NOT NULL,
    share REAL NOT NULL, PRIMARY KEY (run, place)) WITHOUT ROWID;
CREATE TABLE house_style_takes (
    run INTEGER NOT NULL, place INTEGER NOT NULL, number INTEGER NOT NULL,
    least INTEGER NOT NULL REFERENCES takes(id) ON DELETE CASCADE, most INTEGER NOT NULL REFERENCES takes(id) ON DELETE CASCADE,
    PRIMARY KEY (run, place, number),
    FOREIGN KEY (run, place) REFERENCES house_style_directions(run, place)) WITHOUT ROWID;
"""


def m039_house_style(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
