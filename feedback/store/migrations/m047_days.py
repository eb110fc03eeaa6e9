"""By which day a run read consents and licences, and in which time zone that was. Until now it was that of UTC."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE runs ADD COLUMN rights_day TEXT;
ALTER TABLE runs ADD COLUMN rights_zone TEXT;
UPDATE runs SET rights_day = substr(started, 1, 10), rights_zone = 'UTC';
"""


def m047_days(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
