"""What keeps a trial blind and fair: the key of opaque names, batches of pairs, limits of a person's part, who looked.

Pairs that were there before are one batch a trial, and their trials get the limits that new ones have.
"""

from __future__ import annotations

import secrets

import sqlite_utils

from feedback.store.migrations.execution import execute

KEY_BYTES = 32
STATEMENTS = """
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
ALTER TABLE trial_pairs ADD COLUMN batch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE trials ADD COLUMN people INTEGER NOT NULL DEFAULT 3;
ALTER TABLE trials ADD COLUMN share REAL NOT NULL DEFAULT 0.33333333333333331;
CREATE INDEX trial_pairs_of_baseline ON trial_pairs(baseline_take);
CREATE TABLE trial_unblindings (
    id INTEGER PRIMARY KEY,
    trial INTEGER NOT NULL REFERENCES trials(id),
    person INTEGER NOT NULL REFERENCES people(id),
    last_ballot INTEGER NOT NULL,
    created TEXT NOT NULL,
    UNIQUE (trial, person)
);
"""


def m015_blind_trials(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
    db.execute("INSERT INTO secrets VALUES ('opaque names', ?)", (secrets.token_bytes(KEY_BYTES),))
