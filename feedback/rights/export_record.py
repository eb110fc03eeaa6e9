"""Which exports there were, and which takes each held: a consent that is revoked is followed to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypedDict, cast

from feedback.clock import now
from feedback.store import Studio

_EXPORTS = """
SELECT e.id, p.code AS project, e.format, e.path, w.name AS person, e.policy, e.signed_by, e.created, e.finished,
    (SELECT count(*) FROM export_takes x WHERE x.export = e.id) AS takes
FROM exports e LEFT JOIN projects p ON p.id = e.project LEFT JOIN people w ON w.id = e.person
"""
_OF_PROJECT = f"{_EXPORTS} WHERE :project IS NULL OR p.code = :project ORDER BY e.id"
_WITH_TAKES = f"""{_EXPORTS} WHERE e.id IN
(SELECT export FROM export_takes WHERE take IN (SELECT value FROM json_each(?))) ORDER BY e.id"""


class ExportRecord(TypedDict):
    id: int
    project: str | None  # None: of the whole studio
    format: str
    path: str  # where it was written; over HTTP, the name under which it was sent
    person: str | None  # None: the command line
    policy: str  # of the project, when it was written
    signed_by: str | None  # whose Content Credentials are in it; None: it has none
    created: str
    finished: str | None  # None: it was broken off, and may have left files all the same
    takes: int


@contextmanager
def recorded_export(
    studio: Studio,
    project: str | None,
    format: str,
    path: str,
    takes: Collection[int] = (),
    *,
    policy: str = "off",
    person: int | None = None,
    signed_by: str | None = None,
) -> Iterator[set[int]]:
    """The record of an export while it is written; what is refused or fails leaves none.

    Yields a set for ids of takes that are only known as they are written. A studio that cannot be written keeps no record:
    whoever exports from it is reading a copy or a backup.
    """
    later = set[int]()
    if studio.is_read_only:
        yield later
        return
    row = {
        "project": project,
        "format": format,
        "path": path,
        "person": person,
        "policy": policy,
        "signed_by": signed_by,
    }
    number = begin(studio, row, takes)
    try:
        yield later
    except Exception:
        with studio.writing() as db:
            db.execute("DELETE FROM exports WHERE id = ?", (number,))
        raise
    with studio.writing() as db:
        hold(studio, number, later)
        db.table("exports").update(number, {"finished": now()})


def begin(studio: Studio, row: dict[str, Any], takes: Collection[int]) -> int:
    """The id of a new record that is not finished."""
    with studio.writing() as db:
        project = studio.value("SELECT id FROM projects WHERE code = ?", (row["project"],))
        number = int(db.table("exports").insert({**row, "project": project, "created": now()}).last_pk or 0)
        hold(studio, number, takes)
    return number


def hold(studio: Studio, export: int, takes: Collection[int]) -> None:
    with studio.writing() as db:
        db.table("export_takes").insert_all(({"export": export, "take": take} for take in takes), ignore=True)


def list_exports(studio: Studio, project: str | None = None) -> list[ExportRecord]:
    """Of a project (code) or of all, oldest first."""
    return cast(list[ExportRecord], studio.rows(_OF_PROJECT, {"project": project}))


def exports_with(studio: Studio, takes: Collection[int]) -> list[ExportRecord]:
    """Those that held any of these takes (ids), oldest first."""
    return cast(list[ExportRecord], studio.rows(_WITH_TAKES, (json.dumps(list(takes)),)))
