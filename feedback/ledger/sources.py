"""What briefs rest on: their project, the titles and licences of what they start from, and the people whom they show."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from feedback.rights.checks import BEHIND, NEEDED_LICENCES, PEOPLE_BEHIND
from feedback.store import Studio

Links = dict[int, set[int]]
"""Ids by brief; briefs without any are left out."""

PROJECTS = """
SELECT b.id, s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id IN (SELECT value FROM json_each(:briefs))
"""
ITEMS = f"""
{BEHIND} SELECT y.root, i.id FROM library y CROSS JOIN library_items i ON i.file = y.file AND i.id = coalesce(y.item, i.id)
"""
TITLES = f"""
{BEHIND} SELECT y.root, f.title FROM library y JOIN library_files f ON f.id = y.file
"""
LICENCES = f"{NEEDED_LICENCES} SELECT root, licence FROM needed"
CONTRIBUTORS = f"{PEOPLE_BEHIND} SELECT root, contributor FROM people"


def projects_of(studio: Studio, briefs: Iterable[int]) -> Links:
    return _links(studio, PROJECTS, briefs)


def items_of(studio: Studio, briefs: Iterable[int]) -> Links:
    """Frames and clips of the library that they start from, at whatever remove; all of a file that they start from."""
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
