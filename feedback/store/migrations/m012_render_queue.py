"""Cancelled takes, priorities and turns of projects in the render queue, and what leasing and pages look up.

How many takes are in which state is counted as they change, since pages ask for it every second. The indexes hold only what is queued or leased, so that they stay small however many takes are done. Where `state` is a
column of one, SQLite would otherwise fetch each row to see it.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

OLD_STATES = "'queued','leased','done','failed'"
STATES = f"{OLD_STATES},'cancelled'"
STATEMENTS = """
ALTER TABLE takes ADD COLUMN project INTEGER REFERENCES projects(id);
ALTER TABLE takes ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
UPDATE takes SET project = (SELECT s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id = takes.brief),
    priority = CASE purpose WHEN 'trial' THEN -1 ELSE 0 END;
CREATE TRIGGER takes_have_a_project AFTER INSERT ON takes WHEN new.project IS NULL BEGIN
    UPDATE takes SET project = (SELECT s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id = new.brief)
    WHERE id = new.id; END;
CREATE TABLE take_counts (state TEXT PRIMARY KEY, number INTEGER NOT NULL);
INSERT INTO take_counts SELECT state, count(*) FROM takes GROUP BY state;
CREATE TRIGGER takes_counted_when_made AFTER INSERT ON takes BEGIN
    INSERT INTO take_counts VALUES (new.state, 1) ON CONFLICT (state) DO UPDATE SET number = number + 1; END;
CREATE TRIGGER takes_counted_when_changed AFTER UPDATE OF state ON takes WHEN new.state <> old.state BEGIN
    UPDATE take_counts SET number = number - 1 WHERE state = old.state; INSERT INTO take_counts VALUES (new.state, 1) ON CONFLICT (state) DO UPDATE SET number = number + 1; END;
CREATE TRIGGER takes_counted_when_removed AFTER DELETE ON takes BEGIN
    UPDATE take_counts SET number = number - 1 WHERE state = old.state; END;
CREATE TABLE queue_turns (project INTEGER PRIMARY KEY REFERENCES projects(id), turn INTEGER NOT NULL);
CREATE INDEX takes_queued ON takes(project, priority DESC, id, brief, state) WHERE state = 'queued';
CREATE INDEX takes_queued_of_brief ON takes(brief, priority, id) WHERE state = 'queued';
CREATE INDEX takes_queued_last ON takes(created) WHERE state = 'queued' AND priority < 0;
CREATE INDEX takes_given_back ON takes(id) WHERE state = 'queued' AND error IS NOT NULL;
CREATE INDEX takes_leased_until ON takes(lease_expires) WHERE state = 'leased';
CREATE INDEX takes_leased_by ON takes(worker) WHERE state = 'leased';
CREATE INDEX takes_leased_of_project ON takes(project, state) WHERE state = 'leased';
"""


def m012_render_queue(db: sqlite_utils.Database) -> None:
    allow_cancelled(db)
    execute(db, STATEMENTS)


def allow_cancelled(db: sqlite_utils.Database) -> None:
    """One more state in the table's CHECK, by the steps of https://sqlite.org/lang_altertable.html#otheralter.

    A new table in place of the old one would copy every take, and check every judgement that refers to one.
    """
    version = db.execute("PRAGMA schema_version").fetchone()[0]
    db.execute("PRAGMA writable_schema = ON")
    changed = db.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'takes' AND instr(sql, ?)",
        (OLD_STATES, STATES, f"({OLD_STATES})"),
    )
    assert changed.rowcount == 1, "the table of takes is not as m002_work made it"
    db.execute(f"PRAGMA schema_version = {version + 1}")
    db.execute("PRAGMA writable_schema = RESET")
