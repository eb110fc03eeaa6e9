"""What of the library may be learned from today, and what stands in the way of the rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

from feedback.library.titles import get_title
from feedback.production.projects import get_project
from feedback.rights.checks import missing_for_items
from feedback.store import Studio

FASTEST = 60  # frames a second of kept clips


class LearnableItem(TypedDict):
    """A frame or a clip."""

    id: int
    title: str
    caption: str  # empty where nobody described it
    kind: str  # still or clip
    media: str  # sha256
    width: int  # pixels
    height: int
    frames: int
    fps: float  # of a clip, about
    file: int
    shot: int  # of the file


@dataclass(frozen=True)
class Learnable:
    """What may be learned from, and why the rest may not."""

    items: list[LearnableItem]  # by id
    left_out: Counter[str]  # how many items, by what is missing; one that lacks two things is counted at the first


ITEMS = """
SELECT i.id, t.name AS title, i.caption, i.kind, i.media, m.width, m.height, m.frames, i.file, i.shot,
    min(coalesce(f.fps_num * 1.0 / nullif(f.fps_den, 0), 24.0), :fastest) AS fps
FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title JOIN media m ON m.sha256 = i.media
WHERE :titles IS NULL OR t.id IN (SELECT value FROM json_each(:titles))
ORDER BY i.id
"""


def items_to_learn_from(studio: Studio, titles: Sequence[str] | None, project: str | None) -> Learnable:
    """Those that are not excluded, and whose licence and people allow training in a project (code), or for the whole studio.

    `titles`: those that alone count. NotFound: no such title or project.
    """
    chosen = None if titles is None else json.dumps([get_title(studio, title)["id"] for title in titles])
    rows = cast(list[LearnableItem], studio.rows(ITEMS, {"titles": chosen, "fastest": FASTEST}))
    number = None if project is None else get_project(studio, project)["id"]
    missing = missing_for_items(studio, [row["id"] for row in rows], number) if rows else {}
    items = [row for row in rows if row["id"] not in missing]
    return Learnable(items, Counter(lines[0] for lines in missing.values()))


def describe_left_out(left_out: dict[str, int]) -> list[str]:
    """A line for each reason, the most frequent first."""
    ranked = sorted(left_out.items(), key=lambda each: (-each[1], each[0]))
    return [f"left out: {count} of the library, since {reason}" for reason, count in ranked]


def is_empty(studio: Studio) -> bool:
    """Whether nothing was ever added to the library."""
    return studio.value("SELECT 1 FROM library_items LIMIT 1") is None
