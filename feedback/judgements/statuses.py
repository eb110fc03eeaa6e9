"""The status ladder of a take: wip, needs_retake, approved, circled. Circling is a supervisor's, and places a select."""

from __future__ import annotations

from typing import Any

from feedback.errors import Forbidden, Invalid
from feedback.fields import shown
from feedback.judgements import idempotency, selects
from feedback.people.accounts import Person, at_least
from feedback.store import Studio, audit_log

STATUSES = ("wip", "needs_retake", "approved", "circled")


def status_of(studio: Studio, take: int) -> str:
    """The take's status today; a take nobody has touched is wip."""
    return studio.value("SELECT status FROM statuses WHERE take = ? ORDER BY id DESC LIMIT 1", (take,)) or "wip"


def set_status(studio: Studio, person: Person, uid: str, take: int, status: str) -> tuple[dict[str, Any], bool]:
    """Moves a take on the ladder; circled adds it to its shot's selects, leaving circled takes it out again."""
    if status not in STATUSES:
        raise Invalid(f"no status {shown(status)}; one of {', '.join(STATUSES)}")
    drawn = idempotency.check_done(studio, take)
    with studio.writing():
        before = status_of(studio, take)
        # A retry of what was kept already gets its receipt, whatever the take's status is by now.
        is_new = not idempotency.known(studio, "statuses", uid)
        if is_new and "circled" in (status, before) and not at_least(person, "supervisor"):
            raise Forbidden(f"{person['name']} is {person['role']}; only a supervisor circles a take or takes it back")
        row, created = idempotency.keep(
            studio, "statuses", uid, {"person": person["id"], "take": take, "status": status}
        )
        if created and status != before:
            if status == "circled":
                selects.place_circled(studio, person["id"], drawn)
            elif before == "circled":
                selects.remove_circled(studio, person["id"], drawn)
            audit_log.record(studio, person["name"], "take.status", str(take), {"from": before, "to": status})
    return row, created
