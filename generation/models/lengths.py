"""How many frames a clip has where the cut has a length for its shot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from fractions import Fraction
from typing import Any, NamedTuple

from feedback.exchange.edit.shot_ranges import Range, first_ranges, frames_in, ranges_of
from feedback.models.versions import production_version
from feedback.production.projects import parse_fps
from feedback.production.shots import Shot
from feedback.store import Studio
from generation.families.unloaded.grids import Grid, grid_in
from generation.models.base_models import folder_of_production, folder_of_version, usual_settings, usual_shape
from generation.models.limits import Limits, read_limits
from generation.models.limits import Shape as ModelShape
from generation.models.nearest import nearest_drawable


class Length(NamedTuple):
    wished: int  # frames of the cut, at the clip's rate
    drawn: int  # the nearest that the model can draw


def frames_for_cut(studio: Studio, shot: Shot, fields: Mapping[str, Any], version: str | None) -> Length | None:
    """Of a clip with these fields of a brief, as far as they are given; None where no cut says how long the shot is."""
    ranges = ranges_of(studio, shot["id"])
    folder = folder_of_version(studio, version or production_version(studio))
    return length_of(shot, ranges[0], fields, read_limits(folder), grid_in(folder)) if ranges else None


def lengths_of_shots(studio: Studio, shots: Iterable[Shot]) -> dict[int, Length]:
    """By shot (id), of those that a cut named: of a clip that production draws as it usually does."""
    ranges = first_ranges(studio)
    if not ranges:
        return {}
    folder = folder_of_production(studio)
    limits, grid = read_limits(folder), grid_in(folder)
    lengths = {
        shot["id"]: length_of(shot, ranges[shot["id"]], {}, limits, grid) for shot in shots if shot["id"] in ranges
    }
    return {shot: length for shot, length in lengths.items() if length is not None}


def length_of(shot: Shot, wished: Range, fields: Mapping[str, Any], limits: Limits, grid: Grid) -> Length | None:
    """None of a model that draws no clips."""
    if "clip" not in limits.kinds:
        return None
    frames = frames_in(wished, rate_of(shot, fields, limits))
    usual = asdict(usual_shape(limits, "clip"))
    shape = ModelShape(**{**usual, **{name: fields[name] for name in ("width", "height") if name in fields}})
    nearest = nearest_drawable(limits, grid, replace(shape, frames=frames))
    # Of a model of a few shapes the nearest one may have another size, which nobody asked for.
    same_size = (nearest.width, nearest.height) == (shape.width, shape.height)
    return Length(frames, nearest.frames if same_size else shape.frames)


def rate_of(shot: Shot, fields: Mapping[str, Any], limits: Limits) -> Fraction:
    """As the brief will have it."""
    fps = fields.get("fps") or usual_settings(limits, "clip").get("fps")
    return parse_fps(fps) if fps else Fraction(shot["fps_num"], shot["fps_den"])
