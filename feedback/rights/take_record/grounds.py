"""Whose work or likeness is in takes, and the consents that they gave for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict, cast

from feedback.rights.take_record.inputs import Input
from feedback.store import Studio

_OF_BRIEFS = """
SELECT brief, contributor FROM brief_contributors WHERE brief IN (SELECT value FROM json_each(?)) ORDER BY contributor
"""
_OF_ITEMS = """
SELECT i.id AS item, c.contributor FROM library_items i JOIN item_contributors c ON c.item = i.id
WHERE i.id IN (SELECT value FROM json_each(:items)) UNION
SELECT i.id, c.contributor FROM library_items i JOIN library_files f ON f.id = i.file
JOIN title_contributors c ON c.title = f.title WHERE i.id IN (SELECT value FROM json_each(:items)) ORDER BY 2
"""
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


def contributors_of(
    studio: Studio,
    rows: Sequence[dict[str, Any]],
    inputs: Mapping[int, list[Input]],
    briefs_of_takes: Mapping[int, int],
) -> dict[int, list[Contributor]]:
    """By take: those whom its brief names, and those of the library frames and takes that went into it.

    `briefs_of_takes`: the brief of every take that is itself an input.
    """
    briefs = {row["brief"] for row in rows} | set(briefs_of_takes.values())
    items = {each["library_item"] for parts in inputs.values() for each in parts} - {None}
    of_brief = grouped(studio.rows(_OF_BRIEFS, (json.dumps(sorted(briefs)),)), "brief")
    of_item = grouped(studio.rows(_OF_ITEMS, {"items": json.dumps(sorted(items))}), "item") if items else {}
    people = describe(studio, {number for group in (of_brief, of_item) for each in group.values() for number in each})
    return {
        row["take"]: [
            people[number] for number in behind(row["brief"], inputs[row["take"]], briefs_of_takes, of_brief, of_item)
        ]
        for row in rows
    }


def behind(
    brief: int,
    inputs: list[Input],
    briefs_of_takes: Mapping[int, int],
    of_brief: Mapping[int, list[int]],
    of_item: Mapping[int, list[int]],
) -> list[int]:
    """Ids of contributors, each once."""
    numbers = [*of_brief.get(brief, [])]
    for each in inputs:
        numbers += of_item.get(each["library_item"] or 0, [])
        numbers += of_brief.get(briefs_of_takes.get(each["take"] or 0, 0), [])
    return list(dict.fromkeys(numbers))


def grouped(rows: Iterable[dict[str, Any]], name: str) -> dict[int, list[int]]:
    groups = dict[int, list[int]]()
    for row in rows:
        groups.setdefault(row[name], []).append(row["contributor"])
    return groups


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
