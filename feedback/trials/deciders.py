"""Who decides about versions and trials: a supervisor or an admin, whoever has the command line, or the night."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.errors import Forbidden, Invalid, NotFound
from feedback.fields import check_text
from feedback.people.accounts import at_least, find_person
from feedback.store import Studio
from feedback.trials.counting import PEOPLE

LONGEST_REASON = 2000
COMMAND_LINE = "command line"  # written down where nobody signed in
AUTOMATIC = "studio"  # where no person decides


@dataclass(frozen=True)
class PromotionRule:
    """Who puts a proven candidate into production."""

    automatic: bool = False  # the night does; otherwise it waits for a person
    people: int = (
        PEOPLE  # who must have judged before the night may: by itself the studio trusts nobody alone, and no two
    )


BY_HAND = PromotionRule()


def check_may_decide(studio: Studio, person: int | None) -> None:
    """Raises Forbidden below supervisor, NotFound for a disabled person; None, who has the command line, may decide."""
    if person is None:
        return
    row = find_person(studio, person)
    if row is None or row["disabled"]:
        raise NotFound(f"person {person} does not exist or is disabled")
    if not at_least(row, "supervisor"):
        raise Forbidden(f"{row['name']} is a {row['role']}: only supervisors and admins decide about versions")


def decider_name(studio: Studio, person: int | None, otherwise: str = COMMAND_LINE) -> str:
    """The name that the record keeps for a people id, or `otherwise` for None."""
    return otherwise if person is None else str(studio.value("SELECT name FROM people WHERE id = ?", (person,)))


def require_reason(reason: str | None, decision: str) -> str:
    """The reason as the record keeps it; Invalid, naming the decision, when there is none."""
    text = clean_reason(reason)
    if text is None:
        raise Invalid(f"{decision} needs a reason for the record: write why (on the command line --reason TEXT)")
    return text


def clean_reason(reason: str | None) -> str | None:
    """The reason without what cannot be printed; None where none was given."""
    return check_text("reason", reason, LONGEST_REASON) or None
