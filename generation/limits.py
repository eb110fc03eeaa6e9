"""What a base model was trained to draw, where that is less than its family can: `limits.json` in the model's folder.

A studio that trained its model on one size puts the file there, and briefs for other sizes are refused with one line
instead of being drawn badly.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from feedback.errors import Invalid

FILE = "limits.json"


@dataclass(frozen=True)
class Limits:
    """Every field may be left out of the file; what is left out is not limited."""

    kinds: tuple[str, ...] = ("still", "clip")
    """What it was trained to draw."""
    smallest_side: int = 1
    """Fewest pixels of width and of height."""
    largest_side: int = 1_000_000
    """Most pixels of width and of height."""


def read_limits(folder: Path) -> Limits:
    """The limits of a model folder, none where there is no file; Invalid for a file that says something else."""
    path = folder / FILE
    if not path.is_file():
        return Limits()
    try:
        said = json.loads(path.read_text())
        unknown = set(said) - {field.name for field in fields(Limits)}
    except (ValueError, TypeError) as error:
        raise Invalid(f"{path} is not a JSON object: {error}") from None
    if unknown:
        raise Invalid(f"{path} has unknown fields {', '.join(sorted(unknown))}")
    return Limits(**{**said, "kinds": tuple(said.get("kinds", Limits.kinds))})


def check_limits(limits: Limits, brief: dict[str, Any]) -> None:
    """Invalid when the brief asks for what this model was never trained to draw."""
    if brief["kind"] not in limits.kinds:
        raise Invalid(f"kind {brief['kind']!r} cannot be drawn by this model: use {' or '.join(limits.kinds)}")
    for side in ("width", "height"):
        if not limits.smallest_side <= brief[side] <= limits.largest_side:
            span = f"{limits.smallest_side} to {limits.largest_side}"
            raise Invalid(f"{side} {brief[side]} cannot be drawn by this model: use {span} pixels")
