"""Queueing failed takes again: with the same seed and version as before, and all their attempts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypedDict

from feedback.errors import Forbidden, NotFound
from feedback.people.accounts import get_person
from feedback.people.project_members import in_visible
from feedback.production.briefs import get_brief
from feedback.production.queue_limits import QueueLimits, check_queue
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio, audit_log

_FAILED = f"""
SELECT t.id, t.brief, t.state, b.author FROM takes t JOIN briefs b ON b.id = t.brief
WHERE {{which}} AND (:hidden_too OR t.id NOT IN ({TAKES_OF_OPEN_TRIALS})) ORDER BY t.id
"""
_QUEUE_AGAIN = """
UPDATE takes SET state = 'queued', error = NULL, attempts = 0, progress = 0, started = NULL, finished = NULL
WHERE id IN (SELECT value FROM json_each(?))
"""


class Retried(TypedDict):
    queued: list[int]  # takes that are queued again
    not_failed: list[int]  # takes that had not failed, and stay as they are


def retry_takes(
    studio: Studio, ids: Sequence[int], *, actor: str, own_only: bool = False, limits: QueueLimits | None = None
) -> Retried:
    """Queues those of these takes that have failed; twice is fine. NotFound names one that there is not.

    `actor`: whose name the audit log keeps. `own_only`: Forbidden unless they wrote the briefs themselves; takes of open
    trials are then as if they were not there. `limits`: LimitReached when these would be too many in the queue.
    """
    rows = _rows(studio, "t.id IN (SELECT value FROM json_each(:ids))", not own_only, ids=json.dumps(list(ids)))
    missing = sorted(set(ids) - {row["id"] for row in rows})
    if missing:
        raise NotFound(f"no take {missing[0]} to draw again")
    return _queue_again(studio, rows, actor, own_only, limits)


def retry_brief(
    studio: Studio, brief: int, *, actor: str, own_only: bool = False, limits: QueueLimits | None = None
) -> Retried:
    """Likewise whatever of a brief has failed."""
    get_brief(studio, brief)
    rows = _rows(studio, "t.brief = :brief AND t.state = 'failed'", not own_only, brief=brief)
    return _queue_again(studio, rows, actor, own_only, limits)


def retry_failed(
    studio: Studio, person: int, author: str | None, *, actor: str, limits: QueueLimits | None = None
) -> Retried:
    """Likewise what has failed in all projects that a person (id) sees: of the briefs of `author` (name), or all."""
    which = f"t.state = 'failed' AND {in_visible('t.project')} AND (:author IS NULL OR b.author = :author)"
    rows = _rows(studio, which, False, person=person, author=author)
    return _queue_again(studio, rows, actor, own_only=False, limits=limits)


def retry_all(studio: Studio, *, actor: str) -> Retried:
    """Likewise all failed takes of the studio, those of trials among them: for when what made them fail is mended."""
    return _queue_again(studio, _rows(studio, "t.state = 'failed'", True), actor, own_only=False, limits=None)


def _rows(studio: Studio, which: str, hidden_too: bool, **values: Any) -> list[dict[str, Any]]:
    return studio.rows(_FAILED.format(which=which), {**values, "hidden_too": hidden_too})


def _queue_again(
    studio: Studio, rows: Sequence[dict[str, Any]], actor: str, own_only: bool, limits: QueueLimits | None
) -> Retried:
    with studio.writing() as db:
        for row in rows:
            if own_only and row["author"] != actor:
                raise Forbidden(f"brief {row['brief']} was written by {row['author']}: only they and supervisors may")
        states = {row["id"]: studio.value("SELECT state FROM takes WHERE id = ?", (row["id"],)) for row in rows}
        failed = [id for id, state in states.items() if state == "failed"]
        if failed:
            if limits is not None:
                person = get_person(studio, actor)["id"]
                for brief in {row["brief"] for row in rows if row["id"] in failed}:
                    check_queue(studio, limits, person, brief, len(failed))
            db.execute(_QUEUE_AGAIN, (json.dumps(failed),))
            audit_log.record(studio, actor, "takes.retry", str(len(failed)), {"takes": failed})
    return {"queued": failed, "not_failed": [id for id in states if id not in failed]}
