"""Who decided what of takes, and when: statuses, places in the cut, what they are for."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TypedDict, cast

from feedback.store import Studio

APPROVING = ("approved", "circled")

_DECISIONS = """
SELECT s.take, p.name AS person, p.role, 'status' AS kind, s.status AS value, s.created
FROM statuses s JOIN people p ON p.id = s.person WHERE s.take IN (SELECT value FROM json_each(:takes))
UNION ALL
SELECT s.take, p.name, p.role, 'select', CASE WHEN s.removed THEN 'out of the cut'
    ELSE 'place ' || s.position || ', frames ' || s.frame_in || '-' || s.frame_out END, s.created
FROM selects s JOIN people p ON p.id = s.person WHERE s.take IN (SELECT value FROM json_each(:takes))
UNION ALL
SELECT u.take, p.name, p.role, 'intended use', u.intended_use, u.created
FROM intended_uses u JOIN people p ON p.id = u.person WHERE u.take IN (SELECT value FROM json_each(:takes))
ORDER BY 1, 6
"""


class Decision(TypedDict):
    person: str
    role: str  # of today
    kind: str  # status, select or intended use
    value: str
    created: str


def decisions_of(studio: Studio, takes: Collection[int]) -> dict[int, list[Decision]]:
    """By take, oldest first."""
    decisions: dict[int, list[Decision]] = {take: [] for take in takes}
    for row in studio.rows(_DECISIONS, {"takes": json.dumps(list(takes))}):
        decisions[row.pop("take")].append(cast(Decision, row))
    return decisions


def newest(decisions: list[Decision], kind: str) -> Decision | None:
    return next((each for each in reversed(decisions) if each["kind"] == kind), None)


def approval_of(decisions: list[Decision]) -> Decision | None:
    """The status that holds, where it approves and whoever gave it is a supervisor or admin; else None."""
    status = newest(decisions, "status")
    if status is None or status["value"] not in APPROVING:
        return None
    return status if status["role"] in ("supervisor", "admin") else None
