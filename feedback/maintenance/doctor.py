"""Is the studio healthy? Each check answers in one line, which says what to do."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from typing import Any, TypedDict

from feedback.clock import now
from feedback.errors import Refused
from feedback.models import versions
from feedback.production import render_queue
from feedback.store import Studio, audit_log, media

WAL_RESET_FIXED = (3, 51, 3)
"""SQLite versions before this can, very rarely, corrupt a WAL database when a checkpoint and a writer of two
processes meet (the WAL-reset bug). Our one-writer-per-process lock makes it rarer still, not impossible."""
LITTLE_DISK = 2 * 1024**3
FEW = 3


class Finding(TypedDict):
    name: str
    ok: bool
    detail: str  # one line


def check(studio: Studio) -> list[Finding]:
    """One finding per check, in a fixed order. Nothing is changed. A check that fails is a finding too."""
    return [run_check(studio, name, run) for name, run in CHECKS.items()]


def run_check(studio: Studio, name: str, run: Callable[[Studio], tuple[bool, str]]) -> Finding:
    try:
        ok, detail = run(studio)
    except (Refused, sqlite3.Error, OSError) as problem:
        ok, detail = False, " ".join(str(problem).split())
    return {"name": name, "ok": ok, "detail": detail}


def check_sqlite(studio: Studio) -> tuple[bool, str]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= WAL_RESET_FIXED:
        return True, version
    fixed = ".".join(map(str, WAL_RESET_FIXED))
    return (
        True,
        f"{version}; {fixed} fixes a rare corruption of databases in WAL mode: update when you can, keep backups",
    )


def check_integrity(studio: Studio) -> tuple[bool, str]:
    answers = [next(iter(row.values())) for row in studio.rows("PRAGMA integrity_check(5)")]
    broken = studio.rows("PRAGMA foreign_key_check")
    if answers != ["ok"]:
        return False, f"{'; '.join(answers)}: restore the last backup"
    if broken:
        return False, f"{len(broken)} rows point to rows that are gone, first in table {broken[0]['table']}"
    return True, "the database file is whole"


def check_events(studio: Studio) -> tuple[bool, str]:
    return True, f"{audit_log.verify(studio)} events, chain unbroken"


def check_missing_media(studio: Studio) -> tuple[bool, str]:
    missing = list(media.find_missing(studio))
    if not missing:
        return True, f"{studio.value('SELECT COUNT(*) FROM media')} files, all there"
    return False, f"{len(missing)} media files are missing ({some(missing)}): restore them from a backup"


def check_orphans(studio: Studio) -> tuple[bool, str]:
    """Orphans are harmless: a worker that died between writing a file and its row leaves one."""
    orphans = list(media.find_orphans(studio))
    return True, f"{len(orphans)} files that nothing refers to ({some(orphans)})" if orphans else "none"


def check_queue(studio: Studio) -> tuple[bool, str]:
    state = render_queue.queue_state(studio)
    counts = ", ".join(f"{state[key]} {key}" for key in render_queue.STATES)
    dead = studio.value("SELECT COUNT(*) FROM takes WHERE state = 'leased' AND lease_expires < ?", (now(),))
    if dead:
        return False, f"{counts}; {dead} leases ran out and wait for a worker: start `circletake worker`"
    waiting = render_queue.obstacle(studio)
    if waiting:
        return False, f"{counts}; takes wait: {waiting}"
    error = studio.value("SELECT error FROM takes WHERE state = 'failed' ORDER BY finished DESC, id DESC LIMIT 1")
    return True, f"{counts}; last failure: {error}" if error else counts


def check_disk(studio: Studio) -> tuple[bool, str]:
    free = shutil.disk_usage(studio.folder).free
    return free >= LITTLE_DISK, f"{free / 1024**3:.1f} GiB free" + ("" if free >= LITTLE_DISK else ": make room")


def check_adapters(studio: Studio) -> tuple[bool, str]:
    """Adapters of versions that may still draw; hashes are checked when one is loaded."""
    folders = [
        adapter["folder"]
        for row in studio.rows("SELECT name FROM versions WHERE state <> 'rejected'")
        for adapter in versions.get_version(studio, row["name"])["adapters"]
    ]
    missing = [folder for folder in folders if not (studio.folder / folder).is_dir()]
    if missing:
        return False, f"{some(missing)} missing: restore them, or roll back to a version without them"
    return True, f"{len(set(folders))} adapters, all there"


def some(items: list[Any]) -> str:
    """The first few, so that the line stays a line."""
    shown = ", ".join(str(item) for item in items[:FEW])
    return shown if len(items) <= FEW else f"{shown}, …"


CHECKS: dict[str, Callable[[Studio], tuple[bool, str]]] = {
    "sqlite": check_sqlite,
    "integrity": check_integrity,
    "events": check_events,
    "missing media": check_missing_media,
    "orphaned media": check_orphans,
    "adapters": check_adapters,
    "queue": check_queue,
    "disk": check_disk,
}
