"""What a folder of backups holds: files by their hash, which all backups share, and per backup a database and a manifest.

    files/ab/cdef…              content of media, adapters and runs, named by its sha256
    backups/3/studio.db         the whole database, one file
    backups/3/manifest.json     which files of the studio had which content, and how many rows each table

Everything is whole under its name or not there, and a backup is there once its folder has its number.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, cast

from feedback.durable_files import PARTIAL, sync, write_bytes
from feedback.errors import Invalid, NotFound, Refused

FILES, BACKUPS, LOCK = "files", "backups", "backup.lock"
DATABASE, MANIFEST = "studio.db", "manifest.json"
PIECE = 1024**2  # bytes read at a time

Stamp = list[int]
"""Size, times and inode of a file: what differs once it was written to."""


class KeptFile(NamedTuple):
    """One file of the studio, as a backup has it."""

    path: str  # relative to the studio, with slashes
    sha256: str
    bytes: int
    stamp: Stamp | None  # None where it may have changed again within the clock's grain


class Manifest(TypedDict):
    number: int  # 1, 2, …: whatever the clock says
    created: str
    studio: str  # its name, and when it was made
    database_sha256: str
    counts: dict[str, int]  # rows by table
    files: list[KeptFile]
    damaged: list[str]  # what was missing or altered in the studio already, a line each


def check_folder(folder: Path, studio_folder: Path | None = None) -> None:
    """Refused for a folder of other things, and for one inside the studio, which would be lost with it."""
    if studio_folder is not None and folder.resolve().is_relative_to(studio_folder):
        raise Refused(f"{folder} lies inside the studio, and would be lost with it: give a folder on another disk")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / BACKUPS).is_dir():
        raise Refused(f"{folder} holds other things than backups: give an empty folder, or one that is not there yet")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One backup at a time; Refused while another is made."""
    (folder / BACKUPS).mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"another backup is being made in {folder}: wait until it is done") from None
        yield


def numbers_in(folder: Path) -> list[int]:
    """Of the backups that are whole, oldest first."""
    names = [path.name for path in (folder / BACKUPS).glob("*") if (path / MANIFEST).is_file()]
    return sorted(int(name) for name in names if name.isdecimal())


def folder_of(folder: Path, number: int | None = None) -> Path:
    """Of one backup, the last one unless a number is given; NotFound names those there are."""
    numbers = numbers_in(folder)
    if not numbers:
        raise NotFound(f"no backup in {folder}; make one with: circletake backup {folder}")
    if number is not None and number not in numbers:
        raise NotFound(f"no backup {number} in {folder}; there are {', '.join(map(str, numbers))}")
    return folder / BACKUPS / str(number or numbers[-1])


def write_manifest(path: Path, manifest: Manifest) -> None:
    write_bytes(path, json.dumps({"sha256": _digest(manifest), "backup": manifest}).encode())


def read_manifest(backup: Path) -> Manifest:
    """Invalid, naming the file, when it is not as it was written."""
    path = backup / MANIFEST
    try:
        content = json.loads(path.read_bytes())
        manifest = content["backup"]
        if content["sha256"] != _digest(manifest):
            raise ValueError("it was changed")
        return cast(Manifest, {**manifest, "files": [KeptFile(*each) for each in manifest["files"]]})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{path} is damaged ({error}): restore the backup before it, with --number") from None


def _digest(manifest: Any) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def place_of(folder: Path, sha256: str) -> Path:
    """Where a content lies in the folder."""
    return folder / FILES / sha256[:2] / sha256[2:]


def holds(folder: Path, sha256: str, size: int) -> bool:
    """Whether a content is there. Files there are never changed, so that their size tells."""
    try:
        return place_of(folder, sha256).stat().st_size == size
    except OSError:
        return False


def keep_content(source: Path, folder: Path) -> tuple[str, int]:
    """Copies a file's content into the folder, unless it is there; returns its (sha256, bytes), as they were read."""
    pool = folder / FILES
    pool.mkdir(parents=True, exist_ok=True)
    partial = pool / f"{secrets.token_hex(8)}{PARTIAL}"
    try:
        sha256, size = copy_hashing(source, partial)
        target = place_of(folder, sha256)
        if not holds(folder, sha256, size):
            target.parent.mkdir(exist_ok=True)
            partial.rename(target)
            sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return sha256, size


def copy_hashing(source: Path, target: Path) -> tuple[str, int]:
    """(sha256, bytes) of what was copied. The copy is on the disk by then."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as read, target.open("wb") as written:
        while piece := read.read(PIECE):
            digest.update(piece)
            size += len(piece)
            try:
                written.write(piece)
            except OSError as error:
                # A write that fails does not say where: which disk is full is what a person needs to know.
                error.filename = error.filename or str(target)
                raise
        written.flush()
        os.fsync(written.fileno())
    return digest.hexdigest(), size


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_older(folder: Path, keep: int) -> list[int]:
    """Removes all but the newest `keep` backups, and contents that no other one has; returns the numbers that went."""
    numbers = numbers_in(folder)
    for number in numbers[:-keep]:
        leaving = folder / BACKUPS / f"{number}{PARTIAL}"  # half of a backup must not look like one
        (folder / BACKUPS / str(number)).rename(leaving)
        shutil.rmtree(leaving)
    left = [read_manifest(folder / BACKUPS / str(number)) for number in numbers[-keep:]]
    used = {file.sha256 for manifest in left for file in manifest["files"]}
    for path in [path for path in (folder / FILES).glob("??/*") if path.parent.name + path.name not in used]:
        path.unlink()
    return numbers[:-keep]
