"""How trials end: by hand, decided, or because what they compare no longer matters. Each end has its reason, on record."""

from __future__ import annotations

from typing import Any

from feedback.clock import now
from feedback.store import Studio, audit_log

AUTOMATIC = "studio"  # who ends a trial when no person does
STANDING = {"production": "is in production", "retired": "is retired", "rejected": "was rejected"}
OPEN_TRIALS = """
SELECT t.*, v.state AS candidate_state FROM trials t JOIN versions v ON v.name = t.candidate
WHERE t.state = 'open' AND (:candidate IS NULL OR t.candidate = :candidate) ORDER BY t.id
"""


def open_trials(s: Studio, candidate: str | None = None) -> list[dict[str, Any]]:
    """Rows of the trials that are going on (of one candidate), each with its `candidate_state`, oldest first."""
    return s.rows(OPEN_TRIALS, {"candidate": candidate})


def end_trial(s: Studio, trial: dict[str, Any], reason: str, actor: str = AUTOMATIC) -> None:
    """Its pairs leave the queues, its takes appear on boards and in exports; what was judged stays.

    `last_ballot` is the newest ballot of the studio in that moment: none after it counts in this trial.
    """
    with s.writing() as db:
        last_ballot = s.value("SELECT COALESCE(MAX(id), 0) FROM ballots")
        end = {"state": "closed", "closed": now(), "last_ballot": last_ballot, "reason": reason}
        db.table("trials").update(trial["id"], end)
        detail = {key: trial[key] for key in ("candidate", "baseline")} | {"last_ballot": last_ballot, "reason": reason}
        audit_log.record(s, actor, "trial.close", str(trial["id"]), detail)


def end_trials_of(s: Studio, candidate: str, reason: str, actor: str = AUTOMATIC) -> None:
    with s.writing():
        for trial in open_trials(s, candidate):
            end_trial(s, trial, reason, actor)


def end_moot_trials(s: Studio, production: str, actor: str = AUTOMATIC) -> list[dict[str, Any]]:
    """Ends the trials whose verdict could promote nobody any more; {"id", "candidate", "baseline", "reason"} of each.

    What was judged in them counts again should their baseline come back into production.
    """
    with s.writing():
        moot = [
            {**{key: trial[key] for key in ("id", "candidate", "baseline")}, "reason": reason}
            for trial in open_trials(s)
            if (reason := why_moot(trial, production))
        ]
        for trial in moot:
            end_trial(s, trial, trial["reason"], actor)
    return moot


def why_moot(trial: dict[str, Any], production: str) -> str | None:
    """None while the trial can still count: a candidate against today's production."""
    if trial["candidate_state"] != "candidate":
        return f"{trial['candidate']} {STANDING[trial['candidate_state']]}"
    if trial["baseline"] != production:
        return f"{production} is in production now, and this trial was against {trial['baseline']}"
    return None
