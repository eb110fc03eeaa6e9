"""The blind comparison of a candidate with production: same briefs, fresh seeds, mixed into everybody's queue."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from feedback.clock import now
from feedback.errors import Conflict, Invalid, NotFound, Refused
from feedback.models import versions
from feedback.production import render_queue
from feedback.store import Studio, audit_log
from feedback.trials import lifecycle
from feedback.trials.counting import Limits
from feedback.trials.deciders import AUTOMATIC, COMMAND_LINE, check_may_decide, decider_name, require_reason
from feedback.trials.lifecycle import Trial

SEEDS = 2**31
PAIRS_AT_MOST = 10_000
WAITING = """
SELECT v.name FROM versions v WHERE v.state = 'candidate'
AND NOT EXISTS (SELECT 1 FROM trials t WHERE t.candidate = v.name AND t.baseline = ?) ORDER BY v.created DESC, v.name DESC
"""


def open_trial(
    studio: Studio,
    candidate: str,
    briefs: Sequence[int],
    seeds_per_brief: int = 1,
    *,
    most: int = PAIRS_AT_MOST,
    limits: Limits | None = None,
    person: int | None = None,
    actor: str = AUTOMATIC,
) -> int:
    """Queues both versions' takes for `briefs` and pairs them, `most` pairs at most; returns the trial's id.

    Every take gets a seed of its own: the same seed on both sides gives near-identical pictures, which flatters and
    is not how takes are drawn. Takes and pairs are inserted in random order, so that ids tell nothing. Trials that can
    no longer count are closed (feedback.trials.lifecycle). `limits`: how far one person is trusted; three people and a
    third of the pairs unless given. `person` is a people id; None writes down `actor`.
    Raises NotFound for an unknown brief or version, Invalid when there is nothing to compare, Conflict when the
    candidate's trial is already open, Forbidden below supervisor.
    """
    with studio.writing() as db:
        check_may_decide(studio, person)
        check_candidate(studio, candidate)
        check_briefs(studio, briefs, seeds_per_brief)
        baseline, actor = versions.production_version(studio), decider_name(studio, person, actor)
        lifecycle.end_moot_trials(studio, baseline, actor)
        refuse_second_trial(studio, candidate)
        trust = asdict(limits or Limits())
        row = {"candidate": candidate, "baseline": baseline, "state": "open", "created": now(), "closed": None, **trust}
        trial = int(db.table("trials").insert(row).last_pk or 0)
        pairs = queue_pairs(studio, trial, candidate, baseline, pairs_over_briefs(briefs, seeds_per_brief, most))
        detail = {"candidate": candidate, "baseline": baseline, "pairs": pairs, **trust}
        audit_log.record(studio, actor, "trial.open", str(trial), detail)
    return trial


def add_pairs(
    studio: Studio, trial: int, briefs: Sequence[int], seeds_per_brief: int = 1, *, most: int = PAIRS_AT_MOST
) -> int:
    """More pairs for an open trial, with fresh seeds; returns how many.

    The interval allows it, whatever was judged so far: it holds at every number of pairs at once, so going on is free
    (feedback.statistics). Refused for a closed trial, or one that can no longer count.
    """
    with studio.writing():
        check_briefs(studio, briefs, seeds_per_brief)
        row = get_trial(studio, trial)
        candidate, baseline = row["candidate"], row["baseline"]
        if row["state"] != "open" or baseline != versions.production_version(studio):
            raise Refused(f"trial {trial} is over: open another with `circletake trial open {candidate}`")
        pairs = queue_pairs(studio, trial, candidate, baseline, pairs_over_briefs(briefs, seeds_per_brief, most))
        audit_log.record(studio, AUTOMATIC, "trial.extend", str(trial), {"candidate": candidate, "pairs": pairs})
    return pairs


def pairs_over_briefs(briefs: Sequence[int], seeds_per_brief: int, most: int) -> list[tuple[int, int]]:
    """(brief, index) of each pair, the first `most` of them: every brief once before any comes again."""
    return [(brief, index) for index in range(seeds_per_brief) for brief in briefs][:most]


def queue_pairs(studio: Studio, trial: int, candidate: str, baseline: str, pairs: Sequence[tuple[int, int]]) -> int:
    """One batch: its pairs are dealt once all of its takes are drawn, and a person's part is counted in it."""
    drawn = queue_in_random_order(studio, pairs, candidate, baseline)
    batch = studio.value("SELECT COALESCE(MAX(batch), 0) + 1 FROM trial_pairs WHERE trial = ?", (trial,))
    rows = [
        {
            "trial": trial,
            "batch": batch,
            "brief": pair[0],
            "candidate_take": drawn[pair, candidate],
            "baseline_take": drawn[pair, baseline],
        }
        for pair in shuffled(pairs)
    ]
    with studio.writing() as db:
        db.table("trial_pairs").insert_all(rows)
    return len(rows)


def waiting_candidates(studio: Studio) -> list[str]:
    """Versions that may be promoted and have played no trial against what is in production today, the newest first."""
    return [name for (name,) in studio.tuples(WAITING, (versions.production_version(studio),))]


def check_candidate(studio: Studio, candidate: str) -> None:
    state = versions.get_version(studio, candidate)["state"]
    if state != "candidate":
        raise Invalid(f"{candidate} is {state}: only a candidate plays a trial, see `circletake versions list`")


def check_briefs(studio: Studio, briefs: Sequence[int], seeds_per_brief: int) -> None:
    if not briefs or len(set(briefs)) != len(briefs):
        raise Invalid(f"briefs {list(briefs)}: name at least one, each once")
    if seeds_per_brief < 1 or len(briefs) * seeds_per_brief > PAIRS_AT_MOST:
        raise Invalid(f"{len(briefs)} briefs x {seeds_per_brief} seeds: need 1 to {PAIRS_AT_MOST} pairs")
    for brief in briefs:
        if not studio.row("SELECT id FROM briefs WHERE id = ?", (brief,)):
            raise NotFound(f"brief {brief} does not exist")


def refuse_second_trial(studio: Studio, candidate: str) -> None:
    for trial in lifecycle.open_trials(studio, candidate):
        close = f"`circletake trial close {candidate} --reason TEXT`"
        raise Conflict(f"{candidate} already plays trial {trial['id']}: judge its pairs, or close it with {close}")


def queue_in_random_order(
    studio: Studio, pairs: Sequence[tuple[int, int]], candidate: str, baseline: str
) -> dict[tuple[tuple[int, int], str], int]:
    """Take ids by ((brief, index), version)."""
    queued = shuffled([(pair, version) for pair in pairs for version in (candidate, baseline)])
    seeds = fresh_seeds(studio, {brief for brief, _ in pairs}, len(queued))
    return {
        (pair, version): render_queue.queue_takes(studio, pair[0], [seed], version=version, purpose="trial")[0]
        for (pair, version), seed in zip(queued, seeds, strict=True)
    }


def fresh_seeds(studio: Studio, briefs: set[int], count: int) -> list[int]:
    """Different seeds that no take of these briefs has used."""
    marks = ",".join("?" * len(briefs))
    used = {
        row["seed"] for row in studio.rows(f"SELECT DISTINCT seed FROM takes WHERE brief IN ({marks})", tuple(briefs))
    }
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


def get_trial(studio: Studio, trial: int) -> Trial:
    row = studio.row("SELECT * FROM trials WHERE id = ?", (trial,))
    if row is None:
        raise NotFound(f"trial {trial} does not exist")
    return cast(Trial, row)


def list_trials(studio: Studio, candidate: str | None = None) -> list[Trial]:
    """Every trial (of one candidate), newest first."""
    where, params = ("WHERE candidate = ?", (candidate,)) if candidate else ("", ())
    return cast(list[Trial], studio.rows(f"SELECT * FROM trials {where} ORDER BY id DESC", params))


def pairs_by_brief(studio: Studio, candidate: str) -> dict[int, int]:
    """How many pairs each brief had in all trials of this candidate."""
    rows = studio.rows(
        "SELECT tp.brief, COUNT(*) AS n FROM trial_pairs tp JOIN trials t ON t.id = tp.trial"
        " WHERE t.candidate = ? GROUP BY tp.brief",
        (candidate,),
    )
    return {row["brief"]: row["n"] for row in rows}


def close_trial(
    studio: Studio,
    trial: int,
    reason: str = "closed by hand",
    person: int | None = None,
    actor: str = COMMAND_LINE,
) -> Trial:
    """Ends the trial: its pairs leave the queues, its takes appear on boards and in exports. Closing twice is fine.

    `person` is a people id; None writes down `actor`. Forbidden below supervisor.
    """
    with studio.writing():
        check_may_decide(studio, person)
        row = get_trial(studio, trial)
        if row["state"] == "open":
            lifecycle.end_trial(studio, row, reason, decider_name(studio, person, actor))
    return get_trial(studio, trial)


def close_trial_of(studio: Studio, candidate: str, reason: str, person: int | None = None) -> Trial:
    """Ends the candidate's open trial and gives back its row; NotFound when it plays none."""
    versions.get_version(studio, candidate)
    for row in lifecycle.open_trials(studio, candidate):
        close_trial(studio, row["id"], require_reason(reason, f"closing the trial of {candidate}"), person)
        return get_trial(studio, row["id"])
    raise NotFound(f"{candidate} plays no trial: nothing to close, see `circletake versions list`")
