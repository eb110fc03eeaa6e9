"""What became of one take, and by whom: its steps on the ladder, its stars, and where it stood in the cut."""

from __future__ import annotations

from typing import TypedDict, cast

from feedback.store import Studio


class StatusStep(TypedDict):
    person: str
    status: str
    created: str


class Stars(TypedDict):
    person: str
    stars: int
    created: str


class Place(TypedDict):
    person: str
    frame_in: int
    frame_out: int
    position: int
    removed: int  # 1: it left the cut
    created: str


def list_statuses(studio: Studio, take: int) -> list[StatusStep]:
    """Oldest first."""
    query = (
        "SELECT p.name AS person, s.status, s.created FROM statuses s JOIN people p ON p.id = s.person"
        " WHERE s.take = ? ORDER BY s.id"
    )
    return cast(list[StatusStep], studio.rows(query, (take,)))


def list_stars(studio: Studio, take: int) -> list[Stars]:
    """Those that count today, by name."""
    query = (
        "SELECT p.name AS person, r.stars, r.created FROM current_ratings r JOIN people p ON p.id = r.person"
        " WHERE r.take = ? ORDER BY p.name"
    )
    return cast(list[Stars], studio.rows(query, (take,)))


def stars_of(studio: Studio, take: int, person_id: int) -> int:
    """The person's own stars, 0 for none."""
    return studio.value("SELECT stars FROM current_ratings WHERE take = ? AND person = ?", (take, person_id)) or 0


def list_places(studio: Studio, take: int) -> list[Place]:
    """Oldest first."""
    query = (
        "SELECT p.name AS person, s.frame_in, s.frame_out, s.position, s.removed, s.created FROM selects s"
        " JOIN people p ON p.id = s.person WHERE s.take = ? ORDER BY s.id"
    )
    return cast(list[Place], studio.rows(query, (take,)))
