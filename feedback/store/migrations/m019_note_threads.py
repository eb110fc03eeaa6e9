"""Notes that answer others, notes that were taken back, and which threads are resolved.

`reply_to` is the first row of the note that began the thread: what is written of it later supersedes that row. A thread is
resolved when the newest row of `note_resolutions` on its first note says so.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE notes ADD COLUMN reply_to INTEGER REFERENCES notes(id);
ALTER TABLE notes ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0;
CREATE VIEW current_notes AS SELECT * FROM notes n
    WHERE NOT n.taken_back AND NOT EXISTS (SELECT 1 FROM notes newer WHERE newer.supersedes = n.id);
CREATE TABLE note_resolutions (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, note INTEGER NOT NULL REFERENCES notes(id),
    person INTEGER NOT NULL REFERENCES people(id), resolved INTEGER NOT NULL CHECK (resolved IN (0, 1)), created TEXT NOT NULL);
CREATE INDEX note_resolutions_of_note ON note_resolutions(note, id);
"""


def m019_note_threads(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
