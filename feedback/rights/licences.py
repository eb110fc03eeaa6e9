"""Licences: what a rights holder lets the studio do with titles and single files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import NotFound, Refused
from feedback.fields import check_text, shown
from feedback.rights.terms import LONGEST_TEXT, check_terms, ids_of_projects, keep_terms, projects_of, uses_of
from feedback.store import Studio, audit_log
from feedback.store.media import describe
from feedback.store.time_zone import day_in

LONGEST_NAME = 200


class Licence(TypedDict):
    id: int
    name: str
    holder: str
    terms: str
    uses: list[str]  # of `terms.USES`
    projects: list[str]  # codes; empty is every project
    starts: str | None  # days
    ends: str | None
    document: str | None  # sha256
    recorded_by: str | None
    created: str
    ended: str | None
    reason: str | None


LICENCE = "SELECT l.*, p.name AS who FROM licences l LEFT JOIN people p ON p.id = l.recorded_by"
FIELDS = ("id", "name", "holder", "terms", "starts", "ends", "document", "created", "ended", "reason")


def add_licence(
    studio: Studio,
    name: str,
    *,
    holder: str,
    uses: Collection[str],
    terms: str = "",
    projects: Sequence[str] = (),
    starts: str | None = None,
    ends: str | None = None,
    document: str | None = None,
    person: int | None = None,
    actor: str = "command line",
) -> Licence:
    """Records a licence. `projects`: codes; every project unless given. `document`: the sha256 of what was signed.

    Refused when there is one of that name: terms are not changed, another licence is recorded.
    """
    name = check_text("licence's name", name, LONGEST_NAME, required=True)
    if studio.value("SELECT 1 FROM licences WHERE name = ?", (name,)):
        raise Refused(f"there is a licence {shown(name)}: end it, and record the new terms under another name")
    ids = ids_of_projects(studio, projects)
    row = {
        **check_terms(uses, starts, ends),
        "name": name,
        "holder": check_text("rights holder", holder, LONGEST_NAME, required=True),
        "terms": check_text("terms", terms, LONGEST_TEXT),
    }
    with studio.writing():
        keep_terms(studio, "licence", row, ids, document, person)
        audit_log.record(studio, actor, "licence.add", name, {"uses": sorted(uses), "projects": list(projects)})
    return get_licence(studio, name)


def get_licence(studio: Studio, name: str) -> Licence:
    row = studio.row(f"{LICENCE} WHERE l.name = ?", (name,))
    if row is None:
        raise NotFound(f"no licence {shown(name)}: circletake licence add {shown(name)} --holder NAME --use training")
    return _licence(row, projects_of(studio, "licence"))


def list_licences(studio: Studio) -> list[Licence]:
    """By name."""
    projects = projects_of(studio, "licence")
    return [_licence(row, projects) for row in studio.rows(f"{LICENCE} ORDER BY l.name")]


def _licence(row: dict, projects: dict[int, list[str]]) -> Licence:
    kept = {name: row[name] for name in FIELDS}
    return cast(
        Licence,
        {**kept, "uses": uses_of(row), "projects": projects.get(row["id"], []), "recorded_by": row["who"]},
    )


def end_licence(
    studio: Studio, name: str, reason: str, *, person: int | None = None, actor: str = "command line"
) -> Licence:
    """It holds no longer from now on. Refused when it was ended before."""
    licence = get_licence(studio, name)
    if licence["ended"]:
        raise Refused(f"licence {shown(name)} was ended on {day_in(studio, licence['ended'])}")
    why = check_text("reason", reason, LONGEST_TEXT, required=True)
    with studio.writing() as db:
        db.table("licences").update(licence["id"], {"ended": now(), "ended_by": person, "reason": why})
        audit_log.record(studio, actor, "licence.end", name, {"reason": why})
    return get_licence(studio, name)


def license_media(
    studio: Studio, sha256: str, name: str, *, person: int | None = None, actor: str = "command line"
) -> None:
    """Says under which licence a plate or another file of the studio is; the last word counts.

    NotFound: no such file or licence.
    """
    licence = get_licence(studio, name)
    describe(studio, sha256)
    row = {"media": sha256, "licence": licence["id"], "recorded_by": person, "created": now()}
    with studio.writing() as db:
        db.table("media_licences").upsert(row, pk="media")
        audit_log.record(studio, actor, "licence.media", sha256, {"licence": name})
