"""What `doctor --deep` reads in full: every media file and every adapter, and the last backup when it is to be drilled."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from feedback.errors import NotFound
from feedback.maintenance.backup_folder import BACKUPS, DATABASE
from feedback.maintenance.restore import drill
from feedback.models import versions
from feedback.store import Studio, media
from feedback.store.last_backup import last_backup
from feedback.store.time_zone import minute_in

NEVER_CHANGED = (
    *("media", "shots", "briefs", "trial_pairs"),
    *("ballots", "rankings", "ratings", "notes", "statuses", "selects", "promotions", "events"),
    *("run_judgements", "run_notes"),
)
"""Tables whose rows stay as they were written: a changed mind is a new row."""
AT_ONCE = 4  # files that are read side by side
FEW = 3


def check_media_contents(studio: Studio) -> tuple[bool, str]:
    """Media that are not what their names say. Those that are missing are another check's."""
    paths = {row["sha256"]: media.path_of(studio, row["sha256"]) for row in studio.rows("SELECT sha256 FROM media")}
    there = {sha256: path for sha256, path in paths.items() if path.is_file()}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        contents = pool.map(content_of, there.values())
        altered = [sha256 for sha256, content in zip(there, contents, strict=True) if content != sha256]
    if altered:
        names = some(f"{there[sha256].relative_to(studio.folder)}{of_takes(studio, sha256)}" for sha256 in altered)
        return False, f"{len(altered)} media files are altered ({names}): restore them from a backup"
    return True, f"{len(there)} files, each with its hash"


def of_takes(studio: Studio, sha256: str) -> str:
    """Whose file it is, for a line."""
    ids = media.takes_with(studio, sha256)
    return f" of take {', '.join(map(str, ids[:FEW]))}" if ids else ""


def check_adapter_contents(studio: Studio) -> tuple[bool, str]:
    """Adapters whose weights are not those that were registered."""
    registered = {
        (adapter["folder"], adapter["sha256"])
        for version in versions.list_versions(studio)
        if version["state"] != "rejected"
        for adapter in version["adapters"]
    }
    altered = sorted(folder for folder, sha256 in registered if sha256 not in set(weights_in(studio.folder / folder)))
    if altered:
        return False, f"{some(altered)} missing or altered: restore them, or roll back to a version without them"
    return True, f"{len(registered)} adapters, each with its hash"


def check_record(studio: Studio) -> tuple[bool, str]:
    """Judgements are never changed, so that what the last backup has of them must be there still, to the letter.

    A database has no hashes of its own: SQLite sees a page that is torn, and not a letter that is another one.
    """
    known = last_backup(studio)
    kept = Path(known["folder"]) / BACKUPS / str(known["number"]) / DATABASE if known else None
    if known is None or kept is None or not kept.is_file():
        return True, "there is no backup to compare it with"
    differences = list(changed_rows(studio, kept))
    if differences:
        return False, f"not what backup {known['number']} has, {some(differences)}: restore that backup"
    return True, f"all that backup {known['number']} has of it is there"


def changed_rows(studio: Studio, kept: Path) -> Iterator[str]:
    """A line for each table of which rows of a backup are gone or changed."""
    connection = sqlite3.connect(f"{kept.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    with closing(connection):
        for table in NEVER_CHANGED:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            sql = f"SELECT {', '.join(f'[{column}]' for column in columns)} FROM {table}"
            now = set(map(hash, studio.tuples(sql)))  # rows themselves would take a large studio's memory
            lost = [row[0] for row in connection.execute(sql) if hash(row) not in now]
            if lost:
                yield f"{len(lost)} rows of {table}, the first is {lost[0]}"


def weights_in(folder: Path) -> Iterator[str]:
    """Hashes of the weight files in an adapter's folder: its layouts have one each, under different names."""
    return (content_of(path) for path in sorted(folder.glob("*.safetensors")))


def check_restoring(studio: Studio, folder: Path | None = None, number: int | None = None) -> tuple[bool, str]:
    """Restores a backup for a trial: the last one that the studio knows of, unless a folder of backups is given."""
    known = last_backup(studio)
    if folder is None and known is None:
        raise NotFound(
            "no backup yet: make one with `circletake backup DIR`, or name a folder of backups with --backup"
        )
    place = folder or Path(known["folder"] if known else "")
    outcome = drill(place, number)
    began = f"backup {outcome['number']} of {minute_in(studio, outcome['created'])} in {place}"
    if outcome["differences"]:
        return False, f"{began} cannot be relied on, {some(outcome['differences'])}: make a new one"
    since = studio.value("SELECT count(*) FROM ballots WHERE created > ?", (outcome["created"],))
    equal = f"restored: {outcome['rows']} rows and {outcome['files']} files, all equal"
    return True, f"{began} {equal}; {since} ballots were cast since"


def content_of(path: Path) -> str:
    """sha256 of a file; of one that cannot be read, the reason, which is no hash."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return str(error)


def some(items: Iterable[object]) -> str:
    """The first few, so that the line stays a line."""
    listed = [str(item) for item in items]
    return ", ".join(listed[:FEW]) + (", …" if len(listed) > FEW else "")
