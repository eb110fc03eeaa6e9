"""Review sessions: takes of one project that people are to judge together, and who is expected to."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE review_sessions (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), name TEXT NOT NULL,
    made_by INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    closed TEXT, closed_by INTEGER REFERENCES people(id), UNIQUE (project, name));
CREATE TABLE review_session_takes (
    session INTEGER NOT NULL REFERENCES review_sessions(id), take INTEGER NOT NULL REFERENCES takes(id),
    PRIMARY KEY (session, take)) WITHOUT ROWID;
CREATE INDEX review_sessions_of_take ON review_session_takes(take);
CREATE TABLE review_session_people (
    session INTEGER NOT NULL REFERENCES review_sessions(id), person INTEGER NOT NULL REFERENCES people(id),
    PRIMARY KEY (session, person)) WITHOUT ROWID;
"""


def m020_review_sessions(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
