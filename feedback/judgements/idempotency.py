"""Judgements arrive with a uid made by the client: sending one again is always safe, and the receipt is the row's id."""

from __future__ import annotations

from typing import Any

from feedback.clock import now
from feedback.errors import Conflict, Invalid, NotFound, Refused
from feedback.fields import shown
from feedback.store import Studio

LONGEST_UID = 128
_HALF_DRAWN = """
SELECT 1 FROM trial_pairs tp JOIN takes c ON c.id = tp.candidate_take JOIN takes b ON b.id = tp.baseline_take
WHERE :take IN (tp.candidate_take, tp.baseline_take) AND NOT (c.state = 'done' AND b.state = 'done')
"""


def keep(studio: Studio, table: str, uid: str, row: dict[str, Any], **extra: Any) -> tuple[dict[str, Any], bool]:
    """Inserts a judgement, inside the caller's transaction; returns its row and whether it is new.

    `row` is what the client said, compared when the uid is known already: the same again gives the same row, other
    content is a Conflict. `extra` is what the house adds (which trial, which row it supersedes).
    """
    check_uid(uid)
    with studio.writing() as db:
        known = studio.row(f"SELECT * FROM {table} WHERE uid = ?", (uid,))
        if known is None:
            db.table(table).insert({"uid": uid, **row, **extra, "created": now()})
            return studio.row(f"SELECT * FROM {table} WHERE uid = ?", (uid,)) or {}, True
    if any(known[name] != value for name, value in row.items()):
        raise Conflict(f"uid {uid!r} was used before with other content; make a new uid for a new judgement")
    return known, False


def check_uid(uid: str) -> None:
    """Invalid unless a client may have made it."""
    # Not cleaned as other texts are: two uids must not become one.
    if not uid or len(uid) > LONGEST_UID or not uid.isprintable():
        raise Invalid(f"uid {shown(uid)} must have 1 to {LONGEST_UID} printable characters, made by the client")


def known(studio: Studio, table: str, uid: str) -> bool:
    """Whether this uid was received before."""
    check_uid(uid)
    return studio.value(f"SELECT 1 FROM {table} WHERE uid = ?", (uid,)) is not None


def check_done(studio: Studio, take_id: int) -> dict[str, Any]:
    """The take's row; Refused unless it is drawn, since only what can be seen can be judged.

    A take of an open trial does not exist before its whole pair is drawn: a worker draws one version's takes together,
    so that whoever could ask which are drawn by now could tell the two versions apart.
    """
    from feedback.production.takes import get_take

    take = get_take(studio, take_id)
    if take["hidden"] and studio.value(_HALF_DRAWN, {"take": take_id}):
        raise NotFound(f"no take {take_id}")
    if take["state"] != "done":
        raise Refused(f"take {take_id} is {take['state']}; only a take that is done can be judged")
    return take
