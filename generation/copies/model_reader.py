"""Pictures as the base model of the version in production sees them: hidden states of its denoiser.

The base without adapters: it stays the same from night to night, so that each picture is read once. All pictures get the
same noise and no words: what differs between their hidden states is then of the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import adaptive_avg_pool2d

from feedback.errors import Refused
from feedback.models import versions
from feedback.store import Studio
from generation.copies.readers import Read, ReaderNames
from generation.families import registered_in
from generation.families.hidden import LEVEL
from generation.families.protocol import Condition
from generation.families.unloaded.grids import grid_in
from generation.model_card import licence_of
from generation.models.base_models import base_folder
from generation.models.limits import Shape, read_limits
from generation.models.loading import Loaded, keep_version
from generation.models.nearest import nearest_drawable
from generation.models.pinning import check_pinned
from generation.models.weights_digest import weight_files, weights_sha256
from generation.request import Request, request_of

GRID = 4  # cells along a side, over which hidden states are averaged
WIDEST = 256  # numbers of a cell; of a wider denoiser, as many random mixtures
SIDE = 512  # pixels of what is read, at most, where the model can draw so small
MOST_ON_PROCESSOR = 2 * 2**30  # bytes of a denoiser's weights: a larger one would need minutes for each picture
SCHEME = "hidden states 1"  # another one when what is read changes: all is read anew


def model_reader(studio: Studio) -> ModelReader | None:
    """None for a model that is too large to read pictures on this machine; Refused where there is none in production."""
    version = versions.get_version(studio, versions.production_version(studio))
    folder = base_folder(version["base"])
    denoiser = folder / registered_in(folder).load().denoisers[0]
    size = sum(path.stat().st_size for path in weight_files(folder) if path.is_relative_to(denoiser))
    if size > MOST_ON_PROCESSOR and not torch.cuda.is_available():
        return None
    return ModelReader(studio, version["name"], version["base"])


class ModelReader:
    is_model = True

    def __init__(self, studio: Studio, version: str, base: str) -> None:
        self.studio, self.version, self.base = studio, version, base
        self.folder = base_folder(base)
        self._condition: Condition | None = None
        self._grey: np.ndarray | None = None

    def describe(self) -> ReaderNames:
        side = side_of(self.folder)
        parts = (weights_sha256(self.folder, self.cache), SCHEME, f"{LEVEL} {GRID} {WIDEST} {side}")
        name, licence = self.folder.resolve().name, licence_of(self.folder)
        if self.base == versions.STARTER:
            name = self.base
        return {
            "sha256": sha256("\n".join(parts).encode()).hexdigest(),
            "name": name,
            "licence": licence,
            "is_model": True,
        }

    @property
    def cache(self) -> Path:
        return self.studio.folder / "cache"

    @contextmanager
    def reading(self) -> Iterator[Read]:
        yield self.read
        self._condition = None

    def read(self, frames: np.ndarray) -> np.ndarray:
        """uint8 [F, H, W, 3] -> float32 [F, d].

        The pipeline is asked for each time: the worker may have drawn another version with it meanwhile.
        """
        check = partial(check_pinned, self.studio, self.version)
        loaded = keep_version(self.studio.folder, self.version, self.base, (), self.cache, check=check)
        pixels = as_pixels(frames, side_of(self.folder))
        try:
            if self._grey is None:
                self._grey = self.states(loaded, torch.zeros_like(pixels[:1]))
            return self.states(loaded, pixels) - self._grey
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            raise Refused(
                "the graphics card has no memory left to read pictures: stop what else runs on it, or set CIRCLETAKE_IMAGE_ENCODER=off"
            ) from None

    @torch.no_grad()
    def states(self, loaded: Loaded, pixels: torch.Tensor) -> np.ndarray:
        """[B, 3, 1, H, W] -> float32 [B, d]."""
        family, pipe, count = loaded.family, loaded.pipe, len(pixels)
        x0 = family.encode_media(pipe, pixels).float().cpu()
        level = torch.full((count,), LEVEL)
        x_t = family.objective.noise(x0, the_noise(x0), level)[0].to(loaded.device, loaded.dtype)
        denoiser = next(each for each in family.denoisers_of(pipe) if each.low <= LEVEL < each.high)
        condition = {name: rows.expand(count, *rows.shape[1:]) for name, rows in self.condition(loaded).items()}
        with in_format(loaded):
            states = family.hidden_states(denoiser.module, x_t, level.to(loaded.device), condition)
        return narrowed(adaptive_avg_pool2d(states.float().mean(2), GRID).cpu()).numpy()

    def condition(self, loaded: Loaded) -> Condition:
        """Of no words."""
        if self._condition is None:
            rows = loaded.family.encode_prompt(loaded.pipe, [wordless(side_of(self.folder))])
            self._condition = {
                name: row.to(loaded.dtype) if row.is_floating_point() else row for name, row in rows.items()
            }
        return self._condition


def in_format(loaded: Loaded) -> Any:
    """As tuning has it: some layers stay in 32 bits."""
    if loaded.dtype == torch.float32:
        return nullcontext()
    return torch.autocast(loaded.device.type, loaded.dtype)


def side_of(folder: Path) -> int:
    """Pixels of what is read: the model's usual side, or less."""
    limits = read_limits(folder)
    side = min(SIDE, limits.usual_side or SIDE)
    nearest = nearest_drawable(limits, grid_in(folder), Shape("still", side, side, 1))
    return nearest.width


def as_pixels(frames: np.ndarray, side: int) -> torch.Tensor:
    """uint8 [F, H, W, 3] -> [F, 3, 1, side, side] in [-1, 1]: the whole frame, whatever its shape."""
    small = [Image.fromarray(frame).resize((side, side), Image.Resampling.BICUBIC) for frame in frames]
    return torch.from_numpy(np.stack([np.asarray(each) for each in small])).permute(0, 3, 1, 2)[:, :, None] / 127.5 - 1


def the_noise(x0: torch.Tensor) -> torch.Tensor:
    """The same for every picture, like x0."""
    generator = torch.Generator("cpu").manual_seed(0)
    return torch.randn(x0.shape[1:], generator=generator).expand_as(x0)


def narrowed(cells: torch.Tensor) -> torch.Tensor:
    """[B, C, h, w] -> [B, d]: at most WIDEST numbers of each cell, their distances about as they were (Johnson and Lindenstrauss)."""
    channels = cells.shape[1]
    if channels > WIDEST:
        mixing = torch.randn(WIDEST, channels, generator=torch.Generator("cpu").manual_seed(1)) / WIDEST**0.5
        cells = torch.einsum("kc,bchw->bkhw", mixing, cells)
    return cells.flatten(1)


def wordless(side: int) -> Request:
    shape = {"kind": "still", "width": side, "height": side, "frames": 1}
    return request_of({"prompt": "", "negative_prompt": "", **shape, "steps": 1, "guidance": 1.0})
