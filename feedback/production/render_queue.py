"""The queue of takes to draw. Workers lease takes: a worker that dies gives them back when its lease runs out.

The highest priority comes first. Within it projects take turns: next is the one with the fewest takes being drawn, and
among those the one whose last turn is longest ago, so that no project waits for another's thousands. Within a project
the oldest take comes first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from feedback.clock import last_moment, moment, now
from feedback.errors import NotFound, Refused
from feedback.fields import LARGEST_INTEGER, check_whole, clean_text
from feedback.models.versions import get_version, production_version
from feedback.people.project_members import in_visible
from feedback.production.briefs import Brief, get_brief
from feedback.production.projects import get_project
from feedback.production.queue_limits import QueueLimits, check_queue
from feedback.production.shots import check_open
from feedback.rights.checks import check_drawing, missing_for_briefs
from feedback.store import Studio

ATTEMPTS = 3
LARGEST_SEED = LARGEST_INTEGER
TRIAL, ORDINARY, URGENT = -1, 0, 1
"""Priorities. Nobody sits and waits for a trial's takes: they are drawn when nothing else is queued."""
PRIORITIES = {"ordinary": ORDINARY, "urgent": URGENT}
"""Those that people may choose, by name."""
TRIAL_PATIENCE = 12 * 3600.0  # seconds after which they count as ordinary, in a studio whose queue is never empty
STATES = ("queued", "leased", "done", "failed", "cancelled")
LOOK_AHEAD = 64  # queued takes of a brief in which others of the same version are looked for

# The indexes are named since SQLite, which knows nothing of how many takes are in which state, would choose others.
_NEXT = """
SELECT t.id, t.brief, t.priority, t.project, t.requested_version, t.rewrite FROM projects p JOIN takes t ON t.id = (
    SELECT w.id FROM takes w INDEXED BY takes_queued
    WHERE w.state = 'queued' AND w.project = p.id AND w.brief NOT IN (SELECT value FROM json_each(:without))
    ORDER BY w.priority DESC, w.id LIMIT 1)
WHERE :any_project OR p.id IN (SELECT value FROM json_each(:projects))
ORDER BY t.priority DESC,
    (SELECT count(*) FROM takes l INDEXED BY takes_leased_of_project WHERE l.state = 'leased' AND l.project = p.id),
    (SELECT turn FROM queue_turns WHERE project = p.id), t.id LIMIT 1
"""
_BATCH = """
SELECT id FROM (
    SELECT id, requested_version, rewrite FROM takes INDEXED BY takes_queued_of_brief
    WHERE state = 'queued' AND brief = :brief AND priority = :priority AND id >= :id ORDER BY id LIMIT :look_ahead)
WHERE coalesce(requested_version, :production) = :version AND rewrite IS :rewrite ORDER BY id LIMIT :limit
"""
_LEASE = """
UPDATE takes SET state = 'leased', worker = ?, lease_expires = ?, version = ?, started = ?, progress = 0, error = NULL,
    attempts = attempts + 1 WHERE id IN (SELECT value FROM json_each(?))
"""
_WITHDRAW = "UPDATE takes SET state = 'failed', error = ?, finished = ? WHERE brief = ? AND state = 'queued'"
_TAKE_TURN = """
INSERT INTO queue_turns (project, turn) SELECT ?, coalesce(max(turn), 0) + 1 FROM queue_turns WHERE true
ON CONFLICT (project) DO UPDATE SET turn = excluded.turn
"""
# Leases of another start of the machine, or of another machine, are over: no process of then is alive.
# Two conditions, each of which the index answers.
_EXPIRED = tuple(
    f"takes INDEXED BY takes_leased_until {{change}} WHERE state = 'leased' AND lease_expires {condition}"
    for condition in ("< :moment", "> :last_moment")
)
_UNLEASED = {"worker": None, "lease_expires": None}


class LeaseLost(Refused):
    """The take is no longer the worker's to draw."""


class LeasedTake(TypedDict):
    """What a worker has to know of a take."""

    id: int
    brief: int
    seed: int
    attempts: int  # this one counted
    version: str  # that is to draw it
    brief_row: Brief  # with the prompt of the rewrite where it is drawn from one


def queue_takes(
    studio: Studio,
    brief_id: int,
    seeds: Sequence[int],
    *,
    version: str | None = None,
    purpose: str = "shot",
    priority: int | None = None,
    person: int | None = None,
    limits: QueueLimits | None = None,
    rewrite: int | None = None,
) -> list[int]:
    """Queues one take per seed; returns their ids. Without a version, whatever is in production when it is drawn.

    `priority`: ORDINARY unless given, and TRIAL for a trial's takes. `person`: who queues them, within `limits`;
    LimitReached when they would be too many. `rewrite`: of the brief, whose prompt is drawn instead of the written one.
    Refused, naming what is missing, when a licence or a consent does not allow it.
    """
    check_open(studio, get_brief(studio, brief_id)["shot"])
    check_drawing(studio, brief_id)
    if version is not None:
        get_version(studio, version)
    seeds = [check_whole("seed", seed, 0, LARGEST_SEED) for seed in seeds]
    usual = TRIAL if purpose == "trial" else ORDINARY
    priority = usual if priority is None else check_whole("priority", priority, TRIAL, URGENT)
    row = {"brief": brief_id, "requested_version": version, "purpose": purpose, "priority": priority, "created": now()}
    row |= {"queued_by": person, "rewrite": rewrite}
    with studio.writing() as db:
        if person is not None and limits is not None:
            check_queue(studio, limits, person, brief_id, len(seeds))
        return [int(db.table("takes").insert({**row, "seed": seed}).last_pk or 0) for seed in seeds]


def projects_named(studio: Studio, codes: Sequence[str]) -> list[int]:
    """Ids of projects, as `lease_takes` has them; NotFound names a code that there is not."""
    return [get_project(studio, code)["id"] for code in codes]


def lease_takes(
    studio: Studio,
    worker: str,
    limit: int,
    seconds: float = 120,
    *,
    without: Sequence[int] = (),
    projects: Sequence[int] = (),
) -> list[LeasedTake]:
    """Leases up to `limit` queued takes of one brief and one version to `worker`, in the order of the queue.

    `without`: briefs whose takes this worker cannot draw for now. `projects`: ids of those that it draws for, all of
    them unless given.
    """
    with studio.writing() as db:
        _return_expired(studio)
        _end_patience(studio)
        first = _next_allowed(studio, without, projects)
        if first is None:
            return []
        production = production_version(studio)
        version = first["requested_version"] or production
        batch = {**first, "production": production, "version": version, "limit": limit, "look_ahead": LOOK_AHEAD}
        ids = json.dumps([row["id"] for row in studio.rows(_BATCH, batch)])
        db.execute(_LEASE, (worker, moment(seconds), version, now(), ids))
        db.execute(_TAKE_TURN, (first["project"],))
        return _leased(studio, ids, _worded(studio, get_brief(studio, first["brief"]), first["rewrite"]))


def _next_allowed(studio: Studio, without: Sequence[int], projects: Sequence[int]) -> dict[str, Any] | None:
    """The take whose turn it is; those of briefs that a licence or consent no longer allows fail on the way to it."""
    while first := _next_take(studio, without, projects):
        missing = missing_for_briefs(studio, [first["brief"]]).get(first["brief"])
        if not missing:
            return first
        with studio.writing() as db:
            db.execute(_WITHDRAW, ("; ".join(missing), now(), first["brief"]))
    return None


def _worded(studio: Studio, brief: Brief, rewrite: int | None) -> Brief:
    """The brief with the prompt of one of its rewrites."""
    if rewrite is None:
        return brief
    return {**brief, "prompt": studio.value("SELECT prompt FROM rewrites WHERE id = ?", (rewrite,))}


def _next_take(studio: Studio, without: Sequence[int], projects: Sequence[int]) -> dict[str, Any] | None:
    """The oldest queued take of the project whose turn it is."""
    scope = {"any_project": not projects, "projects": json.dumps(list(projects))}
    return studio.row(_NEXT, {"without": json.dumps(list(without)), **scope})


def _leased(studio: Studio, ids: str, brief: Brief) -> list[LeasedTake]:
    rows = studio.rows(
        "SELECT id, brief, seed, attempts, version FROM takes WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (ids,),
    )
    return [cast(LeasedTake, {**row, "brief_row": brief}) for row in rows]


def _return_expired(studio: Studio) -> None:
    given_up = f"gave up after {ATTEMPTS} attempts: the worker died each time"
    failed = "SET state = 'failed', error = :error, finished = :finished, worker = NULL, lease_expires = NULL"
    queued = "SET state = 'queued', worker = NULL, lease_expires = NULL, progress = 0"
    moments = {"moment": moment(), "last_moment": last_moment()}
    ended = {**moments, "error": given_up, "finished": now(), "attempts": ATTEMPTS}
    with studio.writing() as db:
        for expired in _EXPIRED:
            db.execute(f"UPDATE {expired.format(change=failed)} AND attempts >= :attempts", ended)
            db.execute(f"UPDATE {expired.format(change=queued)}", moments)


def count_expired(studio: Studio) -> int:
    """Takes whose worker died, and which nobody has taken over yet."""
    moments = {"moment": moment(), "last_moment": last_moment()}
    return sum(studio.value(f"SELECT count(*) FROM {each.format(change='')}", moments) for each in _EXPIRED)


def _end_patience(studio: Studio) -> None:
    with studio.writing() as db:
        db.execute(
            "UPDATE takes INDEXED BY takes_queued_last SET priority = ?"
            " WHERE state = 'queued' AND priority < 0 AND created < ?",
            (ORDINARY, now(-TRIAL_PATIENCE)),
        )


def renew_leases(studio: Studio, worker: str, shares: Mapping[int, float | None], seconds: float) -> set[int]:
    """Extends leases and records how far each drawing is (0-1), in one transaction.

    Returns the takes that are no longer the worker's: cancelled, or leased to another one after a long sleep.
    """
    renewal = (
        "UPDATE takes SET lease_expires = ?, progress = coalesce(?, progress)"
        " WHERE id = ? AND state = 'leased' AND worker = ?"
    )
    with studio.writing() as db:
        expires = moment(seconds)
        return {id for id, share in shares.items() if not db.execute(renewal, (expires, share, id, worker)).rowcount}


def end_leases(studio: Studio, worker: str) -> None:
    """Lets the leases of a worker that died run out now. Unlike `give_back`, each take has used up an attempt."""
    with studio.writing() as db:
        db.execute(
            "UPDATE takes INDEXED BY takes_leased_by SET lease_expires = ? WHERE state = 'leased' AND worker = ?",
            (moment(), worker),
        )


def check_lease(studio: Studio, take_id: int, worker: str) -> None:
    """LeaseLost when the take is not, or no longer, the worker's to draw."""
    row = studio.row("SELECT state, worker FROM takes WHERE id = ?", (take_id,))
    if row is None:
        raise NotFound(f"no take {take_id}")
    if row["state"] == "cancelled":
        raise LeaseLost(f"take {take_id} was cancelled")
    if row["state"] != "leased" or row["worker"] != worker:
        raise LeaseLost(f"take {take_id} is no longer leased to {worker}; another worker has it or has done it")


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
        check_lease(studio, take_id, worker)
        db.table("takes").update(take_id, {**_UNLEASED, **files, **done})


def fail_take(studio: Studio, take_id: int, worker: str, error: str) -> None:
    """Marks a leased take failed; `error` is the one line people read."""
    with studio.writing() as db:
        check_lease(studio, take_id, worker)
        line = " ".join(clean_text(error).split())
        db.table("takes").update(take_id, {**_UNLEASED, "state": "failed", "error": line, "finished": now()})


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
            "UPDATE takes INDEXED BY takes_leased_by SET state = 'queued', worker = NULL, lease_expires = NULL,"
            " progress = 0, error = ?, attempts = max(attempts - 1, 0) WHERE state = 'leased' AND worker = ?",
            (reason, worker),
        )
        return cursor.rowcount


def obstacle(studio: Studio, person: int | None = None) -> str | None:
    """What keeps queued takes (that a person sees) from being drawn, as their worker last found it; or None."""
    return studio.value(
        "SELECT error FROM takes INDEXED BY takes_given_back"
        f" WHERE state = 'queued' AND error IS NOT NULL AND {in_visible('project')} ORDER BY id LIMIT 1",
        {"person": person},
    )


def queue_state(studio: Studio, person: int | None = None) -> dict[str, int]:
    """How many takes (that a person sees) are in each of the STATES.

    Triggers have counted them: reading a million takes lasts too long.
    """
    counted = (
        f"SELECT state, sum(number) AS number FROM project_take_counts WHERE {in_visible('project')} GROUP BY state"
    )
    rows = studio.rows("SELECT state, number FROM take_counts" if person is None else counted, {"person": person})
    return {**dict.fromkeys(STATES, 0), **{row["state"]: row["number"] for row in rows}}
