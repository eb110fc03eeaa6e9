"""A run may learn from tags: `run_judgements` takes a fourth kind."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE run_judgements_with_tags (
    run INTEGER NOT NULL REFERENCES runs(id), kind TEXT NOT NULL CHECK (kind IN ('ballot','rating','status','tag')),
    judgement INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id),
    split TEXT NOT NULL CHECK (split IN ('train','heldout')), PRIMARY KEY (run, kind, judgement));
INSERT INTO run_judgements_with_tags SELECT * FROM run_judgements;
DROP TABLE run_judgements;
ALTER TABLE run_judgements_with_tags RENAME TO run_judgements;
"""


def m033_tags_learned(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
