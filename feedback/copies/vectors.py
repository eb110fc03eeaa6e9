"""What an image encoder sees in pictures: vectors of takes and of the library, one for each frame compared.

It is one that the studio configures, or the base model of the version in production as a reward model reads takes by it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from feedback.clock import now
from feedback.store import Studio

ENCODER = "CIRCLETAKE_IMAGE_ENCODER"  # environment: the folder of an image encoder; instead of the recipe's
OFF = "off"  # instead of a folder: nothing is read
FEWEST_READ = 25  # frames of the library, below which the model reads none: it could not tell what matters little

NEWEST_RECIPE = """
SELECT json_extract(recipe, '$.guided.image_encoder') FROM runs WHERE method = 'guided' ORDER BY id DESC LIMIT 1
"""
FILES_WITHOUT = """
SELECT m.media FROM (
    SELECT media FROM library_items UNION SELECT rendition FROM takes WHERE state = 'done' AND rendition IS NOT NULL) m
WHERE NOT EXISTS (SELECT 1 FROM picture_vectors v WHERE v.media = m.media AND v.encoder = ?) ORDER BY m.media
"""
ALTERED = """
SELECT v.id, v.data, a.data FROM altered_vectors a JOIN picture_vectors v ON v.id = a.vector WHERE v.encoder = ? ORDER BY a.id LIMIT ?
"""
IN_LIBRARY = "EXISTS (SELECT 1 FROM library_items i WHERE i.media = v.media)"


class Encoder(NamedTuple):
    id: int
    sha256: str  # over its weights and how it reads pictures
    name: str
    licence: str | None
    threshold: float | None  # similarity from which a take is marked; None: the library is too small to set one
    frames: int  # of the library that it is set by
    is_model: bool  # a base model that draws


class Altered(NamedTuple):
    """A frame of the library, and a copy of it in which little that matters is different."""

    id: int  # of the frame's vector
    frame: bytes
    copy: bytes


class Vector(NamedTuple):
    id: int
    media: str  # sha256
    frame: int  # of the file, from 0
    data: bytes


def is_off() -> bool:
    return os.environ.get(ENCODER, "").strip().lower() == OFF


def configured_folder(studio: Studio) -> Path | None:
    """Of the environment, else of the recipe of the newest run that may read one; None where neither names any."""
    named = None if is_off() else os.environ.get(ENCODER) or studio.value(NEWEST_RECIPE)
    return studio.folder / Path(named).expanduser() if named else None


def is_read_by_model(studio: Studio) -> bool:
    """No encoder is configured, and the library is large enough for the model that draws to be one."""
    if is_off() or configured_folder(studio) is not None:
        return False
    return studio.value("SELECT id FROM library_items LIMIT 1 OFFSET ?", (FEWEST_READ - 1,)) is not None


def use(studio: Studio, sha256: str, name: str, licence: str | None, is_model: bool = False) -> int:
    """The number of this encoder, which is the one in use from now on."""
    with studio.writing() as db:
        row = {"sha256": sha256, "name": name, "licence": licence, "used": now(), "is_model": int(is_model)}
        known = studio.value("SELECT id FROM image_encoders WHERE sha256 = ?", (sha256,))
        if known:
            db.table("image_encoders").update(known, row)
            return int(known)
        return int(db.table("image_encoders").insert(row).last_pk or 0)


def in_use(studio: Studio) -> Encoder | None:
    """The one that pictures were last read with; None where they are not to be read, or no worker has read any yet."""
    by_model = configured_folder(studio) is None
    if by_model and not is_read_by_model(studio):
        return None
    names = ", ".join(Encoder._fields)
    sql = f"SELECT {names} FROM image_encoders WHERE is_model = ? ORDER BY used DESC, id DESC LIMIT 1"
    rows = studio.tuples(sql, (int(by_model),))
    return Encoder._make((*rows[0][:-1], by_model)) if rows else None


def files_without(studio: Studio, encoder: int) -> list[str]:
    """sha256 of files of the library and of done takes that it has not read."""
    return [row[0] for row in studio.tuples(FILES_WITHOUT, (encoder,))]


def store(studio: Studio, encoder: int, media: str, frames: Mapping[int, bytes], altered: bytes | None = None) -> None:
    """Vectors of a file's frames, instead of what there was; without any it is noted that it cannot be read.

    `altered`: that of a copy of the first of these frames.
    """
    with studio.writing() as db:
        db.table("picture_vectors").delete_where("media = ? AND encoder = ?", [media, encoder])
        rows = [{"frame": frame, "data": data} for frame, data in frames.items()] or [{"frame": 0, "data": None}]
        for number, row in enumerate(rows):
            made = db.table("picture_vectors").insert({"encoder": encoder, "media": media, **row}).last_pk
            if altered is not None and not number:
                db.table("altered_vectors").insert({"vector": made, "data": altered})


def count_altered(studio: Studio, encoder: int) -> int:
    sql = "SELECT count(*) FROM altered_vectors a JOIN picture_vectors v ON v.id = a.vector WHERE v.encoder = ?"
    return int(studio.value(sql, (encoder,)))


def altered(studio: Studio, encoder: int, most: int) -> list[Altered]:
    """The first `most` that were read."""
    return [Altered(*row) for row in studio.tuples(ALTERED, (encoder, most))]


def after(studio: Studio, encoder: int, number: int, most: int) -> list[Vector]:
    """The next `most` after this number, of takes and of the library."""
    sql = (
        "SELECT id, media, frame, data FROM picture_vectors WHERE id > ? AND encoder = ? AND data IS NOT NULL"
        " ORDER BY id LIMIT ?"
    )
    return [Vector(*row) for row in studio.tuples(sql, (number, encoder, most))]


def newest_of_library(studio: Studio, encoder: int) -> int:
    sql = f"SELECT coalesce(max(v.id), 0) FROM picture_vectors v WHERE v.encoder = ? AND v.data IS NOT NULL AND {IN_LIBRARY}"
    return int(studio.value(sql, (encoder,)))


def is_of_library(studio: Studio, sha256: str) -> bool:
    return bool(studio.value("SELECT count(*) FROM library_items WHERE media = ?", (sha256,)))


def library_files(studio: Studio) -> dict[str, int]:
    """By media, the file of the library (id) that it is of."""
    return dict(studio.tuples("SELECT media, min(file) FROM library_items GROUP BY media"))


def keep_threshold(studio: Studio, encoder: int, threshold: float | None, frames: int) -> None:
    with studio.writing() as db:
        db.table("image_encoders").update(encoder, {"threshold": threshold, "frames": frames})
