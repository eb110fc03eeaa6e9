"""What pictures look like to who compares them, and what each take was compared with.

A description is of one frame of a media file; one without `data` is of a file that could not be read. `nearest_apart` has,
for frames of the library, how alike the most alike frame of another file is: what is different is that much alike here. A
likeness is kept whether or not it is enough for an alarm, which is asked when it is read.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE picture_descriptions (
    id INTEGER PRIMARY KEY, media TEXT NOT NULL REFERENCES media(sha256), frame INTEGER NOT NULL, scheme INTEGER NOT NULL,
    data BLOB, UNIQUE (media, frame));
CREATE TABLE nearest_apart (
    description INTEGER PRIMARY KEY REFERENCES picture_descriptions(id) ON DELETE CASCADE, likeness REAL NOT NULL,
    upto INTEGER NOT NULL);
CREATE TABLE take_checks (
    take INTEGER PRIMARY KEY REFERENCES takes(id), scheme INTEGER NOT NULL, upto INTEGER NOT NULL, faces INTEGER,
    problem TEXT, checked TEXT NOT NULL);
CREATE TABLE take_likenesses (
    take INTEGER NOT NULL REFERENCES takes(id), media TEXT NOT NULL REFERENCES media(sha256), likeness REAL NOT NULL,
    mirrored INTEGER NOT NULL CHECK (mirrored IN (0, 1)), frame INTEGER NOT NULL, other_frame INTEGER NOT NULL,
    PRIMARY KEY (take, media)) WITHOUT ROWID;
CREATE INDEX likenesses_of_media ON take_likenesses(media);
CREATE TABLE take_faces (
    take INTEGER NOT NULL REFERENCES takes(id), frame INTEGER NOT NULL, x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL,
    height REAL NOT NULL, PRIMARY KEY (take, frame, x, y)) WITHOUT ROWID;
"""


def m044_copies(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
