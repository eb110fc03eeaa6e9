"""What of the judgements says nothing: doubtful verdicts, verdicts given again as a check, stars that were taken back.

`doubt`: why the verdict cannot be about the pair, as the pictures were hardly on screen. `repeats`: the verdict that this
one was given again for, which stays the one that counts.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE ballots ADD COLUMN doubt TEXT;
ALTER TABLE ballots ADD COLUMN repeats INTEGER REFERENCES ballots(id);
CREATE INDEX ballots_that_repeat ON ballots(repeats) WHERE repeats IS NOT NULL;
DROP VIEW current_ballots;
CREATE VIEW current_ballots AS SELECT * FROM ballots b
    WHERE b.repeats IS NULL AND NOT EXISTS (SELECT 1 FROM ballots newer WHERE newer.supersedes = b.id);
ALTER TABLE ratings ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0;
DROP VIEW current_ratings;
CREATE VIEW current_ratings AS SELECT * FROM ratings r
    WHERE NOT r.taken_back AND NOT EXISTS (SELECT 1 FROM ratings newer WHERE newer.supersedes = r.id);
"""


def m018_doubt_and_checks(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
