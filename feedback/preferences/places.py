"""Places: where on a take, and in which of its frames, people pointed as they wrote about it.

A note says what is right or wrong with a take whatever it is compared with. So it counts for each pair that its writer
judged and the take is in, whenever it was written, as long as it was not taken back.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any, TypedDict

from feedback.store import Studio

POINTING = """
SELECT n.id, n.person, n.take, n.region, n.frame_in, n.frame_out, m.frames
FROM current_notes n JOIN takes t ON t.id = n.take JOIN media m ON m.sha256 = t.media
WHERE n.region IS NOT NULL OR (n.frame_in IS NOT NULL AND m.frames > 1)
ORDER BY n.id
"""
WHOLE = [0.0, 0.0, 1.0, 1.0]
DIGITS = 6


class Place(TypedDict):
    """Part of a take."""

    note: int
    person: int
    take: int
    box: list[float]  # x, y, width and height from the top left, shares of the frame; around what was drawn freehand
    span: list[float]  # where its frames begin and end, shares of the take's length


def pointed_places(studio: Studio, takes: Collection[int]) -> list[Place]:
    """Of these takes, in the order of the notes. A note on the whole of a take is none."""
    return [place_of(row) for row in studio.rows(POINTING) if row["take"] in takes]


def place_of(row: dict[str, Any]) -> Place:
    """Of a row of POINTING."""
    region = json.loads(row["region"]) if row["region"] else None
    span = [0.0, 1.0]
    if row["frame_in"] is not None:
        span = [round(frame / row["frames"], DIGITS) for frame in (row["frame_in"], row["frame_out"] + 1)]
    box = [region[side] for side in ("x", "y", "w", "h")] if region else list(WHOLE)
    return {"note": row["id"], "person": row["person"], "take": row["take"], "box": box, "span": span}


def places_that_count(places: Iterable[Place], judged: Collection[tuple[int, int]]) -> list[Place]:
    """Those of people on takes that they judged; `judged`: (people id, take)."""
    return [place for place in places if (place["person"], place["take"]) in judged]
