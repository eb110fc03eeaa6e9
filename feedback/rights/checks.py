"""What is missing for something to be drawn, learned from or exported: licences of files, consents of people.

Each missing thing is a line that names whom or what, the use and the project, and the command that records it. What a
brief starts from is followed to its end: a take may start from a take that started from a frame of the library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

from feedback.errors import Refused
from feedback.fields import shown
from feedback.rights.contributors import named_in
from feedback.rights.project_rules import REFUSE
from feedback.rights.terms import DRAWING, TRAINING, in_force, terms_for
from feedback.store import Studio

MOST_NAMED = 5  # in one refusal

NEEDED = "CASE c.kind WHEN 'performer' THEN 'likeness' ELSE {other} END"
LICENCE_HOLDS = in_force("l", "licence", "ended")
CONSENT_HOLDS = in_force("k", "consent", "revoked")

# Every file that shows a take: what people see, save and upload again is seldom the archived one.
IS_OF_TAKE = "(t.media = {media} OR t.rendition = {media} OR t.poster = {media} OR t.rendition_poster = {media})"
# `behind`: briefs of which a brief's picture is made, itself and those of the takes that it starts from. `files`: what they
# start from, with masks, which need not have been painted here, and what came from elsewhere as their takes. `library`: which of
# these are of the library, a frame or a whole file.
BEHIND = f"""
WITH RECURSIVE behind(root, brief) AS (
    SELECT value, value FROM json_each(:briefs)
    UNION
    SELECT h.root, t.brief FROM behind h JOIN briefs b ON b.id = h.brief
    JOIN takes t ON {IS_OF_TAKE.format(media="b.source_media")}
    UNION
    SELECT h.root, t.brief FROM behind h JOIN briefs b ON b.id = h.brief
    JOIN takes t ON {IS_OF_TAKE.format(media="b.mask_media")}),
files(root, media) AS (
    SELECT h.root, b.source_media FROM behind h JOIN briefs b ON b.id = h.brief WHERE b.source_media IS NOT NULL
    UNION
    SELECT h.root, b.mask_media FROM behind h JOIN briefs b ON b.id = h.brief WHERE b.mask_media IS NOT NULL
    UNION
    SELECT h.root, o.original FROM behind h JOIN takes t ON t.brief = h.brief JOIN outside_takes o ON o.take = t.id),
library(root, file, item) AS (
    SELECT s.root, i.file, i.id FROM files s JOIN library_items i ON i.media = s.media
    UNION SELECT s.root, i.file, i.id FROM files s JOIN library_items i ON i.proxy = s.media
    UNION SELECT s.root, f.id, NULL FROM files s JOIN library_files f ON f.sha256 = s.media)
"""
# People whom they name, and those who are in the frames of the library that they start from. SQLite, which knows nothing of
# how few files a brief starts from, would otherwise begin with everybody who is in any frame.
PEOPLE_BEHIND = f"""
{BEHIND}, people(root, contributor) AS (
    SELECT h.root, n.contributor FROM behind h JOIN brief_contributors n ON n.brief = h.brief
    UNION
    SELECT y.root, w.contributor FROM library y CROSS JOIN library_items i ON i.file = y.file AND i.id = coalesce(y.item, i.id)
    CROSS JOIN item_contributors w ON w.item = i.id
    UNION
    SELECT y.root, w.contributor FROM library y CROSS JOIN library_files f ON f.id = y.file
    CROSS JOIN title_contributors w ON w.title = f.title)
"""
PEOPLE_MISSING = f"""
{PEOPLE_BEHIND}
SELECT p.root AS brief, c.name, {NEEDED.format(other="'style'")} AS subject, c.kind
FROM people p JOIN contributors c ON c.id = p.contributor JOIN briefs b ON b.id = p.root JOIN shots s ON s.id = b.shot
WHERE NOT EXISTS (
    SELECT 1 FROM consents k WHERE k.contributor = c.id
    AND k.subject = {NEEDED.format(other="'style'")} AND {CONSENT_HOLDS.replace(":project", "s.project")})
"""
HELD_BY = f"""
SELECT k.id FROM consents k JOIN contributors c ON c.id = k.contributor
WHERE c.id IN (SELECT value FROM json_each(:people)) AND k.subject = {NEEDED.format(other="'style'")} AND {CONSENT_HOLDS}
ORDER BY k.id
"""
NAMED_MISSING = f"""
SELECT c.name, {NEEDED.format(other="'style'")} AS subject FROM contributors c
WHERE c.id IN (SELECT value FROM json_each(:people)) AND NOT EXISTS (
    SELECT 1 FROM consents k WHERE k.contributor = c.id
    AND k.subject = {NEEDED.format(other="'style'")} AND {CONSENT_HOLDS})
"""
# Library frames need their title's licence; other files only when one was recorded for them, which then has to hold.
NEEDED_LICENCES = f"""
{BEHIND}, needed(root, licence) AS (
    SELECT y.root, t.licence FROM library y JOIN library_files f ON f.id = y.file JOIN titles t ON t.id = f.title
    UNION SELECT s.root, m.licence FROM files s JOIN media_licences m ON m.media = s.media)
"""
FILES_MISSING = f"""
{NEEDED_LICENCES}
SELECT n.root AS brief, l.name FROM needed n JOIN licences l ON l.id = n.licence
JOIN briefs r ON r.id = n.root JOIN shots s ON s.id = r.shot
WHERE NOT {LICENCE_HOLDS.replace(":project", "s.project")}
"""
# Pictures that were brought, of which nobody recorded a licence: neither takes nor frames of the library. What came as a take
# is one where something else starts from it. Masks are painted.
PLATES_WITHOUT_LICENCE = f"""
{BEHIND}, brought(root, media) AS (
    SELECT h.root, b.source_media FROM behind h JOIN briefs b ON b.id = h.brief
    WHERE b.source_media IS NOT NULL AND NOT EXISTS (SELECT 1 FROM takes t WHERE {IS_OF_TAKE.format(media="b.source_media")})
    UNION
    SELECT h.root, o.original FROM behind h JOIN outside_takes o ON o.brief = h.brief WHERE h.brief <> h.root)
SELECT g.root AS brief, g.media AS name FROM brought g
JOIN briefs r ON r.id = g.root JOIN shots s ON s.id = r.shot JOIN projects p ON p.id = s.project
WHERE p.plate_policy IN (SELECT value FROM json_each(:policies))
AND NOT EXISTS (SELECT 1 FROM media_licences m WHERE m.media = g.media)
AND NOT EXISTS (SELECT 1 FROM library_items i WHERE i.media = g.media)
AND NOT EXISTS (SELECT 1 FROM library_items i WHERE i.proxy = g.media)
AND NOT EXISTS (SELECT 1 FROM library_files f WHERE f.sha256 = g.media)
"""
# Takes that were drawn before stay what they were, and go to the edit: an exclusion is about what is made from now on. A whole
# file is excluded when all that was chosen from it is.
EXCLUDED_SOURCES = """
WITH given(brief, media) AS (
    SELECT id, source_media FROM briefs WHERE id IN (SELECT value FROM json_each(:briefs))
    UNION SELECT id, mask_media FROM briefs WHERE id IN (SELECT value FROM json_each(:briefs)))
SELECT g.brief, i.id FROM given g JOIN library_items i ON i.media = g.media OR i.proxy = g.media WHERE i.excluded IS NOT NULL
UNION SELECT g.brief, i.id FROM given g JOIN library_files f ON f.sha256 = g.media JOIN library_items i ON i.file = f.id
WHERE NOT EXISTS (SELECT 1 FROM library_items kept WHERE kept.file = f.id AND kept.excluded IS NULL) ORDER BY 1, 2
"""
BRIEFS_TO_ASK_ABOUT = """
SELECT brief AS id FROM brief_contributors UNION SELECT id FROM briefs WHERE source_media IS NOT NULL
UNION SELECT brief FROM outside_takes
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


class Absent(TypedDict):
    """A consent or a licence that is not in force, or a plate of which no licence is recorded."""

    what: str  # consent, licence or plate
    name: str  # of the person or the licence; of a plate its sha256
    subject: str | None  # of the consent


def missing_for_briefs(
    studio: Studio,
    briefs: Iterable[int],
    use: str = DRAWING,
    policies: Sequence[str] = (REFUSE,),
    day: str | None = None,
) -> dict[int, list[str]]:
    """What each brief lacks to be drawn, or its takes to be exported, in lines; briefs that lack nothing are left out.

    `use`: TRAINING for what lacks for its takes to be learned from, in its own project. `policies`: of projects in which
    plates without a licence count. `day`: today unless given.
    """
    absent = absent_for_briefs(studio, briefs, use, policies, day)
    return {brief: sorted({_line_of(each, use) for each in rows}) for brief, rows in absent.items()}


def _line_of(absent: Absent, use: str) -> str:
    if absent["what"] == "plate":
        return plate_line(absent["name"])
    return consent_line({**absent}, use) if absent["what"] == "consent" else licence_line(absent["name"], use)


def absent_for_briefs(
    studio: Studio,
    briefs: Iterable[int],
    use: str = DRAWING,
    policies: Sequence[str] = (REFUSE,),
    day: str | None = None,
) -> dict[int, list[Absent]]:
    """The same by what it is."""
    ids = sorted(set(briefs))
    values = {**terms_for(studio, use, None, day), "briefs": json.dumps(ids)}
    values.pop("project")
    missing: dict[int, list[Absent]] = {}
    for row in studio.rows(PEOPLE_MISSING, values):
        absent = Absent(what="consent", name=row["name"], subject=row["subject"])
        missing.setdefault(row["brief"], []).append(absent)
    for row in studio.rows(FILES_MISSING, values):
        missing.setdefault(row["brief"], []).append(Absent(what="licence", name=row["name"], subject=None))
    for brief, plate in plates_without_licence(studio, ids, policies):
        missing.setdefault(brief, []).append(Absent(what="plate", name=plate, subject=None))
    return missing


def plates_without_licence(studio: Studio, briefs: Sequence[int], policies: Sequence[str]) -> list[tuple[int, str]]:
    """(brief, sha256) of pictures that were brought and are under no licence, where the brief's project has such a policy."""
    chosen = json.dumps(list(policies))
    some = "SELECT 1 FROM projects WHERE plate_policy IN (SELECT value FROM json_each(?)) LIMIT 1"
    if not briefs or studio.value(some, (chosen,)) is None:
        return []
    values = {"briefs": json.dumps(briefs), "policies": chosen}
    return [(row["brief"], row["name"]) for row in studio.rows(PLATES_WITHOUT_LICENCE, values)]


def licences_missing(studio: Studio, briefs: Iterable[int], project: int | None, day: str | None = None) -> set[str]:
    """Licences of what briefs start from that do not allow to learn from it, for one project (id) or the whole studio."""
    values = {**terms_for(studio, TRAINING, project, day), "briefs": json.dumps(sorted(set(briefs)))}
    rows = studio.rows(FILES_MISSING.replace("s.project", ":project"), values)
    return {licence_line(row["name"], TRAINING) for row in rows}


def missing_for_texts(studio: Studio, texts: Sequence[str], project: int | None) -> list[str]:
    """What a brief with these words would lack to be drawn in a project (id; None where there is none yet)."""
    ids = json.dumps(sorted(named_in(studio, texts)))
    rows = studio.rows(NAMED_MISSING, {**terms_for(studio, DRAWING, project), "people": ids})
    return sorted(consent_line(row, DRAWING) for row in rows)


class Grounds(TypedDict):
    """On what a brief's takes rest."""

    people: list[str]  # who are named, or are in what it starts from
    consents: list[int]  # of theirs that are in force for drawing
    licences: list[str]  # of what it starts from


def grounds_of_brief(studio: Studio, brief: int) -> Grounds:
    """What is behind a brief, to its end; empty lists where nobody has to allow anything."""
    project = studio.value("SELECT s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id = ?", (brief,))
    one = {"briefs": json.dumps([brief])}
    sql = f"{PEOPLE_BEHIND} SELECT DISTINCT c.id, c.name FROM people p JOIN contributors c ON c.id = p.contributor ORDER BY c.name"
    people = studio.rows(sql, one)
    values = {**terms_for(studio, DRAWING, project), "people": json.dumps([row["id"] for row in people])}
    held = studio.rows(HELD_BY, values)
    licences = studio.rows(
        f"{NEEDED_LICENCES} SELECT DISTINCT l.name FROM needed n JOIN licences l ON l.id = n.licence", one
    )
    return Grounds(
        people=[row["name"] for row in people],
        consents=[row["id"] for row in held],
        licences=sorted(row["name"] for row in licences),
    )


def check_drawing(studio: Studio, brief: int) -> None:
    """Refused, naming what is missing, unless a brief may be drawn; also where it starts from an excluded library frame."""
    refuse(f"brief {brief} cannot be drawn", against_drawing(studio, [brief]).get(brief, []))


def against_drawing(studio: Studio, briefs: Iterable[int]) -> dict[int, list[str]]:
    """What forbids to draw each brief today, in lines; those that may be drawn are left out."""
    ids = sorted(set(briefs))
    against = missing_for_briefs(studio, ids)
    for brief, item in studio.tuples(EXCLUDED_SOURCES, {"briefs": json.dumps(ids)}):
        line = f"it starts from item {item}, which was excluded from the library (circletake library include {item})"
        against.setdefault(brief, []).append(line)
    return against


def briefs_not_to_learn_from(studio: Studio, project: int | None) -> set[int]:
    """Briefs whose takes nobody allows a model to learn from: for one project (id), or for the whole studio.

    A take that shows somebody teaches a model how they look, whoever judged it.
    """
    briefs = [row["id"] for row in studio.rows(BRIEFS_TO_ASK_ABOUT)]
    values = {**terms_for(studio, TRAINING, project), "briefs": json.dumps(briefs)}
    questions = (question.replace("s.project", ":project") for question in (PEOPLE_MISSING, FILES_MISSING))
    missing = {row["brief"] for question in questions for row in studio.rows(question, values)}
    return missing | {brief for brief, _ in plates_without_licence(studio, briefs, (REFUSE,))}


def missing_for_takes(
    studio: Studio, takes: Iterable[int], policies: Sequence[str] = (REFUSE,), day: str | None = None
) -> dict[int, list[str]]:
    """What each take lacks to be exported; those that lack nothing are left out. `policies`, `day`: as of `missing_for_briefs`."""
    sql = "SELECT id, brief FROM takes WHERE id IN (SELECT value FROM json_each(?))"
    brief_of = {row["id"]: row["brief"] for row in studio.rows(sql, (json.dumps(sorted(set(takes))),))}
    missing = missing_for_briefs(studio, brief_of.values(), policies=policies, day=day)
    return {take: missing[brief] for take, brief in brief_of.items() if brief in missing}


def missing_for_items(
    studio: Studio, items: Iterable[int], project: int | None, *, excluded: bool = True, day: str | None = None
) -> dict[int, list[str]]:
    """What each frame or clip of the library lacks to be learned from, for one project (id) or the whole studio.

    Those that lack nothing are left out. One that was excluded lacks that it is included again, unless that is no matter.
    """
    values = {**terms_for(studio, TRAINING, project, day), "items": json.dumps(sorted(set(items)))}
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


def plate_line(sha256: str) -> str:
    return f"no licence of the plate {sha256[:12]} is recorded (circletake licence media {sha256} LICENCE)"


def refuse(what: str, missing: Sequence[str]) -> None:
    """Refused, with all that is missing on one line; nothing when nothing is."""
    if missing:
        more = f"; and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        raise Refused(f"{what}: {'; '.join(missing[:MOST_NAMED])}{more}")
