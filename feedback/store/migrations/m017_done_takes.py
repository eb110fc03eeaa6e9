"""Done takes in the order in which they were done, so that whoever has read them once only reads those since.

Neither ids nor times give that order: takes are done out of turn, and clocks are put back.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE done_takes (number INTEGER PRIMARY KEY, take INTEGER NOT NULL UNIQUE REFERENCES takes(id) ON DELETE CASCADE);
INSERT INTO done_takes (take) SELECT id FROM takes WHERE state = 'done' ORDER BY id;
CREATE TRIGGER takes_noted_when_done AFTER UPDATE OF state ON takes WHEN new.state = 'done' AND old.state <> 'done' BEGIN
    INSERT OR IGNORE INTO done_takes (take) VALUES (new.id); END;
CREATE TRIGGER takes_noted_when_made_done AFTER INSERT ON takes WHEN new.state = 'done' BEGIN
    INSERT OR IGNORE INTO done_takes (take) VALUES (new.id); END;
CREATE INDEX IF NOT EXISTS takes_of_rendition_poster ON takes(rendition_poster) WHERE rendition_poster IS NOT NULL;
"""


def m017_done_takes(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
