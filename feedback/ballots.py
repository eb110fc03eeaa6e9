"""Ballots: one person's verdict on two takes of a brief. Append-only; a changed mind supersedes."""

from __future__ import annotations

from typing import Any

from feedback import receipts
from feedback.errors import Invalid
from feedback.fields import check_whole, shown
from feedback.studio import Studio

VERDICTS = ("left", "right", "tie", "both_bad", "skip")
LONGEST_LOOK = 24 * 3600 * 1000  # ms: a tab left open overnight says nothing about how hard the choice was

_ON_PAIR = '(("left" = :a AND "right" = :b) OR ("left" = :b AND "right" = :a))'


def _trial_of(studio: Studio, a: int, b: int) -> int | None:
    return studio.value(
        "SELECT trial FROM trial_pairs WHERE (candidate_take = :a AND baseline_take = :b)"
        " OR (candidate_take = :b AND baseline_take = :a)",
        {"a": a, "b": b},
    )


def _current(studio: Studio, person_id: int, a: int, b: int) -> int | None:
    return studio.value(
        f"SELECT id FROM current_ballots WHERE person = :person AND {_ON_PAIR} ORDER BY id DESC",
        {"person": person_id, "a": a, "b": b},
    )


def _check(studio: Studio, left: int, right: int, verdict: str) -> None:
    if verdict not in VERDICTS:
        raise Invalid(f"no verdict {shown(verdict)}; one of {', '.join(VERDICTS)}")
    if left == right:
        raise Invalid(f"take {left} cannot be compared with itself")
    briefs = {receipts.check_done(studio, take)["brief"] for take in (left, right)}
    if len(briefs) > 1:
        raise Invalid(f"takes {left} and {right} answer different briefs; only takes of one brief are compared")


def cast_ballot(
    studio: Studio, person_id: int, uid: str, left: int, right: int, verdict: str, elapsed_ms: int = 0
) -> tuple[dict[str, Any], bool]:
    """Keeps a verdict; returns the row and whether it is new. `elapsed_ms`: how long the person looked.

    A second ballot of the same person on the same two takes, on whichever sides, supersedes the first.
    """
    _check(studio, left, right, verdict)
    elapsed_ms = min(check_whole("elapsed_ms", elapsed_ms, 0), LONGEST_LOOK)
    said = {"person": person_id, "left": left, "right": right, "verdict": verdict, "elapsed_ms": elapsed_ms}
    with studio.writing():
        before = None if receipts.known(studio, "ballots", uid) else _current(studio, person_id, left, right)
        trial = _trial_of(studio, left, right)
        return receipts.keep(studio, "ballots", uid, said, trial=trial, supersedes=before)


def current_ballots(studio: Studio, since: str | None = None) -> list[dict[str, Any]]:
    """The ballots that count today, oldest first."""
    return studio.rows("SELECT * FROM current_ballots WHERE ? IS NULL OR created >= ? ORDER BY id", (since, since))
