"""The nearest shape that a model can draw, from its limits and its grid, before a worker has loaded it."""

from __future__ import annotations

import math
from dataclasses import replace

from generation.families.unloaded.grids import Grid
from generation.models.limits import Limits, Shape, nearest_shape


def nearest_drawable(limits: Limits, grid: Grid, shape: Shape) -> Shape:
    """The shape itself where it can be drawn, as far as is known here."""
    kind = shape.kind if shape.kind in limits.kinds else limits.kinds[0]
    if limits.shapes:
        requested = replace(shape, kind=kind, frames=shape.frames if kind == "clip" else 1)
        return requested if requested in limits.shapes else nearest_shape(limits.shapes, requested)
    width, height = (nearest_side(limits, grid.side_step, side) for side in (shape.width, shape.height))
    return Shape(kind, width, height, nearest_frames(grid.beat, shape.frames) if kind == "clip" else 1)


def nearest_side(limits: Limits, step: int, side: int) -> int:
    """A multiple of the step within the limits; of two that are as near, the larger."""
    low, high = math.ceil(limits.smallest_side / step), limits.largest_side // step
    return step * min(max(math.floor(side / step + 0.5), low, 1), max(high, low, 1))


def nearest_frames(beat: int, frames: int) -> int:
    """Of a clip, so that it has more than one."""
    return max(1, math.floor((frames - 1) / beat + 0.5)) * beat + 1
