"""A studio from a backup, each file compared with its hash as it is copied; and the drill that shows that it would be."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypedDict

from feedback.durable_files import PARTIAL, sync, whole_file, write_text
from feedback.errors import Invalid, Refused
from feedback.maintenance.backup import check_copy
from feedback.maintenance.backup_folder import (
    DATABASE,
    KeptFile,
    Manifest,
    copy_hashing,
    folder_of,
    place_of,
    read_manifest,
    sha256_of,
)
from feedback.store.media import place_in

UNFINISHED = "restore.unfinished"
"""In the folder of a studio that is being restored: the same command goes on where it was interrupted."""
AT_ONCE = 8
SPARE = 64 * 1024**2  # bytes that a drill leaves free


class Restored(TypedDict):
    studio: str
    number: int
    created: str  # when the backup was made
    rows: int
    files: int
    damaged: list[str]  # files of the backup that are missing or altered, a line each: they were not restored


class Drill(TypedDict):
    number: int
    created: str
    rows: int
    files: int
    differences: list[str]  # none where the restored studio is what was backed up


def restore(folder: Path, target: Path, number: int | None = None) -> Restored:
    """Makes the studio of the last backup in `folder`, or of that `number`, in `target`, which is empty or not there.

    The database comes last, so that a folder is a studio only once it is whole. Files of the backup that are not as they
    were kept are left out and named. Refused when the database is one of them.
    """
    backup = folder_of(folder, number)
    manifest = read_manifest(backup)
    check_target(target)
    if sha256_of(backup / DATABASE) != manifest["database_sha256"]:
        raise Refused(f"{backup / DATABASE} was altered since it was kept: restore the backup before it, with --number")
    begin(target)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        damaged = [line for line in pool.map(partial(bring_back, folder, target), manifest["files"]) if line]
    for place in ("media", "models", "runs"):
        (target / place).mkdir(exist_ok=True)
    with whole_file(target / DATABASE) as unfinished:
        copy_hashing(backup / DATABASE, unfinished)
    (target / UNFINISHED).unlink()
    sync(target)
    rows = sum(manifest["counts"].values())
    files = len(manifest["files"]) - len(damaged)
    return {
        "studio": str(target),
        "number": manifest["number"],
        "created": manifest["created"],
        "rows": rows,
        "files": files,
        "damaged": damaged,
    }


def check_target(target: Path) -> None:
    """Refused unless the folder is empty, not there, or was being restored into: nothing is ever overwritten."""
    if target.exists() and not target.is_dir():
        raise Refused(f"{target} is no folder: give an empty one, or one that is not there yet")
    goes_on = (target / UNFINISHED).is_file() and not (target / DATABASE).exists()
    if target.is_dir() and any(target.iterdir()) and not goes_on:
        raise Refused(f"{target} is not empty: give an empty folder, or one that is not there yet")


def begin(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for leftover in [path for path in target.rglob(f"*{PARTIAL}") if path.is_file()]:
        leftover.unlink()
    write_text(target / UNFINISHED, "A studio is being restored here. The same command again goes on.\n")


def bring_back(folder: Path, target: Path, file: KeptFile) -> str | None:
    """Copies one file to its place; a line when the backup does not have it as it was kept."""
    path = target / checked_path(file.path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as unfinished:
            if copy_hashing(place_of(folder, file.sha256), unfinished)[0] != file.sha256:
                raise Invalid(f"{file.path} is altered in the backup")
    except Invalid as damage:
        return str(damage)
    except FileNotFoundError:
        return f"{file.path} is missing in the backup"
    return None


def checked_path(path: str) -> PurePosixPath:
    """Invalid for a path that leads out of the studio: a manifest may come from anywhere."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or not parts.parts or parts.parts[0].startswith(DATABASE):
        raise Refused(f"the backup's file {path!r} lies outside of a studio: this is no backup that Circletake made")
    return parts


def drill(folder: Path, number: int | None = None) -> Drill:
    """Restores a backup into a temporary folder, compares what is there with what was kept, and removes it again."""
    manifest = read_manifest(folder_of(folder, number))
    check_room(manifest, Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix="circletake-drill-") as temporary:
        target = Path(temporary) / "studio"
        restored = restore(folder, target, manifest["number"])
        differences = [*restored["damaged"], *compare(target, manifest)]
    return {
        "number": manifest["number"],
        "created": manifest["created"],
        "rows": restored["rows"],
        "files": restored["files"],
        "differences": differences,
    }


def check_room(manifest: Manifest, place: Path) -> None:
    needed, free = sum(file.bytes for file in manifest["files"]) + SPARE, shutil.disk_usage(place).free
    if needed > free:
        gib = 1024**3
        raise Refused(
            f"a drill needs {needed / gib:.1f} GiB in {place}, which has {free / gib:.1f}: set TMPDIR to a larger folder"
        )


def compare(studio_folder: Path, manifest: Manifest) -> list[str]:
    """How a restored studio differs from its backup: rows of each table, content of each file, media that rows name."""
    counts = check_copy(studio_folder / DATABASE)
    tables = sorted(counts.keys() | manifest["counts"].keys())
    lines = [
        f"table {name} has {counts.get(name)} rows, not {manifest['counts'].get(name)}"
        for name in tables
        if counts.get(name) != manifest["counts"].get(name)
    ]
    for file in manifest["files"]:
        path = studio_folder / file.path
        if path.is_file() and sha256_of(path) != file.sha256:  # those that are missing are named by the restoring
            lines.append(f"{file.path} differs")
    return lines + [f"media {sha256[:12]}… is missing" for sha256 in media_missing(studio_folder, manifest)]


def media_missing(studio_folder: Path, manifest: Manifest) -> list[str]:
    """Hashes of media that the database names, and the folder lacks, although the studio had them."""
    connection = sqlite3.connect(f"file:{studio_folder / DATABASE}?mode=ro&immutable=1", uri=True)
    try:
        rows = connection.execute("SELECT sha256, ext FROM media ORDER BY sha256").fetchall()
    finally:
        connection.close()
    was_damaged = " ".join(manifest["damaged"])
    missing = [row for row in rows if not place_in(studio_folder / "media", *row).is_file()]
    return [sha256 for sha256, ext in missing if f"media/{sha256[:2]}/{sha256[2:]}.{ext}" not in was_damaged]
