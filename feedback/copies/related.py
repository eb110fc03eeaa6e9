"""What a take may be like without being a copy: takes of its own shot, of the briefs that it is made from, and its sources."""

from __future__ import annotations

import json
from collections.abc import Sequence

from feedback.rights.checks import BEHIND
from feedback.store import Studio

# Briefs of its shot, which are mostly one idea again; those that one was made from another; and those whose takes are behind
# it. Takes that came later are compared with this one, and not the other way round.
NOT_COMPARED = f"""
{BEHIND}, edited(brief) AS (
    SELECT value FROM json_each(:briefs)
    UNION SELECT b.based_on FROM edited e JOIN briefs b ON b.id = e.brief WHERE b.based_on IS NOT NULL
    UNION SELECT b.id FROM edited e JOIN briefs b ON b.based_on = e.brief)
SELECT t.rendition FROM takes t WHERE t.rendition IS NOT NULL AND (t.id >= :take
    OR t.brief IN (SELECT b.id FROM briefs b JOIN briefs own ON own.shot = b.shot WHERE own.id = :brief)
    OR t.brief IN (SELECT brief FROM edited) OR t.brief IN (SELECT brief FROM behind))
"""
SOURCES = f"""
{BEHIND}
SELECT root, file, NULL FROM library UNION SELECT root, NULL, media FROM files
"""


def not_compared(studio: Studio, take: int) -> set[str]:
    """Renditions of takes that this one is not compared with."""
    brief = int(studio.value("SELECT brief FROM takes WHERE id = ?", (take,)))
    values = {"take": take, "brief": brief, "briefs": json.dumps([brief])}
    return {row[0] for row in studio.tuples(NOT_COMPARED, values)}


def sources_of(studio: Studio, briefs: Sequence[int]) -> dict[int, set[int | str]]:
    """By brief: library files (ids) and media (sha256) that it starts from, to the end."""
    sources: dict[int, set[int | str]] = {}
    for brief, file, media in studio.tuples(SOURCES, {"briefs": json.dumps(list(briefs))}):
        sources.setdefault(brief, set()).add(media if file is None else file)
    return sources


def takes_of(studio: Studio) -> set[str]:
    """Renditions of all takes."""
    return {row[0] for row in studio.tuples("SELECT rendition FROM takes WHERE rendition IS NOT NULL")}
