"""What the reward model of a run gives to takes: a board sorts by the newest."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE reward_models (
    run INTEGER PRIMARY KEY REFERENCES runs(id), accuracy REAL NOT NULL, created TEXT NOT NULL);
CREATE TABLE take_rewards (
    run INTEGER NOT NULL REFERENCES reward_models(run), take INTEGER NOT NULL REFERENCES takes(id), reward REAL NOT NULL,
    PRIMARY KEY (run, take)) WITHOUT ROWID;
"""


def m027_take_rewards(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
