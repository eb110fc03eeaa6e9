"""Whose work and likeness a run learns from: people in the takes that were judged, and in frames of the library."""

from __future__ import annotations

import json
from collections.abc import Iterable

from feedback.rights.agreements import LATEST
from feedback.rights.checks import (
    CONSENT_HOLDS,
    NEEDED,
    PEOPLE_BEHIND,
    consent_line,
    licences_missing,
    missing_for_items,
)
from feedback.rights.terms import TRAINING, terms_for
from feedback.store import Studio
from feedback.store.time_zone import time_zone, today

TAKES_OF_RUNS = """
SELECT j.run, b."left" AS take FROM run_judgements j JOIN ballots b ON j.kind = 'ballot' AND b.id = j.judgement
UNION SELECT j.run, b."right" FROM run_judgements j JOIN ballots b ON j.kind = 'ballot' AND b.id = j.judgement
UNION SELECT j.run, r.take FROM run_judgements j JOIN ratings r ON j.kind = 'rating' AND r.id = j.judgement
UNION SELECT j.run, s.take FROM run_judgements j JOIN statuses s ON j.kind = 'status' AND s.id = j.judgement
UNION SELECT j.run, t.take FROM run_judgements j JOIN tags t ON j.kind = 'tag' AND t.id = j.judgement
"""
PEOPLE_OF_ITEMS = """
SELECT i.id AS item, w.contributor FROM library_items i JOIN item_contributors w ON w.item = i.id
UNION SELECT i.id, w.contributor FROM library_items i JOIN library_files f ON f.id = i.file
JOIN title_contributors w ON w.title = f.title
"""
BRIEFS_OF_RUN = f"SELECT DISTINCT t.brief FROM ({TAKES_OF_RUNS}) u JOIN takes t ON t.id = u.take WHERE u.run = ?"
PROJECT_OF_RUN = """
SELECT p.id FROM runs r JOIN projects p ON p.code = json_extract(r.recipe, '$.data.project') WHERE r.id = ?
"""
SUBJECT = NEEDED.format(other="'style'")
WITHOUT_CONSENT = f"""
SELECT c.name, {SUBJECT} AS subject FROM contributors c WHERE c.id IN (SELECT value FROM json_each(:people))
AND NOT EXISTS (SELECT 1 FROM consents k WHERE k.contributor = c.id AND k.subject = {SUBJECT} AND {CONSENT_HOLDS})
"""
DISAGREEING = f"""
SELECT DISTINCT p.name FROM run_judgements j JOIN ({LATEST}) a ON a.person = j.person AND NOT a.agreed
JOIN people p ON p.id = j.person WHERE j.run = ?
"""


def contributors_of_run(studio: Studio, run: int) -> set[int]:
    """Ids of contributors."""
    sql = f"SELECT DISTINCT p.contributor FROM run_library_items r JOIN ({PEOPLE_OF_ITEMS}) p USING (item) WHERE r.run = ?"
    return people_in_takes(studio, run) | {row["contributor"] for row in studio.rows(sql, (run,))}


def people_in_takes(studio: Studio, run: int) -> set[int]:
    """Those of the takes that a run learned from."""
    values = {"briefs": json.dumps(briefs_of_run(studio, run))}
    rows = studio.rows(f"{PEOPLE_BEHIND} SELECT DISTINCT contributor FROM people", values)
    return {row["contributor"] for row in rows}


def briefs_of_run(studio: Studio, run: int) -> list[int]:
    """Ids of the briefs of those takes."""
    return [row["brief"] for row in studio.rows(BRIEFS_OF_RUN, (run,))]


def keep_consents(studio: Studio, run: int, project: int | None) -> None:
    """Notes on which consents a run rests, as they are in force when it begins, and by which day that is; in the transaction that starts it.

    `project`: the id of the one that it is for; None for the studio.
    """
    people, day = json.dumps(sorted(contributors_of_run(studio, run))), today(studio)
    with studio.writing() as db:
        db.table("runs").update(run, {"rights_day": day, "rights_zone": time_zone(studio)})
        db.execute(
            "INSERT OR IGNORE INTO run_consents (run, consent) SELECT :run, k.id FROM consents k"
            f" WHERE k.contributor IN (SELECT value FROM json_each(:people)) AND {CONSENT_HOLDS}",
            {**terms_for(studio, TRAINING, project, day), "run": run, "people": people},
        )


def missing_for_runs(studio: Studio, runs: Iterable[int], day: str | None = None) -> list[str]:
    """What versions that learned in these runs lack to be drawn with on a day, today unless given; nothing when nothing is
    missing.
    """
    lines = set[str]()
    for run in runs:
        project = studio.value(PROJECT_OF_RUN, (run,))
        people = json.dumps(sorted(people_in_takes(studio, run)))
        values = {**terms_for(studio, TRAINING, project, day), "people": people}
        lines |= {consent_line(row, TRAINING) for row in studio.rows(WITHOUT_CONSENT, values)}
        lines |= licences_missing(studio, briefs_of_run(studio, run), project, day)
        lines |= {f"{row['name']} does not agree to be learned from" for row in studio.rows(DISAGREEING, (run,))}
        items = [row["item"] for row in studio.rows("SELECT item FROM run_library_items WHERE run = ?", (run,))]
        lacking = missing_for_items(studio, items, project, excluded=False, day=day)
        lines |= {line for each in lacking.values() for line in each}
    return sorted(lines)
