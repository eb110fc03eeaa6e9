"""The blind comparison of a candidate with production: same briefs, fresh seeds, mixed into everybody's queue."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from feedback import events, takes, versions
from feedback.clock import now
from feedback.errors import Conflict, Invalid, NotFound
from feedback.evidence import evidence, outcomes_of, sentence, summarize
from feedback.studio import Studio

__all__ = ["close_trial", "evidence", "get_trial", "list_trials", "open_trial", "record", "sentence"]

SEEDS = 2**31
PAIRS_AT_MOST = 10_000


def open_trial(s: Studio, candidate: str, briefs: Sequence[int], seeds_per_brief: int = 1) -> int:
    """Queues both versions' takes for `briefs` and pairs them; returns the trial's id.

    Every take gets a seed of its own: the same seed on both sides gives near-identical pictures, which flatters and
    is not how takes are drawn. Takes and pairs are inserted in random order, so that ids tell nothing.
    Raises NotFound for an unknown brief or version, Invalid when there is nothing to compare, Conflict when the
    candidate's trial is already open.
    """
    check_request(s, candidate, briefs, seeds_per_brief)
    with s.writing() as db:
        baseline = versions.production_version(s)
        refuse_second_trial(s, candidate)
        trial = (
            db.table("trials")
            .insert({"candidate": candidate, "baseline": baseline, "state": "open", "created": now(), "closed": None})
            .last_pk
        )
        pairs = [(brief, index) for brief in briefs for index in range(seeds_per_brief)]
        drawn = queue_in_random_order(s, pairs, candidate, baseline)
        db.table("trial_pairs").insert_all(
            {
                "trial": trial,
                "brief": pair[0],
                "candidate_take": drawn[pair, candidate],
                "baseline_take": drawn[pair, baseline],
            }
            for pair in shuffled(pairs)
        )
        detail = {"candidate": candidate, "baseline": baseline, "pairs": len(pairs)}
        events.record(s, "studio", "trial.open", str(trial), detail)
    return int(trial or 0)


def check_request(s: Studio, candidate: str, briefs: Sequence[int], seeds_per_brief: int) -> None:
    version = versions.get_version(s, candidate)
    if version["state"] != "candidate":
        raise Invalid(f"{candidate} is {version['state']}: only a candidate plays a trial")
    if not briefs or len(set(briefs)) != len(briefs):
        raise Invalid(f"briefs {list(briefs)}: name at least one, each once")
    if seeds_per_brief < 1 or len(briefs) * seeds_per_brief > PAIRS_AT_MOST:
        raise Invalid(f"{len(briefs)} briefs x {seeds_per_brief} seeds: need 1 to {PAIRS_AT_MOST} pairs")
    for brief in briefs:
        if not s.row("SELECT id FROM briefs WHERE id = ?", (brief,)):
            raise NotFound(f"brief {brief} does not exist")


def refuse_second_trial(s: Studio, candidate: str) -> None:
    trial = s.value("SELECT id FROM trials WHERE candidate = ? AND state = 'open'", (candidate,))
    if trial:
        raise Conflict(f"{candidate} already plays trial {trial}: judge or close that one")


def queue_in_random_order(
    s: Studio, pairs: Sequence[tuple[int, int]], candidate: str, baseline: str
) -> dict[tuple[tuple[int, int], str], int]:
    """Take ids by ((brief, index), version)."""
    wanted = shuffled([(pair, version) for pair in pairs for version in (candidate, baseline)])
    seeds = fresh_seeds(s, {brief for brief, _ in pairs}, len(wanted))
    return {
        (pair, version): takes.queue_takes(s, pair[0], [seed], version=version, purpose="trial")[0]
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
    """{"candidate", "baseline", "wins", "losses", "ties", "pairs_judged", "pairs", "win_rate" | None, "low", "high",
    "raters"}: one outcome per pair (feedback.evidence), the candidate's win rate and its anytime-valid interval."""
    row = get_trial(s, trial)
    pairs = s.value("SELECT COUNT(*) FROM trial_pairs WHERE trial = ?", (trial,))
    counted = summarize(outcomes_of(s, "tp.trial = ?", (trial,)), pairs)
    return {"candidate": row["candidate"], "baseline": row["baseline"], **counted}


def close_trial(s: Studio, trial: int) -> dict[str, Any]:
    """Ends the trial: its pairs leave the queues, its takes appear on boards and in exports. Closing twice is fine."""
    row = get_trial(s, trial)
    if row["state"] == "open":
        with s.writing() as db:
            db.table("trials").update(trial, {"state": "closed", "closed": now()})
            events.record(s, "studio", "trial.close", str(trial), {"candidate": row["candidate"]})
    return record(s, trial)
