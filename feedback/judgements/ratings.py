"""Stars: one person's 1 to 5 on one take. A new rating supersedes the person's old one; 0 takes it back."""

from __future__ import annotations

from typing import TypedDict

from feedback.errors import Invalid
from feedback.fields import shown
from feedback.judgements import idempotency
from feedback.production.takes import get_judgeable_take
from feedback.store import Studio


class Rating(TypedDict):
    id: int
    uid: str
    person: int
    take: int
    stars: int  # 1 to 5
    taken_back: int  # 1: there are no stars any more, whatever `stars` says
    supersedes: int | None
    created: str


def rate_take(studio: Studio, person_id: int, uid: str, take: int, stars: int) -> tuple[Rating, bool]:
    """Keeps stars, or with 0 takes them back; returns the row and whether it is new."""
    if type(stars) is not int or not 0 <= stars <= 5:
        raise Invalid(f"{shown(stars)} stars; give 1 to 5, or 0 to take them back")
    get_judgeable_take(studio, take)
    with studio.writing():
        before = None
        if not idempotency.is_stored(studio, "ratings", uid):
            before = studio.value("SELECT max(id) FROM ratings WHERE person = ? AND take = ?", (person_id, take))
        row = {"person": person_id, "take": take, "stars": max(stars, 1), "taken_back": int(stars == 0)}
        return idempotency.store_once(studio, "ratings", uid, row, supersedes=before)
