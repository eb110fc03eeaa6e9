"""Descriptions of pictures, as `generation.copies` measures them: of takes and of the library, one for each frame compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from feedback.store import Studio

SCHEME = (
    3  # how pictures are described and compared; descriptions of another scheme count as missing and are measured again
)

# Library items that are excluded are compared with, too: a take like them is no less a copy.
ITEMS_WITHOUT = """
SELECT i.id, i.media FROM library_items i WHERE i.id > ?
AND NOT EXISTS (SELECT 1 FROM picture_descriptions d WHERE d.media = i.media AND d.scheme = ?)
ORDER BY i.id LIMIT ?
"""
IN_LIBRARY = "EXISTS (SELECT 1 FROM library_items i WHERE i.media = d.media)"


class Described(NamedTuple):
    id: int
    media: str  # sha256
    frame: int  # of the file, from 0
    data: bytes


def store(studio: Studio, media: str, frames: Mapping[int, bytes]) -> None:
    """Descriptions of a file's frames, instead of what there was; without any it is noted that it cannot be read."""
    with studio.writing() as db:
        db.table("picture_descriptions").delete_where("media = ?", [media])
        rows = [{"frame": frame, "data": data} for frame, data in frames.items()] or [{"frame": 0, "data": None}]
        db.table("picture_descriptions").insert_all({"media": media, "scheme": SCHEME, **row} for row in rows)


def of_media(studio: Studio, media: str) -> list[Described]:
    sql = "SELECT id, media, frame, data FROM picture_descriptions WHERE media = ? AND scheme = ? AND data IS NOT NULL ORDER BY frame"
    return [Described(*row) for row in studio.tuples(sql, (media, SCHEME))]


def by_ids(studio: Studio, ids: list[int]) -> dict[int, Described]:
    marks = ",".join("?" * len(ids))
    rows = studio.tuples(f"SELECT id, media, frame, data FROM picture_descriptions WHERE id IN ({marks})", ids)
    return {row[0]: Described(*row) for row in rows}


def after(studio: Studio, number: int, most: int) -> list[Described]:
    """The next `most` after this number, of takes and of the library."""
    sql = (
        "SELECT id, media, frame, data FROM picture_descriptions WHERE id > ? AND scheme = ? AND data IS NOT NULL"
        " ORDER BY id LIMIT ?"
    )
    return [Described(*row) for row in studio.tuples(sql, (number, SCHEME, most))]


def newest(studio: Studio) -> int:
    """The highest number of any; 0 where there is none."""
    return int(studio.value("SELECT coalesce(max(id), 0) FROM picture_descriptions"))


def items_without(studio: Studio, beyond: int, most: int) -> list[tuple[int, str]]:
    """(library item, media) of those that were never described."""
    return studio.tuples(ITEMS_WITHOUT, (beyond, SCHEME, most))


def count_library(studio: Studio) -> int:
    """Frames of the library that can be compared with."""
    sql = f"SELECT count(*) FROM picture_descriptions d WHERE d.scheme = ? AND d.data IS NOT NULL AND {IN_LIBRARY}"
    return int(studio.value(sql, (SCHEME,)))
