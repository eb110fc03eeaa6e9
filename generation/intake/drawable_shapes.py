"""Which briefs that have takes made elsewhere a version could draw too, as far as is known before it is loaded."""

from __future__ import annotations

from feedback.exchange.outside.takes import briefs_with_outside_takes
from feedback.production.briefs import Brief, get_brief
from feedback.store import Studio
from generation.families.folder import pipeline_class_in
from generation.families.unloaded.grids import GRIDS, Grid, grid_in
from generation.models.base_models import folder_of_version, usual_shape
from generation.models.limits import Limits, Shape, read_limits
from generation.models.nearest import nearest_drawable

COARSEST = Grid(64, 8)
"""Where a family's grid is known of a loaded model alone: what fits this fits all of them."""
MOST_TIMES = (
    4  # as many pixels as the model usually draws: more were no part of its training, and fill the memory of a run
)


def undrawable_briefs(studio: Studio, version: str) -> set[int]:
    """Briefs of shapes that the version cannot draw, and so cannot encode to learn from; they came with files from outside."""
    briefs = [get_brief(studio, brief) for brief in briefs_with_outside_takes(studio)]
    if not briefs:
        return set()
    folder = folder_of_version(studio, version)
    grid = grid_in(folder) if pipeline_class_in(folder) in GRIDS else COARSEST
    limits = read_limits(folder)
    return {brief["id"] for brief in briefs if not is_drawable(brief, limits, grid)}


def is_drawable(brief: Brief, limits: Limits, grid: Grid) -> bool:
    shape = Shape(brief["kind"], brief["width"], brief["height"], brief["frames"])
    if shape.kind not in limits.kinds or pixels_of(shape) > MOST_TIMES * pixels_of(usual_shape(limits, shape.kind)):
        return False
    return nearest_drawable(limits, grid, shape) == shape


def pixels_of(shape: Shape) -> int:
    """Of all frames."""
    return shape.width * shape.height * shape.frames
