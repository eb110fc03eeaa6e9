"""Where a version's base lies, and what it usually draws: known without loading a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from feedback.errors import NotFound
from feedback.models import versions
from feedback.store import Studio
from generation.models.limits import Limits, Shape, check_limits, read_limits
from generation.starter import WEIGHTS

SIDE, FRAMES = 256, 17  # where a model's folder says nothing


def place_of(base: str) -> Path:
    """Where a base, "starter" or a `save_pretrained` folder, would lie on this machine."""
    return WEIGHTS if base == versions.STARTER else Path(base)


def base_folder(base: str) -> Path:
    """The folder of a base; NotFound when there is none."""
    folder = place_of(base)
    if not folder.is_dir():
        raise NotFound(f"model folder {folder} is not there: put it back, or give a save_pretrained folder")
    if not (folder / "model_index.json").is_file():
        raise NotFound(f"model folder {folder} of base {base!r} has no model_index.json: give a save_pretrained folder")
    return folder


def limits_of(studio: Studio, version: str | None = None) -> Limits:
    """What a version was trained to draw; production, unless another is named."""
    return read_limits(folder_of_version(studio, version or versions.production_version(studio)))


def folder_of_production(studio: Studio) -> Path:
    return folder_of_version(studio, versions.production_version(studio))


def folder_of_version(studio: Studio, version: str) -> Path:
    """The folder of its base model."""
    return base_folder(versions.get_version(studio, version)["base"])


def usual_shapes(studio: Studio) -> dict[str, Shape]:
    """What production usually draws, by kind; a kind that it cannot draw is missing."""
    limits = limits_of(studio)
    return {kind: usual_shape(limits, kind) for kind in limits.kinds if drawable(limits, kind)}


def complete_fields(studio: Studio, fields: Mapping[str, Any], version: str | None = None) -> dict[str, Any]:
    """A brief's fields; what is missing or None is what the version usually draws, or left out where it says nothing.

    Filled in: kind, width and height (pixels), frames, frames per second, steps, guidance. Invalid: it cannot draw that.
    """
    limits = limits_of(studio, version)
    given = {name: value for name, value in fields.items() if value is not None}
    kind = given.get("kind", "still")
    complete = {**asdict(usual_shape(limits, kind)), **usual_settings(limits, kind), **given}
    check_limits(limits, Shape(**{name: complete[name] for name in ("kind", "width", "height", "frames")}))
    return complete


def drawable(limits: Limits, kind: str) -> bool:
    return not limits.shapes or any(shape.kind == kind for shape in limits.shapes)


def usual_shape(limits: Limits, kind: str) -> Shape:
    """The largest that a model was trained on, or what its clips usually are, or a square of its usual side."""
    trained = [shape for shape in limits.shapes if shape.kind == kind]
    if trained:
        return max(trained, key=lambda shape: (shape.width * shape.height, shape.frames))
    side, clip = limits.usual_side or SIDE, limits.usual_clip
    sides = (side, side) if clip is None or limits.usual_side else (clip.width, clip.height)
    width, height = (min(max(each, limits.smallest_side), limits.largest_side) for each in sides)
    frames = clip.frames if clip else FRAMES
    return Shape(kind, width, height, frames if kind == "clip" else 1)


def usual_settings(limits: Limits, kind: str) -> dict[str, float]:
    """Steps, guidance and, of clips, frames per second; without those that a model does not name."""
    sampling = {} if limits.usual_sampling is None else asdict(limits.usual_sampling)
    clip = limits.usual_clip
    return {**sampling, "fps": clip.fps} if clip and clip.fps and kind == "clip" else sampling
