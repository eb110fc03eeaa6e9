"""What the edit wants of a shot: the frames that its cut has, before there is a take, and the plate that lies there.

The first range is what is wished, the others are alternates. Frames count at the range's own rate, first and last inside.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE shots ADD COLUMN plate TEXT REFERENCES media(sha256);
CREATE INDEX shots_of_plate ON shots(plate) WHERE plate IS NOT NULL;
CREATE TABLE shot_ranges (
    shot INTEGER NOT NULL REFERENCES shots(id) ON DELETE CASCADE, place INTEGER NOT NULL CHECK (place > 0),
    frame_in INTEGER NOT NULL CHECK (frame_in >= 0), frame_out INTEGER NOT NULL CHECK (frame_out >= frame_in),
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, PRIMARY KEY (shot, place));
"""


def m038_shots_in_the_edit(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
