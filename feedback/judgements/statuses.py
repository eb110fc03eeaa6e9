"""The status of a take: wip, needs_retake, approved, circled, or discarded, which is off the ladder.

Circling is a supervisor's, and places a select. A discarded take is left out of boards until somebody looks for it, and of
pairs, rankings and new review sessions; what people judged of it stays in the record and counts. Pairs of open trials are
dealt all the same: whoever discards a take must not choose which pairs decide a trial.
"""

from __future__ import annotations

from typing import TypedDict

from feedback.errors import Forbidden, Invalid
from feedback.fields import shown
from feedback.judgements import idempotency, selects
from feedback.people.accounts import Person, at_least
from feedback.production.takes import get_judgeable_take
from feedback.store import Studio, audit_log

DISCARDED = "discarded"
STATUSES = ("wip", "needs_retake", "approved", "circled", DISCARDED)


class Status(TypedDict):
    id: int
    uid: str
    person: int
    take: int
    status: str  # one of STATUSES
    created: str


def status_of(studio: Studio, take: int) -> str:
    """The take's status today; a take nobody has touched is wip."""
    return studio.value("SELECT status FROM statuses WHERE take = ? ORDER BY id DESC LIMIT 1", (take,)) or "wip"


def set_status(studio: Studio, person: Person, uid: str, take: int, status: str) -> tuple[Status, bool]:
    """Moves a take on the ladder; circled adds it to its shot's selects, leaving circled takes it out again."""
    if status not in STATUSES:
        raise Invalid(f"no status {shown(status)}; one of {', '.join(STATUSES)}")
    judged = get_judgeable_take(studio, take)
    with studio.writing():
        before = status_of(studio, take)
        # A retry of what is stored already succeeds, whatever the take's status is by now.
        is_new = not idempotency.is_stored(studio, "statuses", uid)
        if is_new and "circled" in (status, before) and not at_least(person, "supervisor"):
            raise Forbidden(f"{person['name']} is {person['role']}; only a supervisor circles a take or takes it back")
        row, created = idempotency.store_once(
            studio, "statuses", uid, {"person": person["id"], "take": take, "status": status}
        )
        if created and status != before:
            if status == "circled":
                selects.place_circled(studio, person["id"], judged)
            elif before == "circled":
                selects.remove_circled(studio, person["id"], judged)
            audit_log.record(studio, person["name"], "take.status", str(take), {"from": before, "to": status})
    return row, created
