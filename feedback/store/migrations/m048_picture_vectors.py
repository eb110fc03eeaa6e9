"""What an image encoder of the studio's sees in pictures, and which pictures it takes for similar to each take.

A vector is of one frame of a media file; one without `data` is of a file that could not be read. `threshold`: the similarity
from which a picture is marked, as frames of the library set it; none while they are too few. `used`: when a worker last
read pictures with it.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE image_encoders (
    id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, name TEXT NOT NULL, licence TEXT, used TEXT NOT NULL,
    threshold REAL, frames INTEGER NOT NULL DEFAULT 0);
CREATE TABLE picture_vectors (
    id INTEGER PRIMARY KEY, encoder INTEGER NOT NULL REFERENCES image_encoders(id),
    media TEXT NOT NULL REFERENCES media(sha256), frame INTEGER NOT NULL, data BLOB, UNIQUE (encoder, media, frame));
CREATE TABLE similarity_checks (
    take INTEGER PRIMARY KEY REFERENCES takes(id), encoder INTEGER NOT NULL REFERENCES image_encoders(id), upto INTEGER NOT NULL);
CREATE TABLE take_similarities (
    take INTEGER NOT NULL REFERENCES takes(id), media TEXT NOT NULL REFERENCES media(sha256), likeness REAL NOT NULL,
    mirrored INTEGER NOT NULL DEFAULT 0, frame INTEGER NOT NULL, other_frame INTEGER NOT NULL, PRIMARY KEY (take, media)) WITHOUT ROWID;
CREATE INDEX vectors_of_media ON picture_vectors(media);
CREATE INDEX similarities_of_media ON take_similarities(media);
"""


def m048_picture_vectors(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
