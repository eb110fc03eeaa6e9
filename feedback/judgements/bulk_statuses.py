"""One status for many takes: each take gets it or is refused by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlite_utils

from feedback.errors import Refused
from feedback.judgements.statuses import Status, set_status
from feedback.people.accounts import Person
from feedback.store import Studio

AT_ONCE = 50  # takes in one transaction: others who judge wait for its end


def set_statuses(
    studio: Studio, person: Person, status: str, takes: Sequence[tuple[str, int]]
) -> list[tuple[Status, bool] | Refused]:
    """For each (uid, take) what `set_status` gives, or why it was refused, in their order.

    What is refused leaves nothing behind, and does not keep the others back. Sending it all again is safe.
    """
    outcomes: list[tuple[Status, bool] | Refused] = []
    for first in range(0, len(takes), AT_ONCE):
        with studio.writing() as db:
            outcomes += [set_one(studio, db, person, uid, take, status) for uid, take in takes[first : first + AT_ONCE]]
    return outcomes


def set_one(
    studio: Studio, db: sqlite_utils.Database, person: Person, uid: str, take: int, status: str
) -> tuple[Status, bool] | Refused:
    try:
        with savepoint(db):
            return set_status(studio, person, uid, take, status)
    except Refused as refusal:
        return refusal


@contextmanager
def savepoint(db: sqlite_utils.Database) -> Iterator[None]:
    """A part of a transaction that is undone alone (https://sqlite.org/lang_savepoint.html)."""
    db.execute("SAVEPOINT one_take")
    try:
        yield
    except BaseException:
        if db.conn.in_transaction:  # a full disk ends the whole transaction by itself
            db.execute("ROLLBACK TO one_take")
            db.execute("RELEASE one_take")
        raise
    db.execute("RELEASE one_take")
