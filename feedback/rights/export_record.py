"""Which exports there were, and which takes each held: a consent that is revoked is followed to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TypedDict, cast

from feedback.clock import now
from feedback.store import Studio

_EXPORTS = """
SELECT e.id, p.code AS project, e.format, e.path, w.name AS person, e.policy, e.signed_by, e.created, e.finished, x.takes
FROM exports e JOIN projects p ON p.id = e.project LEFT JOIN people w ON w.id = e.person
JOIN (SELECT export, count(*) AS takes FROM export_takes GROUP BY export) x ON x.export = e.id
"""
_OF_PROJECT = f"{_EXPORTS} WHERE :project IS NULL OR p.code = :project ORDER BY e.id"
_WITH_TAKES = f"""{_EXPORTS} WHERE e.id IN
(SELECT export FROM export_takes WHERE take IN (SELECT value FROM json_each(?))) ORDER BY e.id"""


class ExportRecord(TypedDict):
    id: int
    project: str
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
    project: str,
    format: str,
    path: str,
    takes: Collection[int],
    *,
    policy: str,
    person: int | None = None,
    signed_by: str | None = None,
) -> Iterator[None]:
    """The record of an export while it is written; what is refused or fails leaves none.

    A studio that cannot be written keeps no record: whoever exports from it is reading a copy or a backup.
    """
    if studio.is_read_only:
        yield
        return
    number = begin(studio, project, format, path, takes, policy=policy, person=person, signed_by=signed_by)
    try:
        yield
    except Exception:
        with studio.writing() as db:
            db.execute("DELETE FROM exports WHERE id = ?", (number,))
        raise
    with studio.writing() as db:
        db.table("exports").update(number, {"finished": now()})


def begin(
    studio: Studio,
    project: str,
    format: str,
    path: str,
    takes: Collection[int],
    *,
    policy: str,
    person: int | None,
    signed_by: str | None,
) -> int:
    """The id of a new record that is not finished."""
    with studio.writing() as db:
        row = {
            "project": studio.value("SELECT id FROM projects WHERE code = ?", (project,)),
            "format": format,
            "path": path,
            "person": person,
            "policy": policy,
            "signed_by": signed_by,
            "created": now(),
        }
        number = int(db.table("exports").insert(row).last_pk or 0)
        db.table("export_takes").insert_all({"export": number, "take": take} for take in dict.fromkeys(takes))
    return number


def list_exports(studio: Studio, project: str | None = None) -> list[ExportRecord]:
    """Of a project (code) or of all, oldest first."""
    return cast(list[ExportRecord], studio.rows(_OF_PROJECT, {"project": project}))


def exports_with(studio: Studio, takes: Collection[int]) -> list[ExportRecord]:
    """Those that held any of these takes (ids), oldest first."""
    return cast(list[ExportRecord], studio.rows(_WITH_TAKES, (json.dumps(list(takes)),)))


def takes_of_export(studio: Studio, export: int) -> list[int]:
    return [
        take for (take,) in studio.tuples("SELECT take FROM export_takes WHERE export = ? ORDER BY take", (export,))
    ]
