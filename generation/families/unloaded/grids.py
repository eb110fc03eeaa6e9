"""Of which numbers sides and frames are multiples, from a model's configuration, as `refuse_size` decides in a worker."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from generation.families.folder import pipeline_class_in, read_json

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
