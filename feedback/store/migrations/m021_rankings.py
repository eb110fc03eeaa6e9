"""Rankings: one person's order of several takes of a brief, kept as one row and as a ballot on each of its pairs."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE rankings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    takes TEXT NOT NULL, rest TEXT NOT NULL, elapsed_ms INTEGER NOT NULL, doubt TEXT,
    supersedes INTEGER UNIQUE REFERENCES rankings(id), created TEXT NOT NULL);
CREATE INDEX rankings_of_person ON rankings(person);
ALTER TABLE ballots ADD COLUMN ranking INTEGER REFERENCES rankings(id);
CREATE INDEX ballots_of_ranking ON ballots(ranking) WHERE ranking IS NOT NULL;
DROP VIEW current_ballots;
CREATE VIEW current_ballots AS SELECT * FROM ballots b
    WHERE b.repeats IS NULL AND NOT EXISTS (SELECT 1 FROM ballots newer WHERE newer.supersedes = b.id);
"""


def m021_rankings(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
