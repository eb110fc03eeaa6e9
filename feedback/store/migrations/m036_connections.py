"""Takes that were made elsewhere, and what a production tracker has of ours and we of its.

A take made elsewhere names no row of `versions`: its version cannot draw, be tuned from or be promoted. `connector_links`
pairs a row of ours with theirs by the site that it is on, so that whatever is sent or fetched again is known.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE outside_versions (name TEXT PRIMARY KEY, model TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE outside_takes (
    take INTEGER PRIMARY KEY REFERENCES takes(id) ON DELETE CASCADE, brief INTEGER NOT NULL REFERENCES briefs(id),
    original TEXT NOT NULL REFERENCES media(sha256), file TEXT NOT NULL, version TEXT NOT NULL REFERENCES outside_versions(name),
    has_seed INTEGER NOT NULL, UNIQUE (brief, original));
CREATE INDEX outside_takes_of_original ON outside_takes(original);
CREATE TABLE connector_links (
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('shot','take','status','note')),
    ours INTEGER, theirs TEXT NOT NULL, made_here INTEGER NOT NULL, detail TEXT NOT NULL, created TEXT NOT NULL,
    UNIQUE (site, kind, ours), UNIQUE (site, kind, theirs));
"""


def m036_connections(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
