"""Browsing the library: by words of captions, title, licence, person, kind, and whether excluded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from feedback.errors import Invalid
from feedback.fields import shown
from feedback.library.items import CLIP, ITEM, STILL, Item, item_of
from feedback.store import Studio

STATES = ("included", "excluded", "all")
KINDS = ("", STILL, CLIP)
MOST = 200  # items of one answer


@dataclass(frozen=True)
class Filter:
    """Which items; what is empty does not count."""

    text: str = ""  # words that are all in the caption, the file's name or the reason
    title: str = ""
    licence: str = ""
    person: str = ""
    kind: str = ""  # still or clip
    state: str = "included"  # one of STATES
    file: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Invalid(f"no kind {shown(self.kind)}; give {STILL} or {CLIP}")
        if self.state not in STATES:
            raise Invalid(f"no state {shown(self.state)}; give one of {', '.join(STATES)}")


WHERE = """
WHERE (:title = '' OR t.name = :title) AND (:licence = '' OR l.name = :licence) AND (:kind = '' OR i.kind = :kind)
AND (:file IS NULL OR i.file = :file)
AND (:state = 'all' OR (i.excluded IS NULL) = (:state = 'included'))
AND (:person = '' OR EXISTS (
    SELECT 1 FROM contributors c WHERE c.name = :person AND (
        EXISTS (SELECT 1 FROM item_contributors w WHERE w.item = i.id AND w.contributor = c.id)
        OR EXISTS (SELECT 1 FROM title_contributors w WHERE w.title = t.id AND w.contributor = c.id))))
AND NOT EXISTS (SELECT 1 FROM json_each(:words) WHERE
    i.caption NOT LIKE value ESCAPE '\\' AND f.path NOT LIKE value ESCAPE '\\' AND COALESCE(i.reason, '') NOT LIKE value ESCAPE '\\')
"""
FROM = (
    "FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title"
    " JOIN licences l ON l.id = t.licence"
)


def parameters(which: Filter) -> dict[str, Any]:
    return {**vars(which), "words": json.dumps([f"%{escape(word)}%" for word in which.text.split()])}


def escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def list_items(studio: Studio, which: Filter, offset: int = 0, limit: int = MOST) -> list[Item]:
    """In the order of titles, files and frames; at most MOST of them."""
    sql = f"{ITEM} {WHERE} ORDER BY t.name, i.file, i.frame_in, i.kind LIMIT :limit OFFSET :offset"
    bounds = {"limit": min(max(limit, 0), MOST), "offset": max(offset, 0)}
    return [item_of(row) for row in studio.rows(sql, {**parameters(which), **bounds})]


def count_items(studio: Studio, which: Filter) -> int:
    return int(studio.value(f"SELECT COUNT(*) {FROM} {WHERE}", parameters(which)))


def ids_of(studio: Studio, which: Filter) -> list[int]:
    """All of them."""
    return [row["id"] for row in studio.rows(f"SELECT i.id {FROM} {WHERE} ORDER BY i.id", parameters(which))]


def choices(studio: Studio) -> dict[str, list[str]]:
    """What can be chosen by: titles, licences and people of what is in the library."""
    people = (
        "SELECT c.name FROM contributors c WHERE c.id IN (SELECT contributor FROM item_contributors)"
        " OR c.id IN (SELECT contributor FROM title_contributors) ORDER BY c.name"
    )
    questions = {
        "titles": "SELECT name FROM titles ORDER BY name",
        "licences": "SELECT DISTINCT l.name FROM titles t JOIN licences l ON l.id = t.licence ORDER BY l.name",
        "people": people,
    }
    return {name: [row["name"] for row in studio.rows(sql)] for name, sql in questions.items()}
