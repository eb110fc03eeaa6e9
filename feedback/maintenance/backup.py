"""A backup of a studio while it serves, draws and tunes.

First the database, in one consistent copy by SQLite's own backup, then the files: media, adapters and snapshots are
written before the rows that name them, and never changed, so that all that the copy refers to is there. A second backup
copies only content that the folder does not have yet.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict

from feedback.clock import now
from feedback.durable_files import PARTIAL, remove_partials, whole_folder
from feedback.errors import Refused
from feedback.maintenance.backup_folder import (
    BACKUPS,
    DATABASE,
    FILES,
    MANIFEST,
    KeptFile,
    Manifest,
    Stamp,
    check_folder,
    holds,
    keep_content,
    locked,
    numbers_in,
    place_of,
    read_manifest,
    remove_older,
    sha256_of,
    write_manifest,
)
from feedback.store import Studio
from feedback.store.last_backup import note_backup

NOT_KEPT = ("cache", DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal")
"""In the studio's folder: the database is copied by SQLite, and the cache can be made again."""
PRIVATE = "credentials/signer/"
"""The key that the studio signs with: whoever can read a backup must not be able to sign as the studio."""
AT_ONCE = 8  # files: a disk answers several fsyncs together
SETTLED = 2.0  # seconds after its last change from which a file's times tell it from any later state of it


class MadeBackup(TypedDict):
    folder: str
    number: int
    created: str
    rows: int  # in all tables
    files: int
    bytes: int  # of all files
    copied: int  # files that the folder did not have
    damaged: list[str]  # what is missing or altered in the studio, a line each
    removed: list[int]  # older backups that went


@dataclass(frozen=True)
class _Outcome:
    """What became of one file."""

    file: KeptFile | None = None  # None for one that went away meanwhile
    damage: str | None = None
    was_copied: bool = False


def make_backup(studio: Studio, folder: Path, keep: int | None = None) -> MadeBackup:
    """Adds a backup of the studio to `folder`, made if need be; keeps only the newest `keep`, all unless given.

    Refused for a folder of other things or of another studio. What is missing or altered in the studio itself is
    reported, and does not stop the backup.
    """
    check_folder(folder, studio.folder)
    with locked(folder):
        clear_leftovers(folder)
        before = last_manifest(folder)
        identity = identity_of(studio)
        if before is not None and before["studio"] != identity:
            raise Refused(f"{folder} holds backups of another studio ({before['studio']}): give each its own folder")
        number = (numbers_in(folder) or [0])[-1] + 1
        with whole_folder(folder / BACKUPS / str(number)) as partial_folder:
            copy_database(studio, partial_folder / DATABASE)
            counts = check_copy(partial_folder / DATABASE)
            outcomes = keep_files(studio, folder, before)
            outcomes += keep_missing_media(studio, partial_folder / DATABASE, folder, outcomes)
            manifest: Manifest = {
                "number": number,
                "created": now(),
                "studio": identity,
                "database_sha256": sha256_of(partial_folder / DATABASE),
                "counts": counts,
                "files": [outcome.file for outcome in outcomes if outcome.file],
                "damaged": [outcome.damage for outcome in outcomes if outcome.damage],
            }
            write_manifest(partial_folder / MANIFEST, manifest)
        removed = remove_older(folder, keep) if keep else []
    note_backup(studio, folder, number, manifest["created"])
    return {
        "folder": str(folder),
        "number": number,
        "created": manifest["created"],
        "rows": sum(counts.values()),
        "files": len(manifest["files"]),
        "bytes": sum(file.bytes for file in manifest["files"]),
        "copied": sum(outcome.was_copied for outcome in outcomes),
        "damaged": manifest["damaged"],
        "removed": removed,
    }


def clear_leftovers(folder: Path) -> None:
    """What backups that were killed left: nobody else writes while this process has the lock."""
    remove_partials(folder / BACKUPS)
    remove_partials(folder / FILES)


def last_manifest(folder: Path) -> Manifest | None:
    numbers = numbers_in(folder)
    return read_manifest(folder / BACKUPS / str(numbers[-1])) if numbers else None


def identity_of(studio: Studio) -> str:
    """Its name, and when it was made: backups of two studios must not be taken for each other's."""
    row = studio.row("SELECT value, changed FROM settings WHERE key = 'name'") or {}
    return f"{row.get('value', 'unnamed')}, made {row.get('changed', 'at an unknown time')}"


def copy_database(studio: Studio, target: Path) -> None:
    """The database as it is at one moment, as one file that needs no -wal beside it. Writers do not wait for it."""
    target.touch()  # an error of the disk would be SQLite's, which does not name the file
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        studio.copy_into(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise Refused(
            f"the database cannot be copied to {target.parent} ({error}): look at the room and the rights there"
        ) from error
    finally:
        copy.close()


def check_copy(path: Path) -> dict[str, int]:
    """Rows by table; Refused when the copy, and so the database, is damaged: a backup must not replace a good one."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if answer != "ok":
            raise Refused(f"the studio's database is damaged ({answer}): no backup was made; restore the last one")
        return count_rows(connection)
    finally:
        connection.close()


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    listed = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
    )
    names = [name for (name,) in connection.execute(listed).fetchall()]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def keep_files(studio: Studio, folder: Path, before: Manifest | None) -> list[_Outcome]:
    """Every file of the studio, kept; those that went away meanwhile are left out."""
    known = {file.path: file for file in before["files"]} if before else {}
    paths = sorted(files_of(studio.folder))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(partial(keep_file, studio.folder, folder, known), paths))
    # A checkpoint that was pruned while it was copied must not be kept in part.
    return [each for each in outcomes if each.file is None or os.path.lexists(studio.folder / each.file.path)]


def files_of(folder: Path) -> Iterator[str]:
    """Paths relative to the studio, with slashes, but for what is being written, locks, and NOT_KEPT."""
    for top in folder.iterdir():
        if top.name in NOT_KEPT or top.name.endswith((PARTIAL, ".lock")):
            continue
        if top.is_dir():  # such as media/, which may be a link to another disk
            yield from (path for path in _walk(top, top.name) if not path.startswith(PRIVATE))
        elif top.is_file():
            yield top.name


def _walk(folder: Path, name: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not each.endswith(PARTIAL)]
        within = Path(place).relative_to(folder)
        kept = (each for each in names if not each.endswith((PARTIAL, ".lock")))
        yield from ((name / within / each).as_posix() for each in kept)


def keep_file(studio_folder: Path, folder: Path, known: dict[str, KeptFile], path: str) -> _Outcome:
    """Reads a file only if it is not known to be there: media are named by content, others know their last stamp."""
    source = studio_folder / path
    try:
        if not source.is_file():  # gone, or a pipe, which would be read for ever
            return _Outcome()
        stamp = stamp_of(source)
        named = named_content(path)
        last = known.get(path)
        if named and holds(folder, named, stamp[0]):
            return _Outcome(KeptFile(path, named, stamp[0], None))
        if last and last.stamp == stamp and holds(folder, last.sha256, stamp[0]):
            return _Outcome(last)
        sha256, size = keep_content(source, folder)
    except FileNotFoundError as error:
        if error.filename not in (None, str(source)):
            raise  # of the backup's own folder, such as a disk that went away
        return _Outcome()
    settled = stamp if is_settled(stamp) and size == stamp[0] else None
    damage = f"{path} was altered: its content is {sha256[:12]}…" if named and named != sha256 else None
    return _Outcome(KeptFile(path, sha256, size, settled), damage, was_copied=True)


def named_content(path: str) -> str | None:
    """The sha256 that the name of a media file tells."""
    parts = Path(path).parts
    sha256 = parts[1] + Path(parts[2]).stem if len(parts) == 3 and parts[0] == "media" else ""
    return sha256 if len(sha256) == 64 else None


def stamp_of(path: Path) -> Stamp:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def is_settled(stamp: Stamp) -> bool:
    return time.time() - max(stamp[1], stamp[2]) / 1e9 > SETTLED


def keep_missing_media(studio: Studio, database: Path, folder: Path, kept: list[_Outcome]) -> list[_Outcome]:
    """Media that the copied database names and the studio has lost: from an earlier backup where one has them."""
    paths = {outcome.file.path for outcome in kept if outcome.file}
    connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    try:
        rows = connection.execute("SELECT sha256, ext, bytes FROM media ORDER BY sha256").fetchall()
    finally:
        connection.close()
    media = [(f"media/{sha256[:2]}/{sha256[2:]}.{ext}", sha256, size) for sha256, ext, size in rows]
    return [_find_again(folder, *each) for each in media if each[0] not in paths]


def _find_again(folder: Path, path: str, sha256: str, size: int) -> _Outcome:
    if not holds(folder, sha256, size):
        return _Outcome(damage=f"{path} is missing, and in no backup in {folder}")
    return _Outcome(
        KeptFile(path, sha256, size, None), f"{path} is missing: {place_of(folder, sha256)} has its content"
    )
