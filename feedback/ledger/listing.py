"""What rests on a consent as somebody may see it: takes and selects of their projects, titles of the library."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypedDict, cast

from feedback.ledger.touched import Touched
from feedback.people.project_members import in_visible
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

MOST = 200  # of a list
# Takes that show it: which takes a version drew, nobody is told by a list of them.
_TAKES = f"""
SELECT t.id, p.code AS project, s.code AS shot FROM takes t JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot
JOIN projects p ON p.id = s.project
WHERE t.id IN (SELECT value FROM json_each(:takes)) AND b.id IN (SELECT value FROM json_each(:briefs)) AND t.state = 'done'
AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS}) AND {in_visible("p.id")} ORDER BY t.id DESC LIMIT {MOST}
"""
_FRAMES = f"""
SELECT t.name, count(*) AS n FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title
WHERE i.id IN (SELECT value FROM json_each(?)) GROUP BY t.id ORDER BY t.name LIMIT {MOST}
"""


class ListedTake(TypedDict):
    id: int
    project: str  # codes
    shot: str


def touched_takes(studio: Studio, touched: Touched, person: int | None = None) -> list[ListedTake]:
    """Those that show it, of the projects that a person (id) sees, newest first; none that an open trial hides."""
    return _listed(studio, touched["takes"], touched, person)


def touched_selects(studio: Studio, touched: Touched, person: int | None = None) -> list[ListedTake]:
    """The takes of the selects, likewise."""
    sql = "SELECT take FROM selects WHERE id IN (SELECT value FROM json_each(?))"
    return _listed(studio, (take for (take,) in studio.tuples(sql, (json.dumps(touched["selects"]),))), touched, person)


def _listed(studio: Studio, takes: Iterable[int], touched: Touched, person: int | None) -> list[ListedTake]:
    values = {"takes": json.dumps(list(takes)), "briefs": json.dumps(touched["briefs"]), "person": person}
    return cast(list[ListedTake], studio.rows(_TAKES, values))


def touched_titles(studio: Studio, touched: Touched) -> list[tuple[str, int]]:
    """(title of the library, how many frames of it)."""
    return [(name, count) for name, count in studio.tuples(_FRAMES, (json.dumps(touched["items"]),))]
