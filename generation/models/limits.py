"""What a base model was trained to draw, where that is less than its family can: `limits.json` in the model's folder.

A studio that trained its model on one size puts the file there, and briefs for other sizes are refused with one line
instead of being drawn badly:

    {"kinds": ["still"], "smallest_side": 512, "largest_side": 1024}
    {"shapes": [{"kind": "still", "width": 256, "height": 256, "frames": 1},
                {"kind": "clip", "width": 128, "height": 128, "frames": 17}]}
    {"usual_clip": {"width": 720, "height": 480, "frames": 49, "fps": 8}}
    {"usual_sampling": {"steps": 8, "guidance": 1}}
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from feedback.errors import Invalid
from feedback.fields import shown
from generation.families import registered_in
from generation.families.folder import UsualClip, UsualSampling

FILE = "limits.json"


@dataclass(frozen=True)
class Shape:
    """One kind of take in one size."""

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
    usual_side: int | None = None
    """Pixels of both sides where a brief names none; a folder that does not say has what its own configuration says."""
    usual_clip: UsualClip | None = None
    """Likewise of clips, and of stills unless there is a usual side."""
    usual_sampling: UsualSampling | None = None
    """Likewise of steps and guidance."""


def read_limits(folder: Path) -> Limits:
    """The limits of a model folder: those in its file, within what its family can draw at all.

    Invalid for a file that holds something else.
    """
    path = folder / FILE
    limits = limits_in(path) if path.is_file() else Limits()
    if not (folder / "model_index.json").is_file():
        return limits
    family = registered_in(folder)
    kinds = tuple(kind for kind in limits.kinds if kind in family.kinds)
    if not kinds:
        raise Invalid(
            f"{path} allows {' and '.join(limits.kinds)} only, and this model draws {' and '.join(family.kinds)}"
        )
    usual_clip = limits.usual_clip or (None if limits.shapes else family.usual_clip(folder))
    return replace(
        limits,
        kinds=kinds,
        usual_side=limits.usual_side or family.native_side(folder),
        usual_clip=usual_clip,
        usual_sampling=limits.usual_sampling or family.usual_sampling(folder),
    )


def limits_in(path: Path) -> Limits:
    """The limits that a file states; Invalid for one that holds something else."""
    try:
        content = json.loads(path.read_text())
        unknown = set(content) - {field.name for field in fields(Limits)}
        shapes = tuple(Shape(**shape) for shape in ([] if unknown else content.get("shapes", [])))
        usual = {} if unknown else usual_in(content)
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"{path} is not a JSON object of limits: {error}") from None
    if unknown:
        raise Invalid(f"{path} has unknown fields {', '.join(sorted(unknown))}")
    kinds = tuple(content.get("kinds", Limits.kinds))
    return Limits(**{**content, "kinds": kinds, "shapes": shapes, **usual})


def usual_in(content: dict[str, Any]) -> dict[str, UsualClip | UsualSampling]:
    """The parts of the file that are objects; TypeError or ValueError when they have other fields than theirs."""
    made = {"usual_clip": UsualClip, "usual_sampling": UsualSampling}
    return {name: make(**content[name]) for name, make in made.items() if content.get(name) is not None}


def check_limits(limits: Limits, shape: Shape) -> None:
    """Invalid when this model was never trained to draw takes of this kind or size."""
    if shape.kind not in limits.kinds:
        raise Invalid(f"kind {shown(shape.kind)} cannot be drawn by this model: use {' or '.join(limits.kinds)}")
    for name, side in (("width", shape.width), ("height", shape.height)):
        if not limits.smallest_side <= side <= limits.largest_side:
            span = f"{limits.smallest_side} to {limits.largest_side}"
            raise Invalid(f"{name} {shown(side)} cannot be drawn by this model: use {span} pixels")
    if shape.kind == "still" and shape.frames != 1:
        raise Invalid(f"a still has one frame, not {shown(shape.frames)}; ask for a clip")
    if limits.shapes and shape not in limits.shapes:
        nearest = nearest_shape(limits.shapes, shape)
        raise Invalid(f"a {shape} cannot be drawn by this model: the nearest it can is a {nearest}")


def nearest_shape(shapes: tuple[Shape, ...], requested: Shape) -> Shape:
    """Of the same kind where there is one; then the nearest in pixels a side, then in frames."""

    def distance(shape: Shape) -> tuple[bool, int, int]:
        sides = abs(shape.width - requested.width) + abs(shape.height - requested.height)
        return shape.kind != requested.kind, sides, abs(shape.frames - requested.frames)

    return min(shapes, key=distance)


def write_limits(folder: Path, limits: Limits) -> None:
    """limits.json, to be read by `read_limits`."""
    (folder / FILE).write_text(json.dumps(asdict(limits), indent=2) + "\n")
