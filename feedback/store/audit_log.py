"""The audit log: each row carries the hash of the one before, so that an edited or removed row is seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from feedback.clock import now
from feedback.errors import Refused
from feedback.store.connection import Studio

FIRST_HASH = "0" * 64


class Event(TypedDict):
    id: int
    at: str
    actor: str
    action: str  # such as "version.promote"
    subject: str
    detail: str  # JSON
    previous_hash: str
    hash: str  # of all other columns but the id


def _hash_of(row: Mapping[str, Any]) -> str:
    parts = [row[name] for name in ("previous_hash", "at", "actor", "action", "subject", "detail")]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def record(studio: Studio, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None) -> int:
    """Appends an event inside the caller's transaction (or one of its own); returns its id."""
    with studio.writing() as db:
        last = studio.value("SELECT hash FROM events ORDER BY id DESC LIMIT 1") or FIRST_HASH
        text = json.dumps(detail or {}, sort_keys=True, ensure_ascii=False)
        row = {"at": now(), "actor": actor, "action": action, "subject": subject, "detail": text, "previous_hash": last}
        return int(db.table("events").insert({**row, "hash": _hash_of(row)}).last_pk or 0)


def list_events(studio: Studio) -> list[Event]:
    """Oldest first."""
    return cast(list[Event], studio.rows("SELECT * FROM events ORDER BY id"))


def verify(studio: Studio) -> int:
    """Rows checked; Refused names the first row whose hash does not follow from the one before."""
    previous, count = FIRST_HASH, 0
    for row in list_events(studio):
        if row["previous_hash"] != previous or row["hash"] != _hash_of(row):
            raise Refused(f"event {row['id']} ({row['action']} {row['subject']}) was changed, or one before it removed")
        previous, count = row["hash"], count + 1
    return count
