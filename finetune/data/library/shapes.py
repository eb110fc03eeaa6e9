"""In which size a frame or a clip is learned from: the bucket with the nearest proportions of those that the model draws."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt

from feedback.library.learning import LearnableItem
from generation.families.unloaded.grids import Grid
from generation.intake.drawable_shapes import COARSEST
from generation.models.base_models import drawable, usual_shape
from generation.models.limits import Limits, Shape
from generation.models.nearest import nearest_drawable

RATIOS = (1 / 2, 9 / 16, 2 / 3, 3 / 4, 1.0, 4 / 3, 3 / 2, 16 / 9, 2.0, 12 / 5)  # width over height
MOST_ENLARGED = 2.0  # times a side: what is larger was made up by the scaling
RATE = 24.0  # frames a second, where a model does not say


class Unfit(Exception):
    """Why an item is not learned from."""


def buckets(limits: Limits, grid: Grid | None, kind: str) -> list[Shape]:
    """The sizes of this kind that are learned from; none of a kind that the model does not draw.

    The only ones that it was trained on, or as many pixels as it usually draws in each of RATIOS, on its grid.
    """
    if kind not in limits.kinds or not drawable(limits, kind):
        return []
    if limits.shapes:
        return [shape for shape in limits.shapes if shape.kind == kind]
    usual = usual_shape(limits, kind)
    area = usual.width * usual.height
    sides = [(round(sqrt(area * ratio)), round(sqrt(area / ratio))) for ratio in RATIOS]
    shapes = [Shape(kind, width, height, usual.frames) for width, height in sides]
    return list(dict.fromkeys(nearest_drawable(limits, grid or COARSEST, shape) for shape in shapes))


def rate_of(limits: Limits) -> float:
    """Frames a second at which clips are learned from: those that the model usually draws."""
    clip = limits.usual_clip
    return float(clip.fps) if clip is not None and clip.fps else RATE


def shape_for(item: LearnableItem, shapes: Sequence[Shape], limits: Limits, grid: Grid | None, rate: float) -> Shape:
    """Of these buckets, all of the item's kind; Unfit says why none serves."""
    if not shapes:
        raise Unfit(f"the model draws no {item['kind']}s")
    if item["kind"] == "clip":
        shapes = shapes_as_long(item, shapes, limits, grid, rate)
    ratio = log(item["width"] / item["height"])

    def distance(shape: Shape) -> tuple[float, int]:
        return abs(log(shape.width / shape.height) - ratio), -shape.width * shape.height * shape.frames

    shape = min(shapes, key=distance)
    if max(shape.width / item["width"], shape.height / item["height"]) > MOST_ENLARGED:
        raise Unfit(f"it is smaller than half of what the model draws ({shape.width}x{shape.height})")
    return shape


def shapes_as_long(
    item: LearnableItem, shapes: Sequence[Shape], limits: Limits, grid: Grid | None, rate: float
) -> list[Shape]:
    """Those that the clip is long enough for, made shorter where the model draws shorter ones."""
    there = int(item["frames"] * rate / max(item["fps"], 1e-6) + 1e-6)
    beat = (grid or COARSEST).beat
    shorter = 1 + (there - 1) // beat * beat
    fitting = [shape for shape in shapes if shape.frames <= there]
    if not fitting and not limits.shapes and shorter > 1:
        fitting = [Shape(shape.kind, shape.width, shape.height, shorter) for shape in shapes]
    if not fitting:
        raise Unfit(f"it is shorter than the {min(shape.frames for shape in shapes)} frames that the model draws")
    return fitting
