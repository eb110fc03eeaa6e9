"""What changed on a board since a moment: open boards ask every few seconds, and mostly hear that nothing did.

The record only grows, and its rows are in the order in which they came: what is new is read from the end of each table,
however large it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

MOST = 500  # takes that are named; whoever was away for longer reads everything again

_NEWEST = """
SELECT (SELECT max(id) FROM statuses), (SELECT max(id) FROM ratings), (SELECT max(id) FROM notes), (SELECT max(id) FROM tags),
    (SELECT max(removed) FROM tags WHERE removed IS NOT NULL), (SELECT max(id) FROM takes), (SELECT max(closed) FROM trials),
    (SELECT max(ended) FROM rewrites), (SELECT max(ballot) FROM wording_verdicts),
    CASE WHEN :with_results THEN (SELECT max(id) FROM ballots) END
"""
_SINCE = "x.id > coalesce((SELECT id FROM {0} WHERE created < :since ORDER BY id DESC LIMIT 1), 0)"
_JUDGED = "SELECT x.take FROM {0} x WHERE " + _SINCE
_COMPARED = 'SELECT x."{1}" AS take FROM {0} x WHERE ' + _SINCE + " AND :with_results"
_OF_PROJECT = f"t.project = :project AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS})"
_CHANGED = f"""
SELECT DISTINCT t.id FROM (
    {" UNION ALL ".join(_JUDGED.format(table) for table in ("statuses", "ratings", "notes", "tags"))}
    UNION ALL SELECT take FROM tags WHERE removed >= :since
    UNION ALL {_COMPARED.format("ballots", "left")} UNION ALL {_COMPARED.format("ballots", "right")}
) changed JOIN takes t ON t.id = changed.take WHERE {_OF_PROJECT} ORDER BY t.id LIMIT :most
"""
_ADDED = f"""
SELECT EXISTS (SELECT 1 FROM takes x JOIN takes t ON t.id = x.id WHERE {_SINCE.format("takes")} AND {_OF_PROJECT})
    OR EXISTS (SELECT 1 FROM trials WHERE closed >= :since) OR EXISTS (SELECT 1 FROM rewrites WHERE ended >= :since)
    OR EXISTS (SELECT 1 FROM wording_verdicts v JOIN ballots b ON b.id = v.ballot WHERE b.created >= :since)
"""


class Changes(NamedTuple):
    takes: list[int]  # that were judged, noted, tagged or given a status; ids
    everything: bool  # more than MOST: none is named
    added: bool  # whether takes were queued, or appeared since a trial was closed or a pair of two wordings was judged


def newest_rows(studio: Studio, *, with_results: bool) -> tuple[Any, ...]:
    """What is another when anything that a board shows has changed, of whatever project. `with_results`: verdicts too."""
    return studio.tuples(_NEWEST, {"with_results": with_results})[0]


def changes_since(studio: Studio, project: int, since: str, *, with_results: bool) -> Changes:
    """Of a project (id), since a moment as the record writes it; no take of an open trial is among them."""
    scope = {"project": project, "since": since, "with_results": with_results, "most": MOST + 1}
    takes = [row[0] for row in studio.tuples(_CHANGED, scope)]
    added = bool(studio.value(_ADDED, scope))
    return Changes([], True, added) if len(takes) > MOST else Changes(takes, False, added)
