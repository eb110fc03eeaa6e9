"""What a circled take is for: a temp (a placeholder that the film will not show) or the final picture."""

from __future__ import annotations

from typing import Literal, TypedDict

from feedback.clock import now
from feedback.errors import Conflict, Forbidden, Invalid, NotFound
from feedback.fields import shown
from feedback.store import Studio, audit_log

TEMP, FINAL = "temp", "final"
USES = (TEMP, FINAL)
Use = Literal["temp", "final"]

_LAST = "SELECT * FROM intended_uses WHERE take = ? ORDER BY id DESC LIMIT 1"
_OF_PERSON = "SELECT name, role FROM people WHERE id = ? AND disabled IS NULL"


class IntendedUse(TypedDict):
    id: int
    uid: str
    take: int
    intended_use: Use
    person: int
    created: str


def intended_use_of(studio: Studio, take: int) -> IntendedUse | None:
    """What was decided last; None: nobody has."""
    row = studio.row(_LAST, (take,))
    return IntendedUse(**row) if row else None  # type: ignore[typeddict-item]


def set_intended_use(studio: Studio, person: int, uid: str, take: int, use: str) -> IntendedUse:
    """A supervisor's decision, kept as a row of its own; the same uid again gives the same row.

    Invalid: no such use. Forbidden below supervisor. Conflict: the uid was used for something else.
    """
    if use not in USES:
        raise Invalid(f"intended use {shown(use)}: give {TEMP} or {FINAL}")
    who = studio.row(_OF_PERSON, (person,))
    if who is None or who["role"] not in ("supervisor", "admin"):
        raise Forbidden(f"{who['name'] if who else 'this person'} may not: only a supervisor says what a take is for")
    row = {"uid": uid, "take": take, "intended_use": use, "person": person}
    with studio.writing() as db:
        if studio.value("SELECT 1 FROM takes WHERE id = ?", (take,)) is None:
            raise NotFound(f"no take {take}")
        stored = studio.row("SELECT * FROM intended_uses WHERE uid = ?", (uid,))
        if stored is None:
            db.table("intended_uses").insert({**row, "created": now()})
            audit_log.record(studio, who["name"], "take.intended_use", str(take), {"use": use})
            stored = studio.row("SELECT * FROM intended_uses WHERE uid = ?", (uid,)) or {}
    if any(stored[name] != value for name, value in row.items()):
        raise Conflict(f"uid {uid!r} was used before with other content; make a new uid")
    return IntendedUse(**stored)  # type: ignore[typeddict-item]


def intended_uses(studio: Studio, project: str) -> dict[int, Use]:
    """Of the takes of a project (code) that have one."""
    question = """SELECT u.take, u.intended_use FROM intended_uses u JOIN takes t ON t.id = u.take
        JOIN projects p ON p.id = t.project WHERE p.code = ? ORDER BY u.id"""
    return {row["take"]: row["intended_use"] for row in studio.rows(question, (project,))}
