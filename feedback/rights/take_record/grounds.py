"""Whose work or likeness is in takes, and the consents that they gave for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypedDict, cast

from feedback.rights.checks import PEOPLE_BEHIND
from feedback.store import Studio

_BEHIND = f"{PEOPLE_BEHIND} SELECT root AS brief, contributor FROM people ORDER BY contributor"
_CONTRIBUTORS = "SELECT id, name, kind FROM contributors WHERE id IN (SELECT value FROM json_each(?))"
_CONSENTS = """
SELECT c.*, p.name AS recorded_by_name, (SELECT json_group_array(project) FROM consent_projects WHERE consent = c.id) AS projects
FROM consents c LEFT JOIN people p ON p.id = c.recorded_by
WHERE c.contributor IN (SELECT value FROM json_each(?)) ORDER BY c.id
"""


class Consent(TypedDict):
    id: int
    subject: str  # likeness, voice, style or work
    training: bool
    drawing: bool
    uses: str
    starts: str | None
    ends: str | None
    document: str | None
    recorded_by: str | None
    recorded: str
    revoked: str | None
    projects: list[int]  # ids; empty: every project


class Contributor(TypedDict):
    id: int
    name: str
    kind: str
    consents: list[Consent]  # all that were recorded, also those that do not hold


def contributors_of(studio: Studio, rows: Sequence[dict[str, Any]]) -> dict[int, list[Contributor]]:
    """By take: those whom its brief names, and those of all that its brief starts from, as `feedback.rights.checks` asks for them."""
    briefs = json.dumps(sorted({row["brief"] for row in rows}))
    of_brief = dict[int, list[int]]()
    for row in studio.rows(_BEHIND, {"briefs": briefs}):
        of_brief.setdefault(row["brief"], []).append(row["contributor"])
    people = describe(studio, {number for numbers in of_brief.values() for number in numbers})
    return {row["take"]: [people[number] for number in of_brief.get(row["brief"], [])] for row in rows}


def describe(studio: Studio, numbers: set[int]) -> dict[int, Contributor]:
    if not numbers:
        return {}
    chosen = (json.dumps(sorted(numbers)),)
    consents = dict[int, list[Consent]]()
    for row in studio.rows(_CONSENTS, chosen):
        consents.setdefault(row["contributor"], []).append(as_consent(row))
    return {
        row["id"]: cast(Contributor, {**row, "consents": consents.get(row["id"], [])})
        for row in studio.rows(_CONTRIBUTORS, chosen)
    }


def as_consent(row: dict[str, Any]) -> Consent:
    names = ("id", "subject", "uses", "starts", "ends", "document", "revoked")
    kept: dict[str, Any] = {name: row[name] for name in names}
    flags = {"training": bool(row["training"]), "drawing": bool(row["drawing"])}
    recorded = {"recorded_by": row["recorded_by_name"], "recorded": row["created"]}
    return cast(Consent, {**kept, **flags, **recorded, "projects": json.loads(row["projects"])})
