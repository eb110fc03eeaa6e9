"""Which size a model can draw, and the nearest one where it cannot draw what is asked for.

`families.*.refuse_size` decides in a worker. Here sides and frames come from the model's limits and its configuration.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from generation.families.folder import pipeline_class_in, read_json
from generation.models.limits import Limits, Shape, nearest_shape

PATCH = 2  # places of the latents a side, of one token


class Grid(NamedTuple):
    side_step: int = 1  # pixels of which sides are multiples
    beat: int = 1  # frames are 1 plus a multiple of this


def config(folder: Path, part: str) -> dict[str, object]:
    return read_json(folder / part / "config.json")


def whole(values: dict[str, object], name: str, otherwise: int) -> int:
    value = values.get(name)
    return value if isinstance(value, int) and value > 0 else otherwise


def items(values: dict[str, object], name: str, otherwise: list[int]) -> list[int]:
    value = values.get(name)
    return value if isinstance(value, list) and value else otherwise


def vae_step(folder: Path) -> int:
    """Pixels a side of a place of the latents."""
    return 2 ** (len(items(config(folder, "vae"), "block_out_channels", [0] * 4)) - 1)


def grid_of_unet(folder: Path) -> Grid:
    return Grid(math.lcm(8, vae_step(folder)))


def grid_of_patches(folder: Path) -> Grid:
    return Grid(vae_step(folder) * PATCH)


def grid_of_stable_diffusion_3(folder: Path) -> Grid:
    return Grid(vae_step(folder) * whole(config(folder, "transformer"), "patch_size", PATCH))


def grid_of_qwen_image(folder: Path) -> Grid:
    return Grid(2 ** len(items(config(folder, "vae"), "temperal_downsample", [0] * 3)) * PATCH)


def grid_of_wan(folder: Path) -> Grid:
    vae, patch = config(folder, "vae"), items(config(folder, "transformer"), "patch_size", [1, PATCH, PATCH])
    compression = 2 ** sum(bool(each) for each in items(vae, "temperal_downsample", [0, 1, 1]))
    return Grid(math.lcm(16, whole(vae, "scale_factor_spatial", 8) * patch[1]), math.lcm(4, compression))


GRIDS: dict[str, Callable[[Path], Grid]] = {
    "WanPipeline": grid_of_wan,
    "StableDiffusionPipeline": grid_of_unet,
    "StableDiffusionXLPipeline": grid_of_unet,
    "StableDiffusion3Pipeline": grid_of_stable_diffusion_3,
    "FluxPipeline": grid_of_patches,
    "Flux2KleinPipeline": grid_of_patches,
    "ZImagePipeline": grid_of_patches,
    "QwenImagePipeline": grid_of_qwen_image,
}
"""By the name of the pipeline class. Of the others nothing is said before a worker has loaded one."""


def grid_in(folder: Path) -> Grid:
    grid = GRIDS.get(pipeline_class_in(folder))
    return grid(folder) if grid else Grid()


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
