"""Which points a run measures: one, or a curve of them, for each learner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.house_style.setting import PAIRINGS, Learner, Point
from benchmarks.synthetic.oracles import BUILT_IN
from feedback.errors import Invalid
from finetune.recipe import METHODS

Value = float | str

CURVES: dict[str, tuple[Value, ...]] = {
    "pairs": (50, 100, 200, 500, 1000, 2000),
    "flips": (0.0, 0.1, 0.2, 0.3),
    "nights": (1, 2, 3, 4, 5),
    "methods": METHODS,
    "tastes": BUILT_IN,
}
PAIRS = 500
PAIRS_A_NIGHT = 100


def points_of(
    start: Point, learners: Sequence[Learner], curve: str | None, values: Sequence[Value] | None = None
) -> list[Point]:
    """All learners at one value of the curve before the next value."""
    if curve is None:
        return [replace(start, learner=learner) for learner in learners]
    places = CURVES[curve] if values is None else values
    points = [place(replace(start, learner=learner), curve, value) for value in places for learner in learners]
    return list({point.key: point for point in points}.values())


def deal_both(points: Sequence[Point]) -> list[Point]:
    """Each point with random pairs, and beside it with active ones."""
    return [
        replace(
            point,
            people=replace(point.people, pairing=pairing),
            learner=replace(point.learner, name=f"{point.learner.name}, {pairing} pairs"),
        )
        for point in points
        for pairing in PAIRINGS[1:]
    ]


def place(point: Point, curve: str, value: Value) -> Point:
    """The point moved to a value of the curve."""
    here = replace(point, curve=curve, x=value)
    if curve == "pairs":
        return replace(here, pairs=int(value))
    if curve == "flips":
        return replace(here, people=replace(here.people, flip=float(value)))
    if curve == "tastes":
        return replace(here, people=replace(here.people, taste=str(value)))
    if curve == "nights":
        return replace(here, night=int(value))
    return place_method(here, str(value))


def place_method(point: Point, method: str) -> Point:
    """The recipe with another loss. The plain opponent has one only, and stands on the curve once."""
    learner = point.learner
    if method not in METHODS:
        raise Invalid(f"no method {method!r}; one of {', '.join(METHODS)}")
    if learner.method == "plain":
        return replace(point, x=learner.name)
    name = method if learner.name == "default" else f"{learner.name} {method}"
    return replace(point, learner=replace(learner, name=name, values={**learner.values, "method": method}))
