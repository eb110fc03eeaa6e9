"""The queue of takes to draw. Workers lease takes: a worker that dies gives them back when its lease runs out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from feedback.clock import now
from feedback.errors import NotFound, Refused
from feedback.fields import LARGEST_INTEGER, check_whole, clean_text
from feedback.models.versions import get_version, production_version
from feedback.production.briefs import Brief, get_brief
from feedback.production.takes import TakeFields, get_take
from feedback.store import Studio

ATTEMPTS = 3
LARGEST_SEED = LARGEST_INTEGER


class LeasedTake(TakeFields):
    version: str  # that is to draw it
    brief_row: Brief


def queue_takes(
    studio: Studio, brief_id: int, seeds: Sequence[int], *, version: str | None = None, purpose: str = "shot"
) -> list[int]:
    """Queues one take per seed; returns their ids. Without a version, whatever is in production when it is drawn."""
    get_brief(studio, brief_id)
    if version is not None:
        get_version(studio, version)
    seeds = [check_whole("seed", seed, 0, LARGEST_SEED) for seed in seeds]
    row = {"brief": brief_id, "requested_version": version, "purpose": purpose, "created": now()}
    with studio.writing() as db:
        return [int(db.table("takes").insert({**row, "seed": seed}).last_pk or 0) for seed in seeds]


def _return_expired(studio: Studio) -> None:
    with studio.writing() as db:
        db.execute(
            "UPDATE takes SET state = 'failed', error = ?, finished = ?, worker = NULL, lease_expires = NULL"
            " WHERE state = 'leased' AND lease_expires < ? AND attempts >= ?",
            (f"gave up after {ATTEMPTS} attempts: the worker died each time", now(), now(), ATTEMPTS),
        )
        db.execute(
            "UPDATE takes SET state = 'queued', worker = NULL, lease_expires = NULL, progress = 0"
            " WHERE state = 'leased' AND lease_expires < ?",
            (now(),),
        )


def lease_takes(
    studio: Studio, worker: str, limit: int, seconds: float = 120, *, without: Sequence[int] = ()
) -> list[LeasedTake]:
    """Leases up to `limit` queued takes of one brief and one version to `worker`, oldest first.

    `without`: briefs whose takes this worker cannot draw for now.
    """
    with studio.writing() as db:
        _return_expired(studio)
        first = studio.row(
            "SELECT * FROM takes WHERE state = 'queued' AND brief NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY id LIMIT 1",
            (json.dumps(list(without)),),
        )
        if first is None:
            return []
        version = first["requested_version"] or production_version(studio)
        rows = studio.rows(
            "SELECT id FROM takes WHERE state = 'queued' AND brief = ? AND coalesce(requested_version, ?) = ?"
            " ORDER BY id LIMIT ?",
            (first["brief"], production_version(studio), version, limit),
        )
        lease = {"state": "leased", "worker": worker, "lease_expires": now(seconds), "version": version}
        for row in rows:
            db.table("takes").update(row["id"], {**lease, "started": now(), "progress": 0.0, "error": None})
            db.execute("UPDATE takes SET attempts = attempts + 1 WHERE id = ?", (row["id"],))
        brief = get_brief(studio, first["brief"])
        return [cast(LeasedTake, {**get_take(studio, row["id"]), "brief_row": brief}) for row in rows]


def _check_lease(studio: Studio, take_id: int, worker: str) -> None:
    row = studio.row("SELECT state, worker FROM takes WHERE id = ?", (take_id,))
    if row is None:
        raise NotFound(f"no take {take_id}")
    if row["state"] != "leased" or row["worker"] != worker:
        raise Refused(f"take {take_id} is no longer leased to {worker}; another worker has it or has done it")


def renew_lease(studio: Studio, ids: Sequence[int], worker: str, seconds: float, progress: float | None = None) -> None:
    """Extends the leases and records how far the drawing is (0-1); Refused when one is no longer the worker's."""
    with studio.writing() as db:
        for take_id in ids:
            _check_lease(studio, take_id, worker)
            share = {} if progress is None else {"progress": progress}
            db.table("takes").update(take_id, {"lease_expires": now(seconds), **share})


_UNLEASED = {"worker": None, "lease_expires": None}


def finish_take(
    studio: Studio,
    take_id: int,
    worker: str,
    *,
    media: str,
    poster: str | None,
    rendition: str,
    rendition_poster: str | None,
    provenance: Mapping[str, Any],
) -> None:
    """Marks a leased take done, with its stored files and all that is needed to make it again."""
    files = {"media": media, "poster": poster, "rendition": rendition, "rendition_poster": rendition_poster}
    done = {"state": "done", "progress": 1.0, "finished": now(), "provenance": json.dumps(provenance, sort_keys=True)}
    with studio.writing() as db:
        _check_lease(studio, take_id, worker)
        db.table("takes").update(take_id, {**_UNLEASED, **files, **done})


def fail_take(studio: Studio, take_id: int, worker: str, error: str) -> None:
    """Marks a leased take failed; `error` is the one line people read."""
    with studio.writing() as db:
        _check_lease(studio, take_id, worker)
        line = " ".join(clean_text(error).split())
        db.table("takes").update(take_id, {**_UNLEASED, "state": "failed", "error": line, "finished": now()})


def takes_leased_by(studio: Studio, worker: str) -> list[int]:
    rows = studio.rows("SELECT id FROM takes WHERE state = 'leased' AND worker = ? ORDER BY id", (worker,))
    return [row["id"] for row in rows]


def count_unfinished(studio: Studio, ids: Sequence[int]) -> int:
    """How many of these takes are still queued or leased."""
    marks = ",".join("?" * len(ids))
    return studio.value(f"SELECT count(*) FROM takes WHERE id IN ({marks}) AND state IN ('queued', 'leased')", ids)


def give_back(studio: Studio, worker: str, reason: str | None = None) -> int:
    """Puts what the worker still holds back into the queue; returns how many takes that were. It costs them no attempt.

    `reason`: what stood in the way, when it was the machine; the takes carry it until they are drawn.
    """
    with studio.writing() as db:
        cursor = db.execute(
            "UPDATE takes SET state = 'queued', worker = NULL, lease_expires = NULL, progress = 0, error = ?,"
            " attempts = max(attempts - 1, 0) WHERE state = 'leased' AND worker = ?",
            (reason, worker),
        )
        return cursor.rowcount


def obstacle(studio: Studio) -> str | None:
    """What keeps queued takes from being drawn, as their worker last found it; None when nothing is known to."""
    return studio.value("SELECT error FROM takes WHERE state = 'queued' AND error IS NOT NULL ORDER BY id LIMIT 1")


def queue_state(studio: Studio) -> dict[str, int]:
    """How many takes are queued, leased, done and failed."""
    counts = dict.fromkeys(("queued", "leased", "done", "failed"), 0)
    rows = studio.rows("SELECT state, count(*) AS number FROM takes GROUP BY state")
    return {**counts, **{row["state"]: row["number"] for row in rows}}
