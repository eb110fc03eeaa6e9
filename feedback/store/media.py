"""Stored files, named by the sha256 of their content: media/ab/cdef….png. A client can name a hash, never a path."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypedDict, cast

from feedback.clock import now
from feedback.durable_files import write_bytes
from feedback.errors import Invalid, NotFound
from feedback.fields import shown
from feedback.store.connection import Studio

REMEMBERED = 65536  # files that are known to be whole, for as long as they stay as they are
EXTENSIONS = ("png", "mp4", "jpg", "webp")
SHA256 = re.compile(r"[0-9a-f]{64}")


class MediaFile(TypedDict):
    sha256: str
    ext: str
    mime: str
    bytes: int
    width: int  # pixels
    height: int
    frames: int
    created: str


def place_in(media_folder: Path, sha256: str, ext: str) -> Path:
    return media_folder / path_within(sha256, ext)


def path_within(sha256: str, ext: str) -> str:
    return f"{sha256[:2]}/{sha256[2:]}.{ext}"


def _place(studio: Studio, sha256: str, ext: str) -> Path:
    return Path(address_of(studio, sha256, ext))


def address_of(studio: Studio, sha256: str, ext: str) -> str:
    """The path of a file whose row says so, as text: making a hundred thousand `Path`s takes a second."""
    return f"{studio.media_folder}/{path_within(sha256, ext)}"


def store_bytes(studio: Studio, data: bytes, ext: str, mime: str, width: int, height: int, frames: int) -> str:
    """Stores a file once, whoever brings it; returns its sha256."""
    ext = ext.lstrip(".").lower()
    if ext not in EXTENSIONS:
        raise Invalid(f"no media of type {ext!r}; one of {', '.join(EXTENSIONS)}")
    sha256 = hashlib.sha256(data).hexdigest()
    path = _place(studio, sha256, ext)
    if not path.is_file():
        write_bytes(path, data)
    row = {"sha256": sha256, "ext": ext, "mime": mime, "bytes": len(data), "width": width, "height": height}
    with studio.writing() as db:
        db.table("media").insert({**row, "frames": frames, "created": now()}, ignore=True)
    return sha256


def find_file(studio: Studio, sha256: str | None) -> MediaFile | None:
    """The record of a stored file, or None."""
    row = studio.row("SELECT * FROM media WHERE sha256 = ?", (sha256,)) if SHA256.fullmatch(sha256 or "") else None
    return cast(MediaFile | None, row)


def describe(studio: Studio, sha256: str | None) -> MediaFile:
    """The record of a stored file; NotFound where there is none."""
    row = find_file(studio, sha256)
    if row is None:
        raise NotFound(f"no media {shown(sha256)}")
    return row


def path_of(studio: Studio, sha256: str | None) -> Path:
    file = describe(studio, sha256)
    return _place(studio, file["sha256"], file["ext"])


def whole_path_of(studio: Studio, sha256: str | None) -> Path:
    """The same of a file that is what was stored; Invalid or NotFound, which name it, where it is damaged or gone."""
    path = path_of(studio, sha256)
    check_whole(path)
    return path


def check_whole(path: Path) -> None:
    """Invalid or NotFound unless the content of a file in media/ is what its name says; read once while it stays as it is."""
    try:
        status = path.stat()
        stamp = status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
        is_whole = _content_of(path, stamp) == path.parent.name + path.stem
    except FileNotFoundError:
        raise NotFound(f"media file {path} is missing: restore it from a backup") from None
    if not is_whole:
        raise Invalid(f"media file {path} is damaged, its content is not what was stored: restore it from a backup")


@lru_cache(REMEMBERED)
def _content_of(path: Path, stamp: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def takes_with(studio: Studio, sha256: str) -> list[int]:
    """Ids of the takes that a file belongs to."""
    columns = ("media", "poster", "rendition", "rendition_poster")
    sql = f"SELECT id FROM takes WHERE {' OR '.join(f'{column} = :sha256' for column in columns)} ORDER BY id"
    return [row["id"] for row in studio.rows(sql, {"sha256": sha256})]


def find_missing(studio: Studio) -> Iterator[str]:
    """Hashes that the database knows and the disk does not have."""
    for row in studio.rows("SELECT sha256, ext FROM media ORDER BY sha256"):
        if not os.path.isfile(address_of(studio, row["sha256"], row["ext"])):
            yield row["sha256"]


def find_orphans(studio: Studio) -> Iterator[Path]:
    """Files under media/ that the database does not know: left by a power failure between writing and recording."""
    recorded = {address_of(studio, row["sha256"], row["ext"]) for row in studio.rows("SELECT sha256, ext FROM media")}
    for path in sorted(studio.media_folder.rglob("*")):
        if path.is_file() and str(path) not in recorded:
            yield path
