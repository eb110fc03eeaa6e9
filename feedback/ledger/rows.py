"""Judgements, takes, briefs and frames behind a version, some thousands at a time: a large studio's never stand in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from feedback.ledger.sources import items_of
from feedback.models.lineage import TAKES_OF_JUDGEMENTS
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.rights.behind_runs import PEOPLE_OF_ITEMS
from feedback.store import Studio

CHUNK = 5000  # rows
HIDDEN = ("take", "version", "media", "seed", "drawn")
Row = dict[str, Any]

# What each kind of judgement is about and says.
SAYS = {
    "ballot": ("ballots", 'k."left"', 'k."right"', "k.verdict"),
    "rating": ("ratings", "k.take", "NULL", "k.stars || ' stars'"),
    "status": ("statuses", "k.take", "NULL", "k.status"),
    "tag": ("tags", "k.take", "NULL", "k.word"),
}
# A judgement that several runs were trained with has the weight of all of them; one that was held out has none.
WEIGHT = "total(CASE j.split WHEN 'train' THEN coalesce(j.weight, {choice}) ELSE 0 END)"
JUDGEMENTS = f"""
SELECT j.judgement AS id, '{{kind}}' AS kind, min(p.name) AS person, {{take}} AS take, {{other}} AS other_take, t.brief,
    {{says}} AS verdict, k.created AS judged, max(j.split) AS split, {WEIGHT} AS weight, json_group_array(j.run) AS runs,
    j.person AS person_id
FROM run_judgements j JOIN {{table}} k ON k.id = j.judgement JOIN people p ON p.id = j.person
JOIN takes t ON t.id = {{take}} {{ranking}}
WHERE j.run IN (SELECT value FROM json_each(:runs)) AND j.kind = '{{kind}}' AND j.judgement BETWEEN :first AND :last
GROUP BY j.judgement ORDER BY j.judgement
"""
BOUNDS = """
SELECT min(judgement), max(judgement) FROM run_judgements WHERE kind = ? AND run IN (SELECT value FROM json_each(?))
"""
TAKES = """
SELECT t.id AS take, t.brief, p.code AS project, s.code AS shot, t.created AS drawn, t.seed,
    t.version, t.media, t.id IN (SELECT take FROM outside_takes) AS made_elsewhere
FROM takes t JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
WHERE t.id IN (SELECT value FROM json_each(?)) ORDER BY t.id
"""
BRIEFS = """
SELECT b.id AS brief, p.code AS project, s.code AS shot, b.prompt, b.author, b.created AS written, b.source_media
FROM briefs b JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
WHERE b.id IN (SELECT value FROM json_each(?)) ORDER BY b.id
"""
FRAMES = f"""
SELECT i.id AS frame, t.name AS title, l.name AS licence, f.path AS file, f.sha256 AS file_sha256, i.kind, i.frame_in, i.frame_out,
    i.media, i.excluded,
    (SELECT json_group_array(r.run) FROM run_library_items r WHERE r.item = i.id AND r.run IN (SELECT value FROM json_each(:runs))) AS runs,
    (SELECT json_group_array(c.name) FROM ({PEOPLE_OF_ITEMS}) w JOIN contributors c ON c.id = w.contributor WHERE w.item = i.id) AS shown
FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title JOIN licences l ON l.id = t.licence
WHERE i.id IN (SELECT value FROM json_each(:ids)) ORDER BY i.id
"""


def judgement_rows(studio: Studio, runs: Sequence[int]) -> Iterator[Row]:
    """Every judgement once, whatever number of runs it was used in; `split` is train where any of them was trained with it.

    Of takes of open trials the numbers are left out: who votes in them may read this.
    """
    blind = blind_takes(studio)
    for kind, (table, take, other, says) in SAYS.items():
        sql = JUDGEMENTS.format(kind=kind, table=table, take=take, other=other, says=says, **choices_of(kind))
        for first, last in _windows(studio, kind, runs):
            values = {"runs": json.dumps(list(runs)), "first": first, "last": last}
            for row in studio.rows(sql, values):
                hidden = row["take"] in blind or row["other_take"] in blind
                names = {"take": None, "other_take": None} if hidden else {}
                yield {**row, **names, "blind": hidden, "runs": json.loads(row["runs"])}


def choices_of(kind: str) -> dict[str, str]:
    """A verdict of a ranking is less than a choice, where its run noted no weight."""
    if kind != "ballot":
        return {"ranking": "", "choice": "1.0"}
    return {"ranking": "LEFT JOIN ranking_weights w ON w.ranking = k.ranking", "choice": "coalesce(w.weight, 1.0)"}


def _windows(studio: Studio, kind: str, runs: Sequence[int]) -> Iterator[tuple[int, int]]:
    first, last = studio.tuples(BOUNDS, (kind, json.dumps(list(runs))))[0]
    if first is not None:
        yield from ((start, start + CHUNK - 1) for start in range(first, last + 1, CHUNK))


def takes_behind(studio: Studio, runs: Sequence[int]) -> list[int]:
    """Ids of the takes that were judged."""
    marks = ",".join("?" * len(runs))
    return sorted(row[0] for row in studio.tuples(TAKES_OF_JUDGEMENTS.format(runs=marks), tuple(runs)))


def briefs_of_takes(studio: Studio, takes: Sequence[int]) -> list[int]:
    """Ids."""
    sql = "SELECT DISTINCT brief FROM takes WHERE id IN (SELECT value FROM json_each(?)) ORDER BY brief"
    return [row[0] for row in studio.tuples(sql, (json.dumps(takes),))]


def frames_behind(studio: Studio, runs: Sequence[int], briefs: Sequence[int]) -> list[int]:
    """Ids of the frames and clips of the library that runs learned from, or that judged takes start from."""
    sql = "SELECT DISTINCT item FROM run_library_items WHERE run IN (SELECT value FROM json_each(?))"
    learned = {row[0] for row in studio.tuples(sql, (json.dumps(list(runs)),))}
    return sorted(learned.union(*items_of(studio, briefs).values()))


def take_rows(studio: Studio, takes: Sequence[int]) -> Iterator[Row]:
    """Of takes of open trials neither number nor version, file, seed or time is in the row."""
    blind = blind_takes(studio)
    for row in _chunks(takes, lambda some: studio.rows(TAKES, (json.dumps(some),))):
        hidden = row["take"] in blind
        blanks = dict.fromkeys(HIDDEN) if hidden else {}
        yield {**row, **blanks, "blind": hidden, "made_elsewhere": bool(row["made_elsewhere"])}


def blind_takes(studio: Studio) -> set[int]:
    """Ids of the takes of open trials."""
    return {row[0] for row in studio.tuples(TAKES_OF_OPEN_TRIALS)}


def brief_rows(studio: Studio, briefs: Sequence[int]) -> Iterator[Row]:
    return _chunks(briefs, lambda some: studio.rows(BRIEFS, (json.dumps(some),)))


def frame_rows(studio: Studio, runs: Sequence[int], frames: Sequence[int]) -> Iterator[Row]:
    """`learned_from`: whether a run was trained with it; else judged takes start from it."""
    own = json.dumps(list(runs))
    for row in _chunks(frames, lambda some: studio.rows(FRAMES, {"ids": json.dumps(some), "runs": own})):
        trained, shown = json.loads(row["runs"]), sorted(json.loads(row["shown"]))
        yield {
            **row,
            "excluded": row["excluded"] is not None,
            "runs": trained,
            "shown": shown,
            "learned_from": bool(trained),
        }


def _chunks(ids: Sequence[int], read: Callable[[Sequence[int]], list[Row]]) -> Iterator[Row]:
    for start in range(0, len(ids), CHUNK):
        yield from read(ids[start : start + CHUNK])
