"""How each person judges beside the studio, as the newest night found it."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE standings (
    run INTEGER NOT NULL REFERENCES runs(id), person INTEGER NOT NULL REFERENCES people(id), kind TEXT NOT NULL,
    along TEXT NOT NULL, PRIMARY KEY (run, person)) WITHOUT ROWID;
CREATE TABLE standing_pairs (
    run INTEGER NOT NULL, person INTEGER NOT NULL, chosen INTEGER NOT NULL REFERENCES takes(id),
    passed INTEGER NOT NULL REFERENCES takes(id), like_others INTEGER NOT NULL, like_own INTEGER NOT NULL,
    gap REAL NOT NULL, PRIMARY KEY (run, person, chosen, passed),
    FOREIGN KEY (run, person) REFERENCES standings(run, person)) WITHOUT ROWID;
"""


def m030_standings(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
