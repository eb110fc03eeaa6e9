"""The lifecycle of trials: which are open, and how they end: by hand, decided, or because what they compare no longer matters. Each end has its reason, on record."""

from __future__ import annotations

from typing import Any

from feedback.clock import now
from feedback.store import Studio, audit_log
from feedback.trials.deciders import AUTOMATIC

STATE_IN_WORDS = {"production": "is in production", "retired": "is retired", "rejected": "was rejected"}
OPEN_TRIALS = """
SELECT t.*, v.state AS candidate_state FROM trials t JOIN versions v ON v.name = t.candidate
WHERE t.state = 'open' AND (:candidate IS NULL OR t.candidate = :candidate) ORDER BY t.id
"""


def open_trials(studio: Studio, candidate: str | None = None) -> list[dict[str, Any]]:
    """Rows of the trials that are going on (of one candidate), each with its `candidate_state`, oldest first."""
    return studio.rows(OPEN_TRIALS, {"candidate": candidate})


def end_trial(studio: Studio, trial: dict[str, Any], reason: str, actor: str = AUTOMATIC) -> None:
    """Its pairs leave the queues, its takes appear on boards and in exports; what was judged stays.

    `last_ballot` is the newest ballot of the studio in that moment: none after it counts in this trial.
    """
    with studio.writing() as db:
        last_ballot = studio.value("SELECT COALESCE(MAX(id), 0) FROM ballots")
        end = {"state": "closed", "closed": now(), "last_ballot": last_ballot, "reason": reason}
        db.table("trials").update(trial["id"], end)
        detail = {key: trial[key] for key in ("candidate", "baseline")} | {"last_ballot": last_ballot, "reason": reason}
        audit_log.record(studio, actor, "trial.close", str(trial["id"]), detail)


def end_trials_of(studio: Studio, candidate: str, reason: str, actor: str = AUTOMATIC) -> None:
    with studio.writing():
        for trial in open_trials(studio, candidate):
            end_trial(studio, trial, reason, actor)


def end_moot_trials(studio: Studio, production: str, actor: str = AUTOMATIC) -> list[dict[str, Any]]:
    """Ends the trials whose verdict could promote nobody any more; {"id", "candidate", "baseline", "reason"} of each.

    What was judged in them counts again should their baseline come back into production.
    """
    with studio.writing():
        moot = [
            {**{key: trial[key] for key in ("id", "candidate", "baseline")}, "reason": reason}
            for trial in open_trials(studio)
            if (reason := why_moot(trial, production))
        ]
        for trial in moot:
            end_trial(studio, trial, trial["reason"], actor)
    return moot


def why_moot(trial: dict[str, Any], production: str) -> str | None:
    """None while the trial can still count: a candidate against today's production."""
    if trial["candidate_state"] != "candidate":
        return f"{trial['candidate']} {STATE_IN_WORDS[trial['candidate_state']]}"
    if trial["baseline"] != production:
        return f"{production} is in production now, and this trial was against {trial['baseline']}"
    return None
