"""How much a signed-in person may ask of the queue. The command line, trials and nights have no limits."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.errors import Invalid, LimitReached
from feedback.store import Studio

_OF_PERSON = (
    "SELECT count(*) FROM takes INDEXED BY takes_waiting_of WHERE queued_by = ? AND state IN ('queued', 'leased')"
)
_OF_PROJECT = """
SELECT coalesce(sum(number), 0) FROM project_take_counts WHERE state IN ('queued', 'leased')
    AND project = (SELECT s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id = ?)
"""


@dataclass(frozen=True)
class QueueLimits:
    # Takes that one person has queued and that are not drawn yet.
    per_person: int = 1000
    # The same of one project, whoever queued them.
    per_project: int = 10_000
    # Denoising steps of a brief.
    steps: int = 250


def check_steps(limits: QueueLimits, steps: int) -> None:
    """Invalid when a brief has more steps than people may ask for; inside the transaction that writes it."""
    if steps > limits.steps:
        raise Invalid(f"steps {steps} is above {limits.steps}, the most that this studio draws (CIRCLETAKE_MOST_STEPS)")


def check_queue(studio: Studio, limits: QueueLimits, person: int, brief: int, count: int) -> None:
    """LimitReached when `count` more takes of a brief would be too many; inside the transaction that queues them."""
    for waiting, most, whose in (
        (studio.value(_OF_PERSON, (person,)), limits.per_person, "you have"),
        (studio.value(_OF_PROJECT, (brief,)), limits.per_project, "this project has"),
    ):
        if waiting + count > most:
            raise LimitReached(
                f"{whose} {waiting} takes that are not drawn yet, and {count} more would be above {most}: "
                "wait, cancel some, or ask for fewer"
            )
