"""The lifecycle of trials: which are open, and how they end: by hand, decided, or because what they compare no longer matters. Each end has its reason, on record."""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from feedback.clock import now
from feedback.store import Studio, audit_log
from feedback.trials.deciders import AUTOMATIC

STATE_IN_WORDS = {"production": "is in production", "retired": "is retired", "rejected": "was rejected"}


class Trial(TypedDict):
    """A row of `trials`."""

    id: int
    candidate: str
    baseline: str  # what was in production when it was opened
    state: Literal["open", "closed"]
    created: str
    closed: str | None
    last_ballot: int | None  # the newest ballot when it was closed: none after it counts
    reason: str | None  # why it was closed
    people: int  # `feedback.trials.counting.Limits`
    share: float


class OpenTrial(Trial):
    candidate_state: str


class EndedTrial(TypedDict):
    """A trial that could no longer count, and why."""

    id: int
    candidate: str
    baseline: str
    reason: str


OPEN_TRIALS = """
SELECT t.*, v.state AS candidate_state FROM trials t JOIN versions v ON v.name = t.candidate
WHERE t.state = 'open' AND (:candidate IS NULL OR t.candidate = :candidate) ORDER BY t.id
"""


def open_trials(studio: Studio, candidate: str | None = None) -> list[OpenTrial]:
    """The trials that are going on (of one candidate), oldest first."""
    return cast(list[OpenTrial], studio.rows(OPEN_TRIALS, {"candidate": candidate}))


def end_trial(studio: Studio, trial: Trial, reason: str, actor: str = AUTOMATIC) -> None:
    """Its pairs leave the queues, its takes appear on boards and in exports; what was judged stays.

    `last_ballot` is the newest ballot of the studio in that moment: none after it counts in this trial.
    """
    with studio.writing() as db:
        last_ballot = studio.value("SELECT COALESCE(MAX(id), 0) FROM ballots")
        end = {"state": "closed", "closed": now(), "last_ballot": last_ballot, "reason": reason}
        db.table("trials").update(trial["id"], end)
        detail = {"candidate": trial["candidate"], "baseline": trial["baseline"], "reason": reason}
        audit_log.record(studio, actor, "trial.close", str(trial["id"]), {**detail, "last_ballot": last_ballot})


def end_trials_of(studio: Studio, candidate: str, reason: str, actor: str = AUTOMATIC) -> None:
    with studio.writing():
        for trial in open_trials(studio, candidate):
            end_trial(studio, trial, reason, actor)


def end_moot_trials(studio: Studio, production: str, actor: str = AUTOMATIC) -> list[EndedTrial]:
    """Ends the trials whose verdict could promote nobody any more; which, and why.

    What was judged in them counts again should their baseline come back into production.
    """
    ended: list[EndedTrial] = []
    with studio.writing():
        for trial in open_trials(studio):
            reason = why_moot(trial, production)
            if reason:
                end_trial(studio, trial, reason, actor)
                candidate, baseline = trial["candidate"], trial["baseline"]
                ended.append({"id": trial["id"], "candidate": candidate, "baseline": baseline, "reason": reason})
    return ended


def why_moot(trial: OpenTrial, production: str) -> str | None:
    """None while the trial can still count: a candidate against today's production."""
    if trial["candidate_state"] != "candidate":
        return f"{trial['candidate']} {STATE_IN_WORDS[trial['candidate_state']]}"
    if trial["baseline"] != production:
        return f"{production} is in production now, and this trial was against {trial['baseline']}"
    return None
