"""What one person decided: their verdicts that count today, those on pairs of open trials among them."""

from __future__ import annotations

from typing import TypedDict, cast

from feedback.people.project_members import VISIBLE_PROJECTS
from feedback.store import Studio

_OWN = f"""
FROM current_ballots b JOIN takes t ON t.id = b."left" JOIN briefs f ON f.id = t.brief
    JOIN shots s ON s.id = f.shot JOIN projects p ON p.id = s.project
WHERE b.person = :person AND b.verdict <> 'skip' AND b.doubt IS NULL AND p.id IN {VISIBLE_PROJECTS}
    AND (:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot)
    AND (:session IS NULL OR (b."left" IN (SELECT take FROM review_session_takes WHERE session = :session)
        AND b."right" IN (SELECT take FROM review_session_takes WHERE session = :session)))
"""


class OwnVerdict(TypedDict):
    ballot: int
    left: int  # takes, on the sides on which they were seen
    right: int
    verdict: str
    brief: int
    project: str
    shot: str


def list_own(
    studio: Studio,
    person: int,
    project: str | None = None,
    shot: str | None = None,
    session: int | None = None,
    *,
    before: int | None = None,
    count: int = 48,
) -> list[OwnVerdict]:
    """The last first, of a project or shot (codes) or a review session (id); `before`: only ballots with smaller ids."""
    scope = {"person": person, "project": project, "shot": shot, "session": session, "before": before, "count": count}
    rows = studio.rows(
        f'SELECT b.id AS ballot, b."left", b."right", b.verdict, t.brief, p.code AS project, s.code AS shot {_OWN}'
        " AND (:before IS NULL OR b.id < :before) ORDER BY b.id DESC LIMIT :count",
        scope,
    )
    return cast(list[OwnVerdict], rows)


def count_own(
    studio: Studio, person: int, project: str | None = None, shot: str | None = None, session: int | None = None
) -> dict[str, int]:
    """How many of each verdict."""
    scope = {"person": person, "project": project, "shot": shot, "session": session}
    return dict(studio.tuples(f"SELECT b.verdict, count(*) {_OWN} GROUP BY b.verdict", scope))
