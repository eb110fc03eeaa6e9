"""Which pairs are of projects that a person sees.

Reading all briefs takes a tenth of a second in a large studio, and people wait for the next pair: so which project a
brief is of, which never changes, is remembered, and only who sees which project is read for each request.
"""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from feedback.people.project_members import VISIBLE_PROJECTS
from feedback.store import Studio

_PROJECTS = "SELECT b.id, s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id > ? ORDER BY b.id"

_ARCHIVED = (
    "SELECT b.id FROM shots s INDEXED BY shots_archived JOIN briefs b ON b.shot = s.id WHERE s.archived IS NOT NULL"
)

_known: WeakKeyDictionary[Studio, np.ndarray] = WeakKeyDictionary()
_lock = Lock()


def of_visible_projects(studio: Studio, person: int, briefs: np.ndarray) -> np.ndarray:
    """Which of these briefs [n] are of projects that the person sees, [n] bool."""
    visible = [row["project"] for row in studio.rows(f"SELECT project FROM {VISIBLE_PROJECTS}", {"person": person})]
    if not len(briefs):
        return np.zeros(0, bool)
    projects = _projects_of_briefs(studio, int(briefs.max()))
    seen = np.zeros(int(projects.max(initial=0)) + 1, bool)
    seen[[project for project in visible if project < len(seen)]] = True
    return seen[projects[briefs]]


def without_archived_shots(studio: Studio, briefs: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """`chosen` [n] bool, without those of these briefs [n] whose shot is archived."""
    archived = [brief for (brief,) in studio.tuples(_ARCHIVED)]
    return chosen & ~np.isin(briefs, archived) if archived else chosen


def _projects_of_briefs(studio: Studio, newest: int) -> np.ndarray:
    """Ids of projects by the id of the brief, up to the newest; 0, which no project has, where there is no brief."""
    with _lock:
        known = _known.get(studio, np.zeros(1, np.int64))
        if len(known) <= newest:
            rows = studio.rows(_PROJECTS, (len(known) - 1,))
            grown = np.zeros(max(newest, *(row["id"] for row in rows)) + 1 if rows else newest + 1, np.int64)
            grown[: len(known)] = known
            for row in rows:
                grown[row["id"]] = row["project"]
            known = _known[studio] = grown
    return known
