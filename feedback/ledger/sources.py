"""What briefs rest on: their project, the titles and licences of what they start from, and the people whom they show."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from feedback.rights.checks import BEHIND, PEOPLE_BEHIND
from feedback.store import Studio

Links = dict[int, set[int]]
"""Ids by brief; briefs without any are left out."""

PROJECTS = """
SELECT b.id, s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id IN (SELECT value FROM json_each(:briefs))
"""
ITEMS = f"""
{BEHIND} SELECT h.root, i.id FROM behind h JOIN briefs b ON b.id = h.brief JOIN library_items i ON i.media = b.source_media
"""
TITLES = f"""
{BEHIND} SELECT h.root, f.title FROM behind h JOIN briefs b ON b.id = h.brief
JOIN library_items i ON i.media = b.source_media JOIN library_files f ON f.id = i.file
"""
LICENCES = f"""
{BEHIND}
SELECT h.root, t.licence FROM behind h JOIN briefs b ON b.id = h.brief JOIN library_items i ON i.media = b.source_media
JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title
UNION
SELECT h.root, m.licence FROM behind h JOIN briefs b ON b.id = h.brief JOIN media_licences m ON m.media = b.source_media
"""
CONTRIBUTORS = f"{PEOPLE_BEHIND} SELECT root, contributor FROM people"


def projects_of(studio: Studio, briefs: Iterable[int]) -> Links:
    return _links(studio, PROJECTS, briefs)


def items_of(studio: Studio, briefs: Iterable[int]) -> Links:
    """Frames and clips of the library that they start from, at whatever remove."""
    return _links(studio, ITEMS, briefs)


def titles_of(studio: Studio, briefs: Iterable[int]) -> Links:
    return _links(studio, TITLES, briefs)


def licences_of(studio: Studio, briefs: Iterable[int]) -> Links:
    return _links(studio, LICENCES, briefs)


def contributors_of(studio: Studio, briefs: Iterable[int]) -> Links:
    return _links(studio, CONTRIBUTORS, briefs)


def _links(studio: Studio, sql: str, briefs: Iterable[int]) -> Links:
    links: Links = defaultdict(set)
    for brief, other in studio.tuples(sql, {"briefs": json.dumps(sorted(set(briefs)))}):
        links[brief].add(other)
    return dict(links)
