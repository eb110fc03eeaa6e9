"""How much each judgement of a run weighed, and what the reward model of a run is without a person, a title or a project.

`run_judgements.weight` is empty for runs of before: their judgements are counted as the choices that they are. A row of
`run_influences` without `loss` names whom or what was too small, or one of too many, to be left out.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE run_judgements ADD COLUMN weight REAL;
CREATE TABLE run_influences (
    run INTEGER NOT NULL REFERENCES runs(id), kind TEXT NOT NULL CHECK (kind IN ('person','title','project')),
    subject INTEGER NOT NULL, verdicts REAL NOT NULL, loss REAL, loss_error REAL, loss_others REAL, loss_others_error REAL,
    tau REAL, tau_error REAL,
    PRIMARY KEY (run, kind, subject)) WITHOUT ROWID;
CREATE TABLE run_influence_folds (
    run INTEGER PRIMARY KEY REFERENCES runs(id), folds INTEGER NOT NULL, heldout INTEGER NOT NULL, takes INTEGER NOT NULL,
    loss REAL NOT NULL);
"""


def m043_shares_and_influence(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
