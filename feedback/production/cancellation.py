"""Withdrawing takes that are queued or being drawn: they are cancelled, and stay in the record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any, TypedDict

from feedback.clock import now
from feedback.errors import Forbidden, NotFound
from feedback.people.project_members import in_visible
from feedback.production.briefs import get_brief
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio, audit_log

_WITHDRAWABLE = f"""
SELECT t.id, t.brief, t.state, b.author FROM takes t JOIN briefs b ON b.id = t.brief
WHERE {{which}} AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS}) ORDER BY t.brief, t.id
"""
# The indexes are named as in `render_queue`: they hold what waits alone.
_WAITING = (
    "SELECT id FROM takes INDEXED BY takes_queued WHERE state = 'queued' UNION ALL"
    " SELECT id FROM takes INDEXED BY takes_leased_of_project WHERE state = 'leased'"
)
_CANCEL = """
UPDATE takes SET state = 'cancelled', finished = ?, error = NULL, progress = 0, worker = NULL, lease_expires = NULL
WHERE id IN (SELECT value FROM json_each(?))
"""


class Cancellation(TypedDict):
    cancelled: list[int]  # takes that are not drawn any more, those that were cancelled before among them
    too_late: list[int]  # takes that were done or had failed by then


def cancel_takes(studio: Studio, ids: Sequence[int], *, actor: str, own_only: bool = False) -> Cancellation:
    """Withdraws these takes; cancelling twice is fine. A worker that draws one stops before its next denoising step.

    `actor`: whose name the audit log keeps. `own_only`: Forbidden unless they wrote the briefs themselves. NotFound names a take that there is not; those of an open trial end with the trial.
    """
    with studio.writing():
        which = "t.id IN (SELECT value FROM json_each(?))"
        rows = studio.rows(_WITHDRAWABLE.format(which=which), (json.dumps(list(ids)),))
        missing = sorted(set(ids) - {row["id"] for row in rows})
        if missing:
            raise NotFound(
                f"no take {missing[0]} to cancel; takes of an open trial end with `circletake trial close VERSION`"
            )
        return _withdraw(studio, rows, actor, own_only)


def cancel_brief(studio: Studio, brief_id: int, *, actor: str, own_only: bool = False) -> Cancellation:
    """Withdraws whatever of a brief is queued or being drawn, but for takes of open trials; otherwise as `cancel_takes`."""
    with studio.writing():
        get_brief(studio, brief_id)
        which = "t.brief = ? AND t.state IN ('queued', 'leased')"
        return _withdraw(studio, studio.rows(_WITHDRAWABLE.format(which=which), (brief_id,)), actor, own_only)


def cancel_waiting(studio: Studio, person: int, author: str | None, *, actor: str) -> Cancellation:
    """Withdraws likewise what waits in all projects that a person (id) sees: of the briefs of `author` (name), or all."""
    which = f"t.id IN ({_WAITING}) AND {in_visible('t.project')} AND (:author IS NULL OR b.author = :author)"
    with studio.writing():
        rows = studio.rows(_WITHDRAWABLE.format(which=which), {"person": person, "author": author})
        return _withdraw(studio, rows, actor)


def cancel_of_shots(studio: Studio, shots: Sequence[int], *, actor: str) -> Cancellation:
    """Withdraws likewise what waits of these shots (ids)."""
    which = f"t.id IN ({_WAITING}) AND b.shot IN (SELECT value FROM json_each(?))"
    with studio.writing():
        return _withdraw(studio, studio.rows(_WITHDRAWABLE.format(which=which), (json.dumps(list(shots)),)), actor)


def _withdraw(studio: Studio, rows: Sequence[dict[str, Any]], actor: str, own_only: bool = False) -> Cancellation:
    with studio.writing() as db:
        for brief, takes in groupby(rows, key=lambda row: row["brief"]):
            _withdraw_of_brief(studio, db, brief, list(takes), actor, own_only)
    too_late = [row["id"] for row in rows if row["state"] in ("done", "failed")]
    return {"cancelled": [row["id"] for row in rows if row["id"] not in too_late], "too_late": too_late}


def _withdraw_of_brief(
    studio: Studio, db: Any, brief: int, takes: Sequence[dict[str, Any]], actor: str, own_only: bool
) -> None:
    owner = takes[0]["author"]
    if own_only and actor != owner:
        raise Forbidden(f"brief {brief} was written by {owner}: only they and supervisors cancel its takes")
    ids = [take["id"] for take in takes if take["state"] in ("queued", "leased")]
    if ids:
        db.execute(_CANCEL, (now(), json.dumps(ids)))
        audit_log.record(studio, actor, "takes.cancel", str(brief), {"takes": ids})
