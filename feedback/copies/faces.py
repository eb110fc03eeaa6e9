"""Faces that nobody allowed: more faces in a take than people behind it whose likeness may be drawn.

Nobody is recognised. Who is in a take is what its brief names, and whom the frames show that it starts from.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from feedback.rights.checks import CONSENT_HOLDS, PEOPLE_BEHIND
from feedback.rights.terms import DRAWING, terms_for
from feedback.store import Studio

ALLOWED = f"""
{PEOPLE_BEHIND}
SELECT p.root, count(DISTINCT p.contributor) FROM people p JOIN briefs b ON b.id = p.root JOIN shots s ON s.id = b.shot
WHERE EXISTS (SELECT 1 FROM consents k WHERE k.contributor = p.contributor AND k.subject = 'likeness'
    AND {CONSENT_HOLDS.replace(":project", "s.project")})
GROUP BY p.root
"""
IN_TAKES = """
SELECT t.id, t.brief, c.faces FROM take_checks c JOIN takes t ON t.id = c.take
WHERE c.faces > 0 AND c.take IN (SELECT value FROM json_each(?))
"""


def people_allowed(studio: Studio, briefs: Sequence[int]) -> dict[int, int]:
    """By brief, of how many people behind it a consent to draw their likeness is in force today; none: left out."""
    values = {**terms_for(studio, DRAWING, None), "briefs": json.dumps(list(briefs))}
    values.pop("project")
    return dict(studio.tuples(ALLOWED, values))


def with_faces_nobody_allowed(studio: Studio, takes: Sequence[int]) -> set[int]:
    rows = studio.tuples(IN_TAKES, (json.dumps(list(takes)),))
    allowed = people_allowed(studio, sorted({brief for _, brief, _ in rows})) if rows else {}
    return {take for take, brief, faces in rows if faces > allowed.get(brief, 0)}


def takes_with_faces(studio: Studio) -> list[int]:
    return [row[0] for row in studio.tuples("SELECT take FROM take_checks WHERE faces > 0 ORDER BY take")]
