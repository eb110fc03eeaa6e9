"""What a base model was trained to draw, where that is less than its family can: `limits.json` in the model's folder.

A studio that trained its model on one size puts the file there, and briefs for other sizes are refused with one line
instead of being drawn badly:

    {"kinds": ["still"], "smallest_side": 512, "largest_side": 1024}
    {"shapes": [{"kind": "still", "width": 256, "height": 256, "frames": 1},
                {"kind": "clip", "width": 128, "height": 128, "frames": 17}]}
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from feedback.errors import Invalid
from feedback.fields import shown

FILE = "limits.json"


@dataclass(frozen=True)
class Shape:
    """One kind of take in the one size that it was trained in."""

    kind: str
    """still or clip."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    frames: int
    """1 for a still."""

    def __str__(self) -> str:
        return f"{self.kind} of {self.width}x{self.height}" + (f", {self.frames} frames" if self.kind == "clip" else "")


@dataclass(frozen=True)
class Limits:
    """Every field may be left out of the file; what is left out is not limited."""

    kinds: tuple[str, ...] = ("still", "clip")
    """What it was trained to draw."""
    smallest_side: int = 1
    """Fewest pixels of width and of height."""
    largest_side: int = 1_000_000
    """Most pixels of width and of height."""
    shapes: tuple[Shape, ...] = ()
    """The only kinds and sizes there are, where it was trained on a few."""


def read_limits(folder: Path) -> Limits:
    """The limits of a model folder, none where there is no file; Invalid for a file that says something else."""
    path = folder / FILE
    if not path.is_file():
        return Limits()
    try:
        said = json.loads(path.read_text())
        unknown = set(said) - {field.name for field in fields(Limits)}
        shapes = tuple(Shape(**shape) for shape in ([] if unknown else said.get("shapes", [])))
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"{path} is not a JSON object of limits: {error}") from None
    if unknown:
        raise Invalid(f"{path} has unknown fields {', '.join(sorted(unknown))}")
    return Limits(**{**said, "kinds": tuple(said.get("kinds", Limits.kinds)), "shapes": shapes})


def check_limits(limits: Limits, brief: dict[str, Any]) -> None:
    """Invalid when the brief asks for what this model was never trained to draw."""
    if brief["kind"] not in limits.kinds:
        raise Invalid(f"kind {shown(brief['kind'])} cannot be drawn by this model: use {' or '.join(limits.kinds)}")
    for side in ("width", "height"):
        if not limits.smallest_side <= brief[side] <= limits.largest_side:
            span = f"{limits.smallest_side} to {limits.largest_side}"
            raise Invalid(f"{side} {shown(brief[side])} cannot be drawn by this model: use {span} pixels")
    if limits.shapes:
        check_shape(limits.shapes, brief)


def check_shape(shapes: tuple[Shape, ...], brief: dict[str, Any]) -> None:
    asked = Shape(**{field.name: brief[field.name] for field in fields(Shape)})
    if asked not in shapes:
        raise Invalid(
            f"a {asked} cannot be drawn by this model: the nearest it can is a {nearest_shape(shapes, asked)}"
        )


def nearest_shape(shapes: tuple[Shape, ...], asked: Shape) -> Shape:
    """Of the same kind where there is one; then the nearest in pixels a side, then in frames."""

    def distance(shape: Shape) -> tuple[bool, int, int]:
        sides = abs(shape.width - asked.width) + abs(shape.height - asked.height)
        return shape.kind != asked.kind, sides, abs(shape.frames - asked.frames)

    return min(shapes, key=distance)


def write_limits(folder: Path, limits: Limits) -> None:
    """limits.json, to be read by `read_limits`."""
    (folder / FILE).write_text(json.dumps(asdict(limits), indent=2) + "\n")
