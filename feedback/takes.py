"""The queue of takes. Workers lease what they draw: a worker that dies gives its takes back when the lease runs out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from feedback.briefs import get_brief
from feedback.clock import now
from feedback.errors import NotFound, Refused
from feedback.fields import LARGEST_INTEGER, check_whole, clean_text
from feedback.studio import Studio
from feedback.versions import get_version, production_version

ATTEMPTS = 3
LARGEST_SEED = LARGEST_INTEGER
# Takes of an open trial are shown in the review queue only: on a board, who made them could be guessed.
HIDDEN = (
    "SELECT candidate_take FROM trial_pairs tp JOIN trials t ON t.id = tp.trial WHERE t.state = 'open' UNION ALL "
    "SELECT baseline_take FROM trial_pairs tp JOIN trials t ON t.id = tp.trial WHERE t.state = 'open'"
)


def queue_takes(
    studio: Studio, brief_id: int, seeds: Sequence[int], *, version: str | None = None, purpose: str = "shot"
) -> list[int]:
    """Queues one take per seed; returns their ids. Without a version, whatever is in production when it is drawn."""
    get_brief(studio, brief_id)
    if version is not None:
        get_version(studio, version)
    seeds = [check_whole("seed", seed, 0, LARGEST_SEED) for seed in seeds]
    row = {"brief": brief_id, "asked_version": version, "purpose": purpose, "created": now()}
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
) -> list[dict[str, Any]]:
    """Leases up to `limit` queued takes of one brief and one version to `worker`, oldest first.

    `without`: briefs whose takes this worker cannot draw for now. Each take has its version filled in and its brief under "brief_row".
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
        version = first["asked_version"] or production_version(studio)
        rows = studio.rows(
            "SELECT id FROM takes WHERE state = 'queued' AND brief = ? AND coalesce(asked_version, ?) = ?"
            " ORDER BY id LIMIT ?",
            (first["brief"], production_version(studio), version, limit),
        )
        lease = {"state": "leased", "worker": worker, "lease_expires": now(seconds), "version": version}
        for row in rows:
            db.table("takes").update(row["id"], {**lease, "started": now(), "progress": 0.0, "error": None})
            db.execute("UPDATE takes SET attempts = attempts + 1 WHERE id = ?", (row["id"],))
        brief = get_brief(studio, first["brief"])
        return [{**get_take(studio, row["id"]), "brief_row": brief} for row in rows]


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


_ENDED = {"worker": None, "lease_expires": None}


def finish_take(
    studio: Studio,
    take_id: int,
    worker: str,
    *,
    media: str,
    poster: str | None,
    rendition: str,
    rendition_poster: str | None,
    recipe: dict[str, Any],
) -> None:
    """Marks a leased take done, with its stored files and all that is needed to make it again."""
    files = {"media": media, "poster": poster, "rendition": rendition, "rendition_poster": rendition_poster}
    done = {"state": "done", "progress": 1.0, "finished": now(), "recipe": json.dumps(recipe, sort_keys=True)}
    with studio.writing() as db:
        _check_lease(studio, take_id, worker)
        db.table("takes").update(take_id, {**_ENDED, **files, **done})


def fail_take(studio: Studio, take_id: int, worker: str, error: str) -> None:
    """Marks a leased take failed; `error` is the one line people read."""
    with studio.writing() as db:
        _check_lease(studio, take_id, worker)
        line = " ".join(clean_text(error).split())
        db.table("takes").update(take_id, {**_ENDED, "state": "failed", "error": line, "finished": now()})


def give_back(studio: Studio, worker: str, reason: str | None = None) -> int:
    """Puts what the worker still holds back into the queue; how many takes that were. It costs them no attempt.

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


_TAKE = f"""
SELECT t.*, b.shot, s.code AS shot_code, p.code AS project_code, b.kind, b.prompt,
    (SELECT avg(r.stars) FROM current_ratings r WHERE r.take = t.id) AS stars,
    (SELECT count(*) FROM current_ratings r WHERE r.take = t.id) AS raters,
    (SELECT count(*) FROM notes n WHERE n.take = t.id AND NOT EXISTS
        (SELECT 1 FROM notes later WHERE later.supersedes = n.id)) AS notes,
    coalesce((SELECT st.status FROM statuses st WHERE st.take = t.id ORDER BY st.id DESC LIMIT 1), 'wip') AS status,
    t.id IN ({HIDDEN}) AS hidden
FROM takes t JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
"""


def _with_circle(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "circled": row["status"] == "circled", "hidden": bool(row["hidden"])}


def get_take(studio: Studio, take_id: int) -> dict[str, Any]:
    """One take with its shot, stars (mean), status, number of notes, and whether an open trial hides it."""
    row = studio.row(f"{_TAKE} WHERE t.id = ?", (take_id,))
    if row is None:
        raise NotFound(f"no take {take_id}")
    return _with_circle(row)


def list_takes(
    studio: Studio,
    brief: int | None = None,
    shot: str | None = None,
    project: str | None = None,
    *,
    with_hidden: bool = False,
) -> list[dict[str, Any]]:
    """Takes of a brief (id), shot (code) or project (code), oldest first; those of open trials only `with_hidden`."""
    rows = studio.rows(
        f"{_TAKE} WHERE (:brief IS NULL OR t.brief = :brief) AND (:shot IS NULL OR s.code = :shot)"
        f" AND (:project IS NULL OR p.code = :project) AND (:all OR t.id NOT IN ({HIDDEN})) ORDER BY t.id",
        {"brief": brief, "shot": shot, "project": project, "all": with_hidden},
    )
    return [_with_circle(row) for row in rows]


def queue_state(studio: Studio) -> dict[str, int]:
    """How many takes are queued, leased, done and failed."""
    counts = dict.fromkeys(("queued", "leased", "done", "failed"), 0)
    rows = studio.rows("SELECT state, count(*) AS number FROM takes GROUP BY state")
    return {**counts, **{row["state"]: row["number"] for row in rows}}
