"""What is missing for something to be drawn, learned from or exported: licences of files, consents of people.

Each missing thing is a line that names whom or what, the use and the project, and the command that records it. What a
brief starts from is followed to its end: a take may start from a take that started from a frame of the library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from feedback.errors import Refused
from feedback.fields import shown
from feedback.rights.terms import DRAWING, TRAINING, in_force, terms_for
from feedback.store import Studio

MOST_NAMED = 5  # in one refusal

NEEDED = "CASE c.kind WHEN 'performer' THEN 'likeness' ELSE {other} END"
LICENCE_HOLDS = in_force("l", "licence", "ended")
CONSENT_HOLDS = in_force("k", "consent", "revoked")

# Briefs of which a brief's picture is made: itself, and those of the takes that it starts from.
BEHIND = """
WITH RECURSIVE behind(root, brief) AS (
    SELECT value, value FROM json_each(:briefs)
    UNION
    SELECT h.root, t.brief FROM behind h JOIN briefs b ON b.id = h.brief
    JOIN takes t ON t.media = b.source_media OR t.rendition = b.source_media)
"""
# People whom they name, and those who are in the frames of the library that they start from.
PEOPLE_BEHIND = f"""
{BEHIND}, people(root, contributor) AS (
    SELECT h.root, n.contributor FROM behind h JOIN brief_contributors n ON n.brief = h.brief
    UNION
    SELECT h.root, w.contributor FROM behind h JOIN briefs b ON b.id = h.brief
    JOIN library_items i ON i.media = b.source_media
    JOIN (SELECT item, contributor FROM item_contributors) w ON w.item = i.id
    UNION
    SELECT h.root, w.contributor FROM behind h JOIN briefs b ON b.id = h.brief
    JOIN library_items i ON i.media = b.source_media JOIN library_files f ON f.id = i.file
    JOIN title_contributors w ON w.title = f.title)
"""
PEOPLE_MISSING = f"""
{PEOPLE_BEHIND}
SELECT p.root AS brief, c.name, {NEEDED.format(other="'style'")} AS subject, c.kind
FROM people p JOIN contributors c ON c.id = p.contributor JOIN briefs b ON b.id = p.root JOIN shots s ON s.id = b.shot
WHERE NOT EXISTS (
    SELECT 1 FROM consents k WHERE k.contributor = c.id
    AND k.subject = {NEEDED.format(other="'style'")} AND {CONSENT_HOLDS.replace(":project", "s.project")})
"""
# Library frames need their title's licence; other files only when one was recorded for them, which then has to hold.
FILES_MISSING = f"""
{BEHIND}
SELECT h.root AS brief, l.name, l.ended, b.source_media AS media
FROM behind h JOIN briefs b ON b.id = h.brief JOIN briefs r ON r.id = h.root JOIN shots s ON s.id = r.shot
LEFT JOIN library_items i ON i.media = b.source_media LEFT JOIN library_files f ON f.id = i.file
LEFT JOIN titles t ON t.id = f.title LEFT JOIN media_licences m ON m.media = b.source_media
JOIN licences l ON l.id IN (t.licence, m.licence)
WHERE NOT {LICENCE_HOLDS.replace(":project", "s.project")}
"""
ITEMS_MISSING = f"""
SELECT i.id AS item, t.name AS title, l.name AS licence, c.name AS person,
    {NEEDED.format(other="'work'")} AS subject, {LICENCE_HOLDS} AS licensed, i.excluded
FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title JOIN licences l ON l.id = t.licence
LEFT JOIN (
    SELECT item, contributor FROM item_contributors
    UNION SELECT i2.id, w.contributor FROM library_items i2 JOIN library_files f2 ON f2.id = i2.file
    JOIN title_contributors w ON w.title = f2.title) w ON w.item = i.id
LEFT JOIN contributors c ON c.id = w.contributor AND NOT EXISTS (
    SELECT 1 FROM consents k WHERE k.contributor = c.id
    AND k.subject = {NEEDED.format(other="'work'")} AND {CONSENT_HOLDS})
WHERE i.id IN (SELECT value FROM json_each(:items)) AND (c.id IS NOT NULL OR NOT {LICENCE_HOLDS} OR i.excluded IS NOT NULL)
"""


def missing_for_briefs(studio: Studio, briefs: Iterable[int]) -> dict[int, list[str]]:
    """What each brief lacks to be drawn, or its takes to be exported; briefs that lack nothing are left out."""
    values = {**terms_for(DRAWING, None), "briefs": json.dumps(sorted(set(briefs)))}
    values.pop("project")
    missing: dict[int, list[str]] = {}
    for row in studio.rows(PEOPLE_MISSING, values):
        missing.setdefault(row["brief"], []).append(consent_line(row, DRAWING))
    for row in studio.rows(FILES_MISSING, values):
        missing.setdefault(row["brief"], []).append(licence_line(row["name"], DRAWING))
    return {brief: sorted(set(lines)) for brief, lines in missing.items()}


def check_drawing(studio: Studio, brief: int) -> None:
    """Refused, naming what is missing, unless a brief may be drawn."""
    refuse(f"brief {brief} cannot be drawn", missing_for_briefs(studio, [brief]).get(brief, []))


def briefs_not_to_learn_from(studio: Studio, project: int | None) -> set[int]:
    """Briefs whose takes nobody allows a model to learn from: for one project (id), or for the whole studio.

    A take that shows somebody teaches a model how they look, whoever judged it.
    """
    asking = "SELECT brief AS id FROM brief_contributors UNION SELECT id FROM briefs WHERE source_media IS NOT NULL"
    briefs = json.dumps([row["id"] for row in studio.rows(asking)])
    values = {**terms_for(TRAINING, project), "briefs": briefs}
    questions = (question.replace("s.project", ":project") for question in (PEOPLE_MISSING, FILES_MISSING))
    return {row["brief"] for question in questions for row in studio.rows(question, values)}


def missing_for_takes(studio: Studio, takes: Iterable[int]) -> dict[int, list[str]]:
    """What each take lacks to be exported; those that lack nothing are left out."""
    sql = "SELECT id, brief FROM takes WHERE id IN (SELECT value FROM json_each(?))"
    brief_of = {row["id"]: row["brief"] for row in studio.rows(sql, (json.dumps(sorted(set(takes))),))}
    missing = missing_for_briefs(studio, brief_of.values())
    return {take: missing[brief] for take, brief in brief_of.items() if brief in missing}


def missing_for_items(
    studio: Studio, items: Iterable[int], project: int | None, *, excluded: bool = True
) -> dict[int, list[str]]:
    """What each frame or clip of the library lacks to be learned from, for one project (id) or the whole studio.

    Those that lack nothing are left out. One that was excluded lacks that it is included again, unless that is no matter.
    """
    values = {**terms_for(TRAINING, project), "items": json.dumps(sorted(set(items)))}
    missing: dict[int, set[str]] = {}
    for row in studio.rows(ITEMS_MISSING, values):
        missing.setdefault(row["item"], set()).update(_lines_of_item(row, excluded))
    return {item: sorted(lines) for item, lines in missing.items() if lines}


def _lines_of_item(row: dict[str, Any], excluded: bool) -> Iterable[str]:
    if row["excluded"] and excluded:
        yield "it was excluded from the library"
    if not row["licensed"]:
        yield licence_line(row["licence"], TRAINING)
    if row["person"]:
        yield consent_line({"name": row["person"], "subject": row["subject"]}, TRAINING)


def consent_line(row: dict[str, Any], use: str) -> str:
    command = f"circletake consent add {shown(row['name'])} --subject {row['subject']} --use {use}"
    return f"no consent of {row['name']} for {use} with their {row['subject']} is in force ({command})"


def licence_line(name: str, use: str) -> str:
    return f"licence {shown(name)} does not allow {use} here or today (circletake licence list)"


def refuse(what: str, missing: Sequence[str]) -> None:
    """Refused, with all that is missing on one line; nothing when nothing is."""
    if missing:
        more = f"; and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        raise Refused(f"{what}: {'; '.join(missing[:MOST_NAMED])}{more}")
