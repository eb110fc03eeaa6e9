"""How a project's selects are written for the edit; and stills are held for as long as they were shown.

A still that was circled had the range 0-0, which exports wrote as one second: it is one second in the record from now on, so
that 0-0 is one frame.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE projects ADD COLUMN drop_frame INTEGER NOT NULL DEFAULT 1 CHECK (drop_frame IN (0, 1));
ALTER TABLE projects ADD COLUMN clip_name TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN media_name TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN first_frame INTEGER NOT NULL DEFAULT 1001;
ALTER TABLE projects ADD COLUMN path_map TEXT NOT NULL DEFAULT '';
UPDATE selects SET frame_out = (
    SELECT max(0, cast(round(1.0 * s.fps_num / s.fps_den) AS INTEGER) - 1) FROM shots s WHERE s.id = selects.shot)
WHERE frame_in = 0 AND frame_out = 0 AND take IN (SELECT t.id FROM takes t JOIN briefs b ON b.id = t.brief WHERE b.kind = 'still');
"""


def m037_edit_settings(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
