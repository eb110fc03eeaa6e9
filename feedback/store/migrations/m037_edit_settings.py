"""How a project's selects are written for the edit; and stills are held for as long as they were shown.

A still that was circled had the range 0-0, which exports wrote as one second: a new row says one second, so that 0-0 is one
frame from now on.
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
INSERT INTO selects (uid, shot, take, frame_in, frame_out, position, person, created, removed)
SELECT 'held-' || se.id, se.shot, se.take, 0, max(0, cast(round(1.0 * s.fps_num / s.fps_den) AS INTEGER) - 1), se.position,
    se.person, se.created, se.removed
FROM selects se JOIN shots s ON s.id = se.shot JOIN takes t ON t.id = se.take JOIN briefs b ON b.id = t.brief
WHERE b.kind = 'still' AND se.frame_in = 0 AND se.frame_out = 0
    AND se.id = (SELECT max(id) FROM selects later WHERE later.shot = se.shot AND later.take = se.take)
ORDER BY se.id;
"""


def m037_edit_settings(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
