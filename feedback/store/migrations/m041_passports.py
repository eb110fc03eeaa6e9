"""What a take is for, what exports of a project ask of its takes, and which takes each export held.

An export is a row before its first file is written, so that a revoked consent finds it even if the machine ended in between;
`finished` is when it was whole. One without a project is of the whole studio's, such as its preferences.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE projects ADD COLUMN passport_policy TEXT NOT NULL DEFAULT 'off' CHECK (passport_policy IN ('refuse','list','off'));
CREATE TABLE intended_uses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, take INTEGER NOT NULL REFERENCES takes(id),
    intended_use TEXT NOT NULL CHECK (intended_use IN ('temp','final')),
    person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL);
CREATE INDEX intended_uses_of_take ON intended_uses(take, id);
CREATE TABLE exports (
    id INTEGER PRIMARY KEY, project INTEGER REFERENCES projects(id), format TEXT NOT NULL, path TEXT NOT NULL,
    person INTEGER REFERENCES people(id), policy TEXT NOT NULL CHECK (policy IN ('refuse','list','off')),
    signed_by TEXT, created TEXT NOT NULL, finished TEXT);
CREATE INDEX exports_of_project ON exports(project);
CREATE TABLE export_takes (
    export INTEGER NOT NULL REFERENCES exports(id) ON DELETE CASCADE, take INTEGER NOT NULL REFERENCES takes(id),
    PRIMARY KEY (export, take)) WITHOUT ROWID;
CREATE INDEX exports_of_take ON export_takes(take);
"""


def m041_passports(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
