"""Is the studio healthy? Each check answers in one line, which says what to do."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from feedback.clock import now, seconds_between
from feedback.durable_files import PARTIAL, sync
from feedback.errors import Refused
from feedback.maintenance.deep_checks import (
    FEW,
    check_adapter_contents,
    check_media_contents,
    check_record,
    of_takes,
    some,
)
from feedback.maintenance.recorded_versions import differences
from feedback.maintenance.rights_checks import check_certificate, check_library_originals, check_rights, check_time_zone
from feedback.models import nights, versions
from feedback.production import render_queue
from feedback.store import Studio, audit_log, media
from feedback.store.last_backup import last_backup
from feedback.store.time_zone import minute_in

WAL_RESET_FIXED = (3, 51, 3)
"""SQLite versions before this can, very rarely, corrupt a WAL database when a checkpoint and a writer of two
processes meet (the WAL-reset bug). Our one-writer-per-process lock makes it rarer still, not impossible."""
LITTLE_DISK = 2 * 1024**3
OLD_BACKUP = 7 * 24 * 3600.0  # seconds


class Finding(TypedDict):
    name: str
    ok: bool
    detail: str  # one line


def check(studio: Studio, *, deep: bool = False) -> list[Finding]:
    """One finding per check, in a fixed order. Nothing is changed. A check that fails is a finding too.

    `deep` also reads every media file and every adapter.
    """
    checks = CHECKS | (DEEP_CHECKS if deep else {})
    return [run_check(studio, name, run) for name, run in checks.items()]


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
    names = some(sha256 + of_takes(studio, sha256) for sha256 in missing[: FEW + 1])
    return False, f"{len(missing)} media files are missing ({names}): restore them from a backup"


def check_orphans(studio: Studio) -> tuple[bool, str]:
    """Orphans are harmless: a worker that died between writing a file and its row leaves one."""
    orphans = list(media.find_orphans(studio))
    return True, f"{len(orphans)} files that nothing refers to ({some(orphans)})" if orphans else "none"


def check_queue(studio: Studio) -> tuple[bool, str]:
    state = render_queue.queue_state(studio)
    counts = ", ".join(f"{state[key]} {key}" for key in render_queue.STATES)
    dead = render_queue.count_expired(studio)
    if dead:
        return False, f"{counts}; {dead} leases ran out and wait for a worker: start `circletake worker`"
    waiting = render_queue.obstacle(studio)
    if waiting:
        return False, f"{counts}; takes wait: {waiting}"
    error = studio.value("SELECT error FROM takes WHERE state = 'failed' ORDER BY finished DESC, id DESC LIMIT 1")
    again = "; `circletake retry --all` queues failed takes again"
    return True, f"{counts}; last failure: {error}{again}" if error else counts


def check_disk(studio: Studio) -> tuple[bool, str]:
    """Each disk that the studio lies on: media, models and runs may be links to others."""
    parts = (studio.folder, studio.media_folder, studio.models_folder, studio.runs_folder)
    places = {part.stat().st_dev: part for part in reversed(parts) if part.is_dir()}
    states = [(check_place(place), place) for place in sorted(places.values())]
    wrong = [f"{place}: {state}" for (ok, state), place in states if not ok]
    return not wrong, "; ".join(wrong) or ", ".join(state for (_, state), _ in states)


def check_place(place: Path) -> tuple[bool, str]:
    free = shutil.disk_usage(place).free
    problem = None if free < LITTLE_DISK else why_not_writable(place)
    if problem:
        return False, problem
    return free >= LITTLE_DISK, f"{free / 1024**3:.1f} GiB free" + ("" if free >= LITTLE_DISK else ": make room")


def why_not_writable(place: Path) -> str | None:
    """Tried rather than asked for: a quota, a damaged disk and a read-only one say so when they are written to."""
    probe = place / f".doctor.{secrets.token_hex(4)}{PARTIAL}"
    try:
        probe.write_bytes(bytes(4096))
        sync(probe)
    except OSError as error:
        return f"it cannot be written, {error.strerror}: mount it so that it can, or check the disk and its rights"
    finally:
        if os.path.lexists(probe):
            probe.unlink()
    return None


def check_adapters(studio: Studio) -> tuple[bool, str]:
    """Adapters of versions that may still draw; hashes are checked when one is loaded."""
    folders = [
        adapter["folder"]
        for row in studio.rows("SELECT name FROM versions WHERE state <> 'rejected'")
        for adapter in versions.get_version(studio, row["name"])["adapters"]
    ]
    missing = [folder for folder in folders if not any((studio.folder / folder).glob("*.safetensors"))]
    if missing:
        return False, f"{some(missing)} missing: restore them, or roll back to a version without them"
    return True, f"{len(set(folders))} adapters, all there"


def check_versions(studio: Studio) -> tuple[bool, str]:
    """What decides what draws, against the audit log."""
    wrong = list(differences(studio))
    if wrong:
        return False, f"edited by hand, {some(wrong)}: restore a backup, or put the rows back"
    return True, f"{studio.value('SELECT count(*) FROM versions')} versions, as the audit log has them"


def check_backup(studio: Studio) -> tuple[bool, str]:
    known = last_backup(studio)
    if known is None:
        return True, "none yet: `circletake backup DIR` makes one, while the studio serves"
    age = seconds_between(known["created"], now())
    detail = f"number {known['number']} of {minute_in(studio, known['created'])} in {known['folder']}"
    return age <= OLD_BACKUP, detail + (f": {age / 86400:.0f} days old, make a new one" if age > OLD_BACKUP else "")


def check_nights(studio: Studio) -> tuple[bool, str]:
    """Who spends one, or how the last one ended."""
    night = nights.newest(studio)
    if night is None:
        return True, "none yet: `circletake nightly` tunes on what was judged"
    if night["state"] == "running":
        return check_running_night(night)
    when = f"the last one began {minute_in(studio, night['started'])}"
    if night["state"] == "failed":
        return False, f"{when}, and failed at its stage {night['stage']}: {night['reason']}"
    return True, f"{when}: {night['state']}" + (f", {night['reason']}" if night["reason"] else "")


def check_running_night(night: nights.Night) -> tuple[bool, str]:
    who = nights.describe_running(night)
    if nights.is_gone(night, nights.this_process()):
        if nights.is_alive_here(night):
            return (
                False,
                f"{who}, gives no sign of life since {night['heartbeat'][:19]} UTC: end it, and start a night again",
            )
        return True, f"{who}, was interrupted: the next night goes on where it was"
    return True, f"one goes on in {who}"


CHECKS: dict[str, Callable[[Studio], tuple[bool, str]]] = {
    "sqlite": check_sqlite,
    "integrity": check_integrity,
    "events": check_events,
    "missing media": check_missing_media,
    "orphaned media": check_orphans,
    "adapters": check_adapters,
    "versions": check_versions,
    "queue": check_queue,
    "disk": check_disk,
    "backup": check_backup,
    "nights": check_nights,
    "time zone": check_time_zone,
    "rights": check_rights,
    "certificate": check_certificate,
    "library": check_library_originals,
}
DEEP_CHECKS: dict[str, Callable[[Studio], tuple[bool, str]]] = {
    "media contents": check_media_contents,
    "adapter contents": check_adapter_contents,
    "record": check_record,
}
