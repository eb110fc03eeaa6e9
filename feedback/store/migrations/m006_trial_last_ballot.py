"""Which verdicts came after a trial was closed: by the order of the rows, since clocks are set back."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE trials ADD COLUMN last_ballot INTEGER;
UPDATE trials SET last_ballot = (SELECT COALESCE(MAX(id), 0) FROM ballots WHERE ballots.created <= trials.closed)
    WHERE state = 'closed'
"""


def m006_trial_last_ballot(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
