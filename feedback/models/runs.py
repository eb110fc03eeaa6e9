"""Tuning runs: one row each, with the judgements it learned from, from start to done, refused or failed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict, cast

from feedback.clock import now
from feedback.errors import Conflict, Invalid, NotFound
from feedback.rights.behind_runs import keep_consents
from feedback.store import Studio, audit_log

Judgement = tuple[str, int, int, str]
"""(kind ballot | rating | status | tag, id of the judgement's row, people id, split train | heldout)."""
JudgementKey = tuple[str, int, int]
"""(kind, id of the row, people id)."""
Whose = tuple[str | None, str | None]
"""(person, project) for whom a run tunes; the studio with neither."""
KINDS = ("ballot", "rating", "status", "tag")
SPLITS = ("train", "heldout")


class Run(TypedDict):
    """A row of `runs`."""

    id: int
    state: Literal["running", "done", "refused", "failed"]
    method: str
    recipe: dict[str, Any]
    snapshot_sha256: str
    folder: str  # relative to the studio
    version: str | None  # the candidate it made
    metrics: dict[str, Any] | None
    reason: str | None  # why it was refused or failed
    progress: float  # 0 to 1
    started: str
    finished: str | None
    rights_day: str  # by which consents and licences were read when it began
    rights_zone: str  # the time zone of that day


def start_run(
    studio: Studio,
    method: str,
    recipe: dict[str, Any],
    snapshot_sha256: str,
    folder: str,
    judgements: Iterable[Judgement],
    notes: Mapping[int, int] | None = None,
    items: Iterable[int] = (),
    weights: Mapping[JudgementKey, float] | None = None,
) -> int:
    """A run in state running, with its ledger rows; returns its id. Conflict while another run is running.

    `notes`: the person (people id) by note, of the notes that tell where on a take to learn. `items`: ids of the frames
    and clips of the library that it learns from. The consents that it rests on are noted with it. `weights`: of the
    judgements, as the run uses them; what is not named is counted as the choice that it is.
    """
    known = weights or {}
    rows = [{**check_judgement(judgement), "weight": known.get(judgement[:3])} for judgement in judgements]
    with studio.writing() as db:
        other = running_run(studio)
        if other is not None:
            raise Conflict(f"run {other['id']} is running since {other['started']}: resume or fail it first")
        run = (
            db.table("runs")
            .insert(
                {
                    "state": "running",
                    "method": method,
                    "recipe": json.dumps(recipe, sort_keys=True),
                    "snapshot_sha256": snapshot_sha256,
                    "folder": str(folder),
                    "progress": 0.0,
                    "started": now(),
                }
            )
            .last_pk
        )
        db.table("run_judgements").insert_all({"run": run, **row} for row in rows)
        pointing = [{"run": run, "note": note, "person": person} for note, person in (notes or {}).items()]
        db.table("run_notes").insert_all(pointing)
        db.table("run_library_items").insert_all({"run": run, "item": item} for item in items)
        keep_consents(studio, int(run or 0), project_of(studio, recipe))
        detail: dict[str, Any] = {"method": method, "snapshot_sha256": snapshot_sha256, "judgements": len(rows)}
        if pointing:
            detail["notes"] = len(pointing)
        audit_log.record(studio, "studio", "run.start", str(run), detail)
    return int(run or 0)


def project_of(studio: Studio, recipe: Mapping[str, Any]) -> int | None:
    """The id of the project that a recipe is limited to."""
    code = (recipe.get("data") or {}).get("project")
    return None if code is None else studio.value("SELECT id FROM projects WHERE code = ?", (code,))


def check_judgement(judgement: Judgement) -> dict[str, Any]:
    kind, row, person, split = judgement
    if kind not in KINDS or split not in SPLITS:
        raise Invalid(f"judgement {judgement}: kind is one of {', '.join(KINDS)} and split one of {', '.join(SPLITS)}")
    return {"kind": kind, "judgement": row, "person": person, "split": split}


def progress_run(studio: Studio, run: int, progress: float, metrics: dict[str, Any] | None = None) -> None:
    """Progress is 0 to 1; metrics, when given, replace those of the row."""
    change: dict[str, Any] = {"progress": min(max(float(progress), 0.0), 1.0)}
    if metrics is not None:
        change["metrics"] = json.dumps(metrics, sort_keys=True)
    with studio.writing() as db:
        db.table("runs").update(get_run(studio, run)["id"], change)


def finish_run(studio: Studio, run: int, version: str, metrics: dict[str, Any]) -> None:
    change = {"state": "done", "version": version, "metrics": json.dumps(metrics, sort_keys=True), "progress": 1.0}
    end_run(studio, run, change)


def refuse_run(studio: Studio, run: int, reason: str, metrics: dict[str, Any] | None = None) -> None:
    """The run is complete, and its model must not become a candidate."""
    end_run(studio, run, {"state": "refused", "reason": reason, "metrics": json.dumps(metrics or {}, sort_keys=True)})


def fail_run(studio: Studio, run: int, reason: str) -> None:
    end_run(studio, run, {"state": "failed", "reason": reason})


def end_run(studio: Studio, run: int, change: dict[str, Any]) -> None:
    with studio.writing() as db:
        state = get_run(studio, run)["state"]
        if state != "running":
            raise Conflict(f"run {run} is already {state}: start a new one")
        db.table("runs").update(run, {**change, "finished": now()})
        detail: dict[str, Any] = {key: change[key] for key in ("version", "reason") if key in change}
        audit_log.record(studio, "studio", f"run.{change['state']}", str(run), detail)


def get_run(studio: Studio, run: int) -> Run:
    row = studio.row("SELECT * FROM runs WHERE id = ?", (run,))
    if row is None:
        raise NotFound(f"run {run} does not exist")
    return read_run(row)


def running_run(studio: Studio) -> Run | None:
    row = studio.row("SELECT * FROM runs WHERE state = 'running' ORDER BY id LIMIT 1")
    return read_run(row) if row else None


def next_number(studio: Studio) -> int:
    """What the id of the next run will be."""
    return 1 + (studio.value("SELECT MAX(id) FROM runs") or 0)


def newest_run(studio: Studio) -> Run | None:
    """The one that was started last."""
    row = studio.row("SELECT * FROM runs ORDER BY id DESC LIMIT 1")
    return read_run(row) if row else None


def list_runs(studio: Studio) -> list[Run]:
    """Newest first."""
    return [read_run(row) for row in studio.rows("SELECT * FROM runs ORDER BY id DESC")]


def is_for(recipe: Mapping[str, Any]) -> Whose:
    """Of a recipe as a run's row keeps it, also an older one."""
    data = recipe.get("data") or {}
    return data.get("person"), data.get("project")


def newest_done(studio: Studio, whose: Whose | None = None) -> Run | None:
    """The newest run that made a version; `whose`: of those for this person and project alone."""
    done = (run for run in list_runs(studio) if run["state"] == "done")
    return next((run for run in done if whose in (None, is_for(run["recipe"]))), None)


def read_run(row: dict[str, Any]) -> Run:
    """A row of the table with its JSON read."""
    metrics = json.loads(row["metrics"]) if row["metrics"] else None
    return cast(Run, {**row, "recipe": json.loads(row["recipe"]), "metrics": metrics})
