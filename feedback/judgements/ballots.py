"""Ballots: one person's verdict on two takes of a brief. Append-only; a changed mind supersedes.

A skip says nothing about the takes, so it never supersedes a verdict. Neither does a doubtful one. A verdict is taken back
by undoing it by name. One that was given again, as a check, stands beside the first one, which goes on to count.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from feedback.errors import Invalid
from feedback.fields import check_whole, shown
from feedback.judgements import idempotency
from feedback.production.takes import get_judgeable_take
from feedback.store import Studio

VERDICTS = ("left", "right", "tie", "both_bad", "skip")
DOUBTS = ("quick", "not played")  # sooner than anybody can react; on a clip that was not played
LONGEST_ELAPSED_MS = 24 * 3600 * 1000  # a tab left open overnight says nothing about how hard the choice was


class Ballot(TypedDict):
    id: int
    uid: str
    person: int
    left: int
    right: int
    verdict: str  # one of VERDICTS
    elapsed_ms: int
    trial: int | None
    supersedes: int | None  # the person's ballot that it replaces
    doubt: str | None  # one of DOUBTS: it cannot be about this pair, and counts as a skip
    repeats: int | None  # the person's verdict that it was given again for
    ranking: int | None  # that it is a pair of; its sides mean nothing then
    created: str


_ON_PAIR = '(("left" = :a AND "right" = :b) OR ("left" = :b AND "right" = :a))'


def _trial_of(studio: Studio, a: int, b: int) -> int | None:
    return studio.value(
        "SELECT trial FROM trial_pairs WHERE (candidate_take = :a AND baseline_take = :b)"
        " OR (candidate_take = :b AND baseline_take = :a)",
        {"a": a, "b": b},
    )


def _current(studio: Studio, person_id: int, a: int, b: int) -> Ballot | None:
    row = studio.row(
        f"SELECT * FROM current_ballots WHERE person = :person AND {_ON_PAIR} ORDER BY id DESC",
        {"person": person_id, "a": a, "b": b},
    )
    return cast(Ballot | None, row)


def _check(studio: Studio, left: int, right: int, verdict: str) -> None:
    if verdict not in VERDICTS:
        raise Invalid(f"no verdict {shown(verdict)}; one of {', '.join(VERDICTS)}")
    if left == right:
        raise Invalid(f"take {left} cannot be compared with itself")
    briefs = {get_judgeable_take(studio, take)["brief"] for take in (left, right)}
    if len(briefs) > 1:
        raise Invalid(f"takes {left} and {right} answer different briefs; only takes of one brief are compared")


def _check_undo(studio: Studio, person_id: int, left: int, right: int, verdict: str, undoes: str) -> None:
    if verdict != "skip":
        raise Invalid(f"a ballot that undoes another is a skip, not {verdict!r}; a new verdict needs no undo")
    ballot = studio.row('SELECT person, "left", "right" FROM ballots WHERE uid = ?', (undoes,))
    # An unknown uid is a ballot that never arrived: there is nothing to take back.
    if ballot and (ballot["person"] != person_id or {ballot["left"], ballot["right"]} != {left, right}):
        raise Invalid(f"ballot {undoes!r} is not yours on takes {left} and {right}; undo names one of your own")


def cast_ballot(
    studio: Studio,
    person_id: int,
    uid: str,
    left: int,
    right: int,
    verdict: str,
    elapsed_ms: int = 0,
    undoes: str | None = None,
    *,
    doubt: str | None = None,
    keep_earlier: bool = False,
    ranking: int | None = None,
) -> tuple[Ballot, bool]:
    """Stores a verdict; returns the row and whether it is new. `elapsed_ms`: how long the person looked.

    A second ballot of the same person on the same two takes, on whichever sides, supersedes the first. With
    `keep_earlier`, or one of DOUBTS, it stands beside a verdict that there is. A skip leaves a verdict as it is, stores
    nothing and returns the verdict's row, unless `undoes` is the uid of that very verdict.
    """
    idempotency.check_uid(uid)
    _check(studio, left, right, verdict)
    if undoes is not None:
        _check_undo(studio, person_id, left, right, verdict, undoes)
    elapsed_ms = min(check_whole("elapsed_ms", elapsed_ms, 0), LONGEST_ELAPSED_MS)
    row = {"person": person_id, "left": left, "right": right, "verdict": verdict, "elapsed_ms": elapsed_ms}
    row |= {"doubt": doubt, "ranking": ranking}
    with studio.writing():
        if idempotency.is_stored(studio, "ballots", uid):
            return idempotency.store_once(studio, "ballots", uid, row)
        current = _current(studio, person_id, left, right)
        stands = current is not None and says_something(current["verdict"], current["doubt"])
        if undone := _check_to_undo(studio, undoes):
            places = {"repeats": undone["repeats"], "supersedes": undone["id"]}
            return idempotency.store_once(studio, "ballots", uid, row, **places)
        if current and stands and verdict == "skip" and current["uid"] != undoes:
            return current, False
        before = current["id"] if current else None
        beside = stands and undoes is None and (keep_earlier or doubt is not None)
        places = {"repeats" if beside else "supersedes": before}
        return idempotency.store_once(studio, "ballots", uid, row, trial=_trial_of(studio, left, right), **places)


def _check_to_undo(studio: Studio, uid: str | None) -> dict[str, Any] | None:
    """The ballot of that uid, if it stands beside an earlier verdict and was not taken back yet."""
    if uid is None:
        return None
    return studio.row(
        "SELECT id, repeats FROM ballots b WHERE uid = ? AND repeats IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM ballots later WHERE later.supersedes = b.id)",
        (uid,),
    )


def says_something(verdict: str, doubt: str | None) -> bool:
    """Whether a ballot is a judgement of its two takes."""
    return verdict != "skip" and doubt is None


def current_ballots(studio: Studio, since: str | None = None) -> list[Ballot]:
    """The ballots that count today, oldest first."""
    rows = studio.rows("SELECT * FROM current_ballots WHERE ? IS NULL OR created >= ? ORDER BY id", (since, since))
    return cast(list[Ballot], rows)
