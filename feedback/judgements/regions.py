"""Regions of a frame that notes are about: a box, or freehand strokes as points, all in shares of the frame, 0 to 1."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from feedback.errors import Invalid
from feedback.fields import check_number, shown

MOST_STROKES = 64
MOST_POINTS = 4000  # of all strokes of a note together
DIGITS = 6
THINNEST = 0.001  # of the frame: the box around a straight line has a height too
SIDES = ("x", "y", "w", "h")

Point = Sequence[float]


class Box(TypedDict):
    """From the top left."""

    x: float
    y: float
    w: float
    h: float


class Region(Box):
    """A box, or the one around what was drawn freehand."""

    strokes: NotRequired[list[list[Point]]]  # each a line through [x, y], [x, y], …


def check_region(region: Mapping[str, Any] | None) -> str | None:
    """The region as JSON, as the record keeps it. Invalid names what cannot be one."""
    if region is None:
        return None
    strokes = region.get("strokes")
    if strokes is None:
        return json.dumps(check_box(region))
    if any(region.get(side) is not None for side in SIDES):
        raise Invalid("region: give either a box (x, y, w, h) or strokes, not both")
    lines = check_strokes(strokes)
    return json.dumps({**box_around(lines), "strokes": lines})


def check_box(region: Mapping[str, Any]) -> dict[str, float]:
    box = {side: round(check_number(f"region {side}", region.get(side), 0, 1), DIGITS) for side in SIDES}
    inside = box["x"] + box["w"] <= 1.000001 and box["y"] + box["h"] <= 1.000001
    if not inside or not box["w"] or not box["h"]:
        raise Invalid(f"region {box} must lie inside the frame: x, y, w, h from 0 to 1, w and h above 0")
    return box


def check_strokes(strokes: Any) -> list[list[list[float]]]:
    if not isinstance(strokes, Sequence) or not 1 <= len(strokes) <= MOST_STROKES:
        raise Invalid(f"region strokes: give 1 to {MOST_STROKES} lines of points")
    if sum(len(stroke) for stroke in strokes) > MOST_POINTS or not all(len(stroke) for stroke in strokes):
        raise Invalid(f"region strokes: each has a point or more, and all together at most {MOST_POINTS}")
    return [[check_point(point) for point in stroke] for stroke in strokes]


def check_point(point: Any) -> list[float]:
    if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
        raise Invalid(f"region strokes: {shown(point)} is no point; give [x, y] from 0 to 1")
    return [round(check_number("region strokes", share, 0, 1), DIGITS) for share in point]


def box_around(strokes: Sequence[Sequence[Point]]) -> dict[str, float]:
    """The smallest box with all points in it, of some width and height, inside the frame."""
    points = [point for stroke in strokes for point in stroke]
    (x, w), (y, h) = (span([point[axis] for point in points]) for axis in (0, 1))
    return {"x": x, "y": y, "w": w, "h": h}


def span(places: Sequence[float]) -> tuple[float, float]:
    """(first, length) of what holds these places on one axis."""
    length = max(max(places) - min(places), THINNEST)
    return round(min(min(places), 1 - length), DIGITS), round(length, DIGITS)
