"""Judgements arrive with a uid made by the client, so that sending one again is always safe: it is stored once."""

from __future__ import annotations

from typing import Any

from feedback.clock import now
from feedback.errors import Conflict, Invalid
from feedback.fields import shown
from feedback.store import Studio

LONGEST_UID = 128


def store_once(studio: Studio, table: str, uid: str, row: dict[str, Any], **extra: Any) -> tuple[Any, bool]:
    """Inserts a judgement, inside the caller's transaction; returns its row and whether it is new.

    `row` is what the client sent. When the uid is in the table already, the same content gives the same row, and other
    content is a Conflict. `extra` is what the server adds (which trial, which row it supersedes).
    """
    check_uid(uid)
    with studio.writing() as db:
        stored = studio.row(f"SELECT * FROM {table} WHERE uid = ?", (uid,))
        if stored is None:
            db.table(table).insert({"uid": uid, **row, **extra, "created": now()})
            return studio.row(f"SELECT * FROM {table} WHERE uid = ?", (uid,)), True
    if any(stored[name] != value for name, value in row.items()):
        raise Conflict(f"uid {uid!r} was used before with other content; make a new uid for a new judgement")
    return stored, False


def check_uid(uid: str) -> None:
    """Invalid unless a client may have made it."""
    # Not cleaned as other texts are: two uids must not become one.
    if not uid or len(uid) > LONGEST_UID or not uid.isprintable():
        raise Invalid(f"uid {shown(uid)} must have 1 to {LONGEST_UID} printable characters, made by the client")


def is_stored(studio: Studio, table: str, uid: str) -> bool:
    """Whether a judgement with this uid is in the table."""
    check_uid(uid)
    return studio.value(f"SELECT 1 FROM {table} WHERE uid = ?", (uid,)) is not None
