"""What a version's own tuning learned from, as far as disclosures ask: counts, titles, licences, people and dates."""

from __future__ import annotations

import json
from typing import Any, TypedDict

from feedback.models.base_pins import pin_of
from feedback.models.lineage import Lineage, learned_from
from feedback.models.versions import STARTER, foundation, get_version
from feedback.store import Studio
from feedback.store.time_zone import time_zone

_TITLES = """
SELECT t.name AS title, l.name AS licence, l.holder, count(*) AS items, sum(i.kind = 'clip') AS clips,
    min(i.created) AS first, max(i.created) AS last
FROM run_library_items r JOIN library_items i ON i.id = r.item JOIN library_files f ON f.id = i.file
JOIN titles t ON t.id = f.title JOIN licences l ON l.id = t.licence
WHERE r.run IN (SELECT value FROM json_each(?)) GROUP BY t.id ORDER BY t.name
"""
_CONTRIBUTORS = """
SELECT c.name, c.kind, x.subject, count(DISTINCT x.id) AS consents FROM run_consents r JOIN consents x ON x.id = r.consent
JOIN contributors c ON c.id = x.contributor WHERE r.run IN (SELECT value FROM json_each(?)) GROUP BY c.id, x.subject ORDER BY c.name
"""
_DATES = """
WITH used AS (SELECT kind, judgement FROM run_judgements WHERE run IN (SELECT value FROM json_each(?)))
SELECT min(created) AS first, max(created) AS last FROM (
    SELECT b.created FROM used JOIN ballots b ON used.kind = 'ballot' AND b.id = used.judgement
    UNION ALL SELECT r.created FROM used JOIN ratings r ON used.kind = 'rating' AND r.id = used.judgement
    UNION ALL SELECT s.created FROM used JOIN statuses s ON used.kind = 'status' AND s.id = used.judgement
    UNION ALL SELECT t.created FROM used JOIN tags t ON used.kind = 'tag' AND t.id = used.judgement)
"""
_ONGOING = "SELECT max(started) FROM runs WHERE state IN ('running', 'done')"


class TrainingData(TypedDict):
    version: str
    base: str  # its name
    is_starter: bool
    base_files: int | None  # whose hashes are kept; None: none are
    brought: list[str]  # sha256 of adapters that no run here made
    lineage: Lineage
    titles: list[dict[str, Any]]  # of the library: title, licence, holder, items, clips, first, last
    contributors: list[dict[str, Any]]  # whose consents a run relied on: name, kind, subject, consents
    first: str | None  # of the judgements
    last: str | None
    time_zone: str  # in which a reader takes its days
    newest_run: str | None  # of any version: whether collection goes on


def training_data(studio: Studio, version: str) -> TrainingData:
    """NotFound: there is no such version."""
    row, lineage = get_version(studio, version), learned_from(studio, version)
    runs = (json.dumps([run["id"] for run in lineage["runs"]]),)
    dates, pinned = studio.row(_DATES, runs) or {}, pin_of(studio, version)
    return TrainingData(
        version=version,
        base=row["base"].rstrip("/").rsplit("/", 1)[-1],
        is_starter=row["base"] == STARTER,
        base_files=None if pinned is None else len(pinned),
        brought=[each["sha256"] for each in foundation(studio, version)],
        lineage=lineage,
        titles=studio.rows(_TITLES, runs),
        contributors=studio.rows(_CONTRIBUTORS, runs),
        first=dates.get("first"),
        last=dates.get("last"),
        time_zone=time_zone(studio),
        newest_run=studio.value(_ONGOING),
    )
