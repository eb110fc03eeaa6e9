"""What a model version learned from: every judgement, person, take and brief behind its adapters."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from feedback.errors import NotFound
from feedback.store import Studio

TAKES_OF_JUDGEMENTS = """
WITH used AS (SELECT kind, judgement FROM run_judgements WHERE run IN ({runs}))
SELECT "left" AS take FROM used JOIN ballots ON kind = 'ballot' AND ballots.id = judgement
UNION SELECT "right" FROM used JOIN ballots ON kind = 'ballot' AND ballots.id = judgement
UNION SELECT take FROM used JOIN ratings ON kind = 'rating' AND ratings.id = judgement
UNION SELECT take FROM used JOIN statuses ON kind = 'status' AND statuses.id = judgement
"""


def learned_from(s: Studio, version: str) -> dict[str, Any]:
    """{"judgements", "people": [{"name", "judgements"}], "takes", "briefs", "runs": [...]} of a version.

    Follows every adapter to the run that made it, so a version built on earlier nights answers for all of them. A
    judgement used in several nights counts once. Held-out judgements count too: they chose where training stopped.
    `runs` are oldest first, each {"id", "version", "method", "snapshot_sha256", "started", "train", "heldout"}.
    """
    runs = runs_behind(s, version)
    marks = ",".join("?" * len(runs))
    people = s.rows(
        "SELECT p.name, COUNT(DISTINCT j.kind || ':' || j.judgement) AS judgements FROM run_judgements j"
        f" JOIN people p ON p.id = j.person WHERE j.run IN ({marks}) GROUP BY p.id ORDER BY judgements DESC, p.name",
        tuple(runs),
    )
    taken = [row["take"] for row in s.rows(TAKES_OF_JUDGEMENTS.format(runs=marks), tuple(runs))]
    return {
        "judgements": sum(row["judgements"] for row in people),
        "people": people,
        "takes": len(taken),
        "briefs": count_briefs(s, taken),
        "runs": [describe_run(s, run) for run in runs],
    }


def runs_behind(s: Studio, version: str) -> list[int]:
    """Ids of the runs whose adapters the version carries (adapter models/v0002 came from the run of v0002)."""
    row = s.row("SELECT run, adapters FROM versions WHERE name = ?", (version,))
    if row is None:
        raise NotFound(f"version {version!r} does not exist")
    names = [PurePosixPath(adapter["folder"]).name for adapter in json.loads(row["adapters"])]
    runs = {s.value("SELECT run FROM versions WHERE name = ?", (name,)) for name in names} | {row["run"]}
    return sorted(run for run in runs if run is not None)


def count_briefs(s: Studio, takes: list[int]) -> int:
    of_take = {row["id"]: row["brief"] for row in s.rows("SELECT id, brief FROM takes")} if takes else {}
    return len({of_take[take] for take in takes})


def describe_run(s: Studio, run: int) -> dict[str, Any]:
    row = s.row("SELECT id, version, method, snapshot_sha256, started FROM runs WHERE id = ?", (run,)) or {}
    splits = s.rows("SELECT split, COUNT(*) AS n FROM run_judgements WHERE run = ? GROUP BY split", (run,))
    counts = {each["split"]: each["n"] for each in splits}
    return {**row, "train": counts.get("train", 0), "heldout": counts.get("heldout", 0)}
