"""What a licence and a consent have in common: for which uses, in which projects, from which day and until which."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, TypedDict

from feedback.clock import now
from feedback.errors import Invalid, NotFound
from feedback.fields import shown
from feedback.store import Studio
from feedback.store.time_zone import today

TRAINING, DRAWING = "training", "drawing"
USES = (TRAINING, DRAWING)
LONGEST_TEXT = 4000


class Terms(TypedDict):
    """Columns of `licences` and `consents`."""

    training: int  # 1 or 0
    drawing: int
    starts: str | None  # the first day, such as 2026-11-27; None is always
    ends: str | None  # the last one


def check_terms(uses: Collection[str], starts: str | None, ends: str | None) -> Terms:
    """Invalid names the use or day that cannot be."""
    for use in uses:
        if use not in USES:
            raise Invalid(f"no use {shown(use)}; give {' or '.join(USES)}")
    if not uses:
        raise Invalid(f"no use is allowed by it; give {', '.join(USES)} or both")
    first, last = check_day("first day", starts), check_day("last day", ends)
    if first and last and last < first:
        raise Invalid(f"it ends on {last}, before it starts on {first}")
    return {"training": int(TRAINING in uses), "drawing": int(DRAWING in uses), "starts": first, "ends": last}


def check_day(name: str, text: str | None) -> str | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Invalid(f"{name} {shown(text)} is not a day such as 2026-11-20") from None


def ids_of_projects(studio: Studio, codes: Sequence[str]) -> list[int]:
    """NotFound names a code that there is not."""
    known = {row["code"]: row["id"] for row in studio.rows("SELECT code, id FROM projects")}
    for code in codes:
        if code not in known:
            raise NotFound(f"no project {shown(code)}: see circletake project list")
    return [known[code] for code in dict.fromkeys(codes)]


def keep_terms(
    studio: Studio, kind: str, row: dict[str, Any], projects: Sequence[int], document: str | None, person: int | None
) -> int:
    """Writes a licence or consent (`kind`) and the projects (ids) that it is limited to; returns its id.

    `document`: the sha256 of what was signed. `person`: people id of who records it.
    """
    with studio.writing() as db:
        kept = {**row, "document": document, "recorded_by": person, "created": now()}
        number = int(db.table(f"{kind}s").insert(kept).last_pk or 0)
        db.table(f"{kind}_projects").insert_all({kind: number, "project": project} for project in projects)
    return number


def in_force(table: str, kind: str, ended: str) -> str:
    """SQL that is true of a row of `table` whose terms allow :training or :drawing in :project on :day.

    `kind`: names its table of projects. `ended`: the column that is set when somebody ends it. Without a project, as when
    a model learns for the whole studio, what is limited to some projects does not allow it.
    """
    limited = f"SELECT 1 FROM {kind}_projects limited WHERE limited.{kind} = {table}.id"
    return (
        f"({table}.{ended} IS NULL AND {table}.training >= :training AND {table}.drawing >= :drawing"
        f" AND coalesce({table}.starts, '') <= :day AND coalesce({table}.ends, '9999-12-31') >= :day"
        f" AND (NOT EXISTS ({limited}) OR EXISTS ({limited} AND limited.project = :project)))"
    )


def terms_for(studio: Studio, use: str, project: int | None, day: str | None = None) -> dict[str, Any]:
    """The values of `in_force`. `day`: of the studio's time zone, today unless given."""
    uses = {"training": int(use == TRAINING), "drawing": int(use == DRAWING)}
    return {**uses, "project": project, "day": day or today(studio)}


def projects_of(studio: Studio, kind: str) -> dict[int, list[str]]:
    """Codes of the projects that each licence or consent is limited to."""
    rows = studio.rows(
        f"SELECT l.{kind} AS id, json_group_array(p.code) AS codes FROM {kind}_projects l"
        f" JOIN projects p ON p.id = l.project GROUP BY l.{kind}"
    )
    return {row["id"]: sorted(json.loads(row["codes"])) for row in rows}


def uses_of(row: dict[str, Any]) -> list[str]:
    return [use for use in USES if row[use]]
