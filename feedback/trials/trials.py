"""The blind comparison of a candidate with production: same briefs, fresh seeds, mixed into everybody's queue."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from feedback.clock import now
from feedback.errors import Conflict, Invalid, NotFound, Refused
from feedback.models import versions
from feedback.production import render_queue
from feedback.store import Studio, audit_log
from feedback.trials import lifecycle
from feedback.trials.results import counted, evidence, sentence

__all__ = [
    "add_pairs",
    "close_trial",
    "close_trial_of",
    "evidence",
    "get_trial",
    "list_trials",
    "open_trial",
    "record",
    "sentence",
]

SEEDS = 2**31
PAIRS_AT_MOST = 10_000


def open_trial(
    s: Studio,
    candidate: str,
    briefs: Sequence[int],
    seeds_per_brief: int = 1,
    *,
    most: int = PAIRS_AT_MOST,
    person: int | None = None,
    actor: str = lifecycle.AUTOMATIC,
) -> int:
    """Queues both versions' takes for `briefs` and pairs them, `most` pairs at most; returns the trial's id.

    Every take gets a seed of its own: the same seed on both sides gives near-identical pictures, which flatters and
    is not how takes are drawn. Takes and pairs are inserted in random order, so that ids tell nothing. Trials that can
    no longer count are closed (feedback.trials.lifecycle). `person` is a people id; None writes down `actor`.
    Raises NotFound for an unknown brief or version, Invalid when there is nothing to compare, Conflict when the
    candidate's trial is already open, Forbidden below supervisor.
    """
    with s.writing() as db:
        versions.check_may_promote(s, person)
        check_candidate(s, candidate)
        check_briefs(s, briefs, seeds_per_brief)
        baseline, actor = versions.production_version(s), versions.actor_name(s, person, actor)
        lifecycle.end_moot_trials(s, baseline, actor)
        refuse_second_trial(s, candidate)
        row = {"candidate": candidate, "baseline": baseline, "state": "open", "created": now(), "closed": None}
        trial = int(db.table("trials").insert(row).last_pk or 0)
        pairs = queue_pairs(s, trial, candidate, baseline, spread(briefs, seeds_per_brief, most))
        audit_log.record(
            s, actor, "trial.open", str(trial), {"candidate": candidate, "baseline": baseline, "pairs": pairs}
        )
    return trial


def add_pairs(
    s: Studio, trial: int, briefs: Sequence[int], seeds_per_brief: int = 1, *, most: int = PAIRS_AT_MOST
) -> int:
    """More pairs for an open trial, with fresh seeds; returns how many.

    The interval allows it, whatever was judged so far: it holds at every number of pairs at once, so going on is free
    (feedback.statistics). Refused for a closed trial, or one that can no longer count.
    """
    with s.writing():
        check_briefs(s, briefs, seeds_per_brief)
        row = get_trial(s, trial)
        candidate, baseline = row["candidate"], row["baseline"]
        if row["state"] != "open" or baseline != versions.production_version(s):
            raise Refused(f"trial {trial} is over: open another with `circletake trial open {candidate}`")
        pairs = queue_pairs(s, trial, candidate, baseline, spread(briefs, seeds_per_brief, most))
        audit_log.record(s, lifecycle.AUTOMATIC, "trial.extend", str(trial), {"candidate": candidate, "pairs": pairs})
    return pairs


def spread(briefs: Sequence[int], seeds_per_brief: int, most: int) -> list[tuple[int, int]]:
    """(brief, index) of each pair, the first `most` of them: every brief once before any comes again."""
    return [(brief, index) for index in range(seeds_per_brief) for brief in briefs][:most]


def queue_pairs(s: Studio, trial: int, candidate: str, baseline: str, pairs: Sequence[tuple[int, int]]) -> int:
    drawn = queue_in_random_order(s, pairs, candidate, baseline)
    rows = [
        {
            "trial": trial,
            "brief": pair[0],
            "candidate_take": drawn[pair, candidate],
            "baseline_take": drawn[pair, baseline],
        }
        for pair in shuffled(pairs)
    ]
    with s.writing() as db:
        db.table("trial_pairs").insert_all(rows)
    return len(rows)


def check_candidate(s: Studio, candidate: str) -> None:
    state = versions.get_version(s, candidate)["state"]
    if state != "candidate":
        raise Invalid(f"{candidate} is {state}: only a candidate plays a trial, see `circletake versions list`")


def check_briefs(s: Studio, briefs: Sequence[int], seeds_per_brief: int) -> None:
    if not briefs or len(set(briefs)) != len(briefs):
        raise Invalid(f"briefs {list(briefs)}: name at least one, each once")
    if seeds_per_brief < 1 or len(briefs) * seeds_per_brief > PAIRS_AT_MOST:
        raise Invalid(f"{len(briefs)} briefs x {seeds_per_brief} seeds: need 1 to {PAIRS_AT_MOST} pairs")
    for brief in briefs:
        if not s.row("SELECT id FROM briefs WHERE id = ?", (brief,)):
            raise NotFound(f"brief {brief} does not exist")


def refuse_second_trial(s: Studio, candidate: str) -> None:
    for trial in lifecycle.open_trials(s, candidate):
        close = f"`circletake trial close {candidate} --reason TEXT`"
        raise Conflict(f"{candidate} already plays trial {trial['id']}: judge its pairs, or close it with {close}")


def queue_in_random_order(
    s: Studio, pairs: Sequence[tuple[int, int]], candidate: str, baseline: str
) -> dict[tuple[tuple[int, int], str], int]:
    """Take ids by ((brief, index), version)."""
    wanted = shuffled([(pair, version) for pair in pairs for version in (candidate, baseline)])
    seeds = fresh_seeds(s, {brief for brief, _ in pairs}, len(wanted))
    return {
        (pair, version): render_queue.queue_takes(s, pair[0], [seed], version=version, purpose="trial")[0]
        for (pair, version), seed in zip(wanted, seeds, strict=True)
    }


def fresh_seeds(s: Studio, briefs: set[int], count: int) -> list[int]:
    """Different seeds that no take of these briefs has used."""
    marks = ",".join("?" * len(briefs))
    used = {row["seed"] for row in s.rows(f"SELECT DISTINCT seed FROM takes WHERE brief IN ({marks})", tuple(briefs))}
    seeds: list[int] = []
    while len(seeds) < count:
        seed = secrets.randbelow(SEEDS)
        if seed not in used:
            used.add(seed)
            seeds.append(seed)
    return seeds


def shuffled(items: Sequence[Any]) -> list[Any]:
    mixed = list(items)
    secrets.SystemRandom().shuffle(mixed)
    return mixed


def get_trial(s: Studio, trial: int) -> dict[str, Any]:
    row = s.row("SELECT * FROM trials WHERE id = ?", (trial,))
    if row is None:
        raise NotFound(f"trial {trial} does not exist")
    return row


def list_trials(s: Studio, candidate: str | None = None) -> list[dict[str, Any]]:
    """Every trial (of one candidate) with its record, newest first."""
    where, params = ("WHERE candidate = ?", (candidate,)) if candidate else ("", ())
    rows = s.rows(f"SELECT * FROM trials {where} ORDER BY id DESC", params)
    return [row | record(s, row["id"]) for row in rows]


def record(s: Studio, trial: int) -> dict[str, Any]:
    """{"candidate", "baseline", "wins", "losses", "ties", "pairs_judged", "pairs", "left", "win_rate" | None, "low",
    "high", "raters"}: one outcome per pair (feedback.trials.results), the candidate's win rate and its anytime-valid interval,
    and how many pairs are left that nobody has seen."""
    row = get_trial(s, trial)
    return {"candidate": row["candidate"], "baseline": row["baseline"], **counted(s, "t.id = ?", (trial,))}


def pairs_by_brief(s: Studio, candidate: str) -> dict[int, int]:
    """How many pairs each brief had in all trials of this candidate."""
    rows = s.rows(
        "SELECT tp.brief, COUNT(*) AS n FROM trial_pairs tp JOIN trials t ON t.id = tp.trial"
        " WHERE t.candidate = ? GROUP BY tp.brief",
        (candidate,),
    )
    return {row["brief"]: row["n"] for row in rows}


def close_trial(
    s: Studio,
    trial: int,
    reason: str = "closed by hand",
    person: int | None = None,
    actor: str = versions.COMMAND_LINE,
) -> dict[str, Any]:
    """Ends the trial: its pairs leave the queues, its takes appear on boards and in exports. Closing twice is fine.

    `person` is a people id; None writes down `actor`. Forbidden below supervisor.
    """
    with s.writing():
        versions.check_may_promote(s, person)
        row = get_trial(s, trial)
        if row["state"] == "open":
            lifecycle.end_trial(s, row, reason, versions.actor_name(s, person, actor))
    return record(s, trial)


def close_trial_of(s: Studio, candidate: str, reason: str, person: int | None = None) -> dict[str, Any]:
    """Ends the candidate's open trial and gives back its row; NotFound when it plays none."""
    versions.get_version(s, candidate)
    for row in lifecycle.open_trials(s, candidate):
        close_trial(s, row["id"], versions.told(reason, f"closing the trial of {candidate}"), person)
        return get_trial(s, row["id"])
    raise NotFound(f"{candidate} plays no trial: nothing to close, see `circletake versions list`")
