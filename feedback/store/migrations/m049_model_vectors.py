"""What the base model of the version in production sees in pictures, where a studio configures no image encoder.

A base is a row of `image_encoders` like any other, with `is_model`. An altered copy of a frame of the library is another
part of it, mirrored or not, in another grade: what these change counts less.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE image_encoders ADD COLUMN is_model INTEGER NOT NULL DEFAULT 0;
CREATE TABLE altered_vectors (
    id INTEGER PRIMARY KEY, vector INTEGER NOT NULL UNIQUE REFERENCES picture_vectors(id) ON DELETE CASCADE, data BLOB NOT NULL);
"""


def m049_model_vectors(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
