"""Takes as an image encoder of the studio's sees them: groups of features that a reward model may read.

It reads the decoded picture, so nothing of it can be differentiated by latents.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d

from feedback.store import Studio
from finetune.reward.features.hidden_states import change_of
from finetune.reward.features.sets import ENCODED, ENCODED_2X2, ENCODED_4X4, ENCODED_CHANGE, ENCODED_MEAN, Groups
from finetune.settings import Recipe
from generation.image_encoder import ImageEncoder, LoadedEncoder, open_image_encoder

GRIDS = {ENCODED_MEAN: 1, ENCODED_2X2: 2, ENCODED_4X4: 4}
CHANGE_GRID = 2
FRAMES = 8  # of a clip, evenly over it


def groups_of(loaded: LoadedEncoder, takes: Sequence[np.ndarray]) -> Groups:
    """Of stills and clips, uint8 [F, H, W, 3] each: groups, each [takes, d], on the processor.

    Of a clip the mean over some of its frames, and how those of its later half differ from those before.
    """
    chosen = [loaded.encoder.input.pixels(some_frames(take)) for take in takes]
    pooled, patches = loaded.encode(torch.cat(chosen))
    counts = [len(each) for each in chosen]
    rows = [of_take(*each) for each in zip(pooled.split(counts), patches.split(counts), strict=True)]
    return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def some_frames(take: np.ndarray) -> np.ndarray:
    """Of uint8 [F, H, W, 3], FRAMES of them at most, evenly from the first to the last."""
    if len(take) <= FRAMES:
        return take
    return take[np.linspace(0, len(take) - 1, FRAMES).round().astype(int)]


def of_take(pooled: torch.Tensor, patches: torch.Tensor) -> Groups:
    """Of one take's frames, [F, d] and [F, C, 4, 4]: its groups, without the batch axis."""
    still, over_time = patches.mean(0, keepdim=True), patches.transpose(0, 1)[None]
    groups = {name: adaptive_avg_pool2d(still, grid).flatten() for name, grid in GRIDS.items()}
    change = adaptive_avg_pool2d(change_of(over_time), CHANGE_GRID).flatten()
    return {ENCODED: pooled.mean(0), **groups, ENCODED_CHANGE: change}


def encoder_of(studio: Studio, recipe: Recipe, device: torch.device | None = None) -> ImageEncoder | None:
    """The recipe's, opened; None where it names none, or its method has no use for one."""
    path = recipe.guided.image_encoder
    if path is None or recipe.method != "guided":
        return None
    return open_image_encoder(studio.folder / Path(path).expanduser(), device, studio.folder / "cache")
