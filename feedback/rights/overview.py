"""What a studio's counsel looks at first: what is missing today and where, what ends soon, what is under each licence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TypedDict, cast

from feedback.people.project_members import in_visible
from feedback.rights.checks import BRIEFS_TO_ASK_ABOUT, Absent, absent_for_briefs
from feedback.rights.consents import Consent
from feedback.rights.licences import Licence
from feedback.rights.project_rules import LIST, REFUSE
from feedback.store import Studio

SOON = 30  # days
MOST_BRIEFS = 200

_OPEN_BRIEFS = f"""
SELECT b.id, b.prompt, p.code AS project, s.code AS shot,
    (SELECT count(*) FROM takes t WHERE t.brief = b.id AND t.state = 'queued') AS waiting,
    (SELECT count(*) FROM takes t WHERE t.brief = b.id AND t.state = 'done') AS drawn
FROM briefs b JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
WHERE b.id IN ({BRIEFS_TO_ASK_ABOUT}) AND s.archived IS NULL AND p.archived IS NULL AND {in_visible("p.id")} ORDER BY b.id DESC
"""
_NAMING = f"""
SELECT n.contributor, count(*) AS briefs FROM brief_contributors n JOIN briefs b ON b.id = n.brief
JOIN shots s ON s.id = b.shot WHERE {in_visible("s.project")} GROUP BY n.contributor
"""
_UNDER = """
SELECT l.id,
    (SELECT json_group_array(t.name) FROM titles t WHERE t.licence = l.id) AS titles,
    (SELECT count(*) FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title
        WHERE t.licence = l.id) AS frames,
    (SELECT count(*) FROM media_licences m WHERE m.licence = l.id) AS files
FROM licences l
"""


class WaitingBrief(TypedDict):
    """A brief that cannot be drawn, or whose takes cannot be exported, today; or that starts from a plate without a licence
    in a project that lists those.
    """

    id: int
    project: str  # codes
    shot: str
    prompt: str
    waiting: int  # queued takes
    drawn: int
    missing: list[Absent]


class Ending(TypedDict):
    what: str  # consent or licence
    id: int
    name: str
    ends: str  # the last day
    days: int  # until then; 0 is today


class Under(TypedDict):
    titles: list[str]
    frames: int  # of the library
    files: int  # plates and others


def waiting_briefs(studio: Studio, person: int | None = None) -> list[WaitingBrief]:
    """Of the projects that a person (id) sees, newest first, `MOST_BRIEFS` at the most; archived ones wait for nothing."""
    rows = studio.rows(_OPEN_BRIEFS, {"person": person})
    missing = absent_for_briefs(studio, [row["id"] for row in rows], policies=(REFUSE, LIST))
    waiting = [{**row, "missing": missing[row["id"]]} for row in rows if row["id"] in missing]
    return cast(list[WaitingBrief], waiting[:MOST_BRIEFS])


def count_naming(studio: Studio, person: int | None = None) -> dict[int, int]:
    """How many briefs of the projects that a person (id) sees name each contributor (id)."""
    return {row["contributor"]: row["briefs"] for row in studio.rows(_NAMING, {"person": person})}


def ending_soon(consents: Iterable[Consent], licences: Iterable[Licence], day: str) -> list[Ending]:
    """Those in force that end within `SOON` days of a day; the first to end first."""
    first = date.fromisoformat(day)
    last = (first + timedelta(SOON)).isoformat()

    def is_soon(ends: str | None, taken_back: str | None) -> bool:
        return taken_back is None and ends is not None and first.isoformat() <= ends <= last

    def row(what: str, number: int, name: str, ends: str | None) -> Ending:
        return Ending(
            what=what, id=number, name=name, ends=ends or "", days=(date.fromisoformat(ends or "") - first).days
        )

    rows = [row("consent", c["id"], c["person"], c["ends"]) for c in consents if is_soon(c["ends"], c["revoked"])]
    rows += [
        row("licence", each["id"], each["name"], each["ends"])
        for each in licences
        if is_soon(each["ends"], each["ended"])
    ]
    return sorted(rows, key=lambda each: (each["ends"], each["what"], each["id"]))


def under_licences(studio: Studio) -> dict[int, Under]:
    """By licence (id)."""
    return {
        row["id"]: Under(titles=sorted(json.loads(row["titles"])), frames=row["frames"], files=row["files"])
        for row in studio.rows(_UNDER)
    }
