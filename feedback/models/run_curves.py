"""The curves of a run: a line of JSON for each step at which something was measured, in the run's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TypedDict

from feedback.clock import now
from feedback.json_lines import json_line, lines_of

FILE = "curves.jsonl"
MOST_POINTS = 400  # of a curve that is shown
RECENT = 20  # points that tell how long a step takes


class Point(TypedDict):
    """What was measured at a step."""

    time: str  # UTC
    sitting: str  # when the process began to train: a run that was interrupted has several
    step: int
    steps: int  # at most
    values: dict[str, float]


class Curve(TypedDict):
    name: str
    points: list[tuple[int, float]]  # (step, value), in the order of steps


def add_point(folder: Path, sitting: str, step: int, steps: int, values: Mapping[str, float]) -> None:
    """In one write, so that a process that is killed leaves whole lines."""
    point = Point(time=now(), sitting=sitting, step=step, steps=steps, values=dict(values))
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(json_line(point))


def read_points(folder: Path) -> list[Point]:
    """In the order in which they were written; none before there are any. A line that was cut off is left out."""
    path, points = folder / FILE, []
    if path.is_file():
        for line in lines_of(path):
            with suppress(ValueError):
                points.append(json.loads(line))
    return points


def curves_of(points: list[Point]) -> list[Curve]:
    """By what was measured, in the order in which it first was. Of a step that was taken twice the last time counts."""
    by_name: dict[str, dict[int, float]] = {}
    for point in points:
        for name, value in point["values"].items():
            by_name.setdefault(name, {})[point["step"]] = value
    return [Curve(name=name, points=thinned(sorted(values.items()))) for name, values in by_name.items()]


def thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most MOST_POINTS of them, evenly, with the last one."""
    every = -(-len(points) // MOST_POINTS)
    return points[::-1][:: max(1, every)][::-1]


def seconds_left(points: list[Point]) -> float | None:
    """Of training, by how long the last steps of this sitting took; None before that is known, 0 at the last step."""
    if not points:
        return None
    last = points[-1]
    recent = [point for point in points[-RECENT:] if point["sitting"] == last["sitting"]]
    taken = [
        (seconds_since(before, after) / (after["step"] - before["step"]))
        for before, after in pairwise(recent)
        if after["step"] > before["step"]
    ]
    return median(taken) * (last["steps"] - last["step"]) if taken else None


def seconds_since(before: Point, after: Point) -> float:
    return (datetime.fromisoformat(after["time"]) - datetime.fromisoformat(before["time"])).total_seconds()
