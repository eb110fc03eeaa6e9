"""Stars: one person's 1 to 5 on one take. A new rating supersedes the person's old one."""

from __future__ import annotations

from typing import Any

from feedback.errors import Invalid
from feedback.fields import shown
from feedback.judgements import idempotency
from feedback.store import Studio


def rate_take(studio: Studio, person_id: int, uid: str, take: int, stars: int) -> tuple[dict[str, Any], bool]:
    """Keeps stars; returns the row and whether it is new."""
    if type(stars) is not int or not 1 <= stars <= 5:
        raise Invalid(f"{shown(stars)} stars; give 1 to 5")
    idempotency.check_done(studio, take)
    with studio.writing():
        before = None
        if not idempotency.known(studio, "ratings", uid):
            before = studio.value("SELECT id FROM current_ratings WHERE person = ? AND take = ?", (person_id, take))
        said = {"person": person_id, "take": take, "stars": stars}
        return idempotency.keep(studio, "ratings", uid, said, supersedes=before)
