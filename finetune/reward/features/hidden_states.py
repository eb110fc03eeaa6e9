"""Features from what the denoiser itself sees: its middle block's hidden states of a noisy take, averaged on a grid.

Where things stand is in which cell of the grid: averaged over the whole frame, hidden states know nothing of composition
(they are also what classifiers of diffusion features use, as in arXiv 2312.05208 and 2303.09769). They are read from x_t
directly, so a gradient by x_t costs half the network and needs no prediction of the clean take.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.functional import adaptive_avg_pool2d

from finetune.data.batches import Batch, fixed_noise, hidden_states, under_noise
from finetune.data.latent_cache import LatentCache, by_shape
from finetune.data.take_conditions import ConditionOf
from finetune.memory.uses import HIDDEN_STATES
from finetune.reward.scaling import Groups
from finetune.tunable_model import TunableModel

GRIDS = {"states_4x4": 4, "states_8x8": 8}
CHANGE = "states_change"
CHANGE_GRID = 2
LEVEL = 0.3  # the noise level at which finished takes are read
READ_AT_ONCE = 32


def grid_features(states: torch.Tensor) -> Groups:
    """Hidden states [B, C, F, h, w] -> groups, each [B, d], d the same for takes of every size.

    Of a clip, the mean over its frames on either grid, and how its later half differs from its earlier one.
    """
    still = states.mean(2)
    groups = {name: adaptive_avg_pool2d(still, grid).flatten(1) for name, grid in GRIDS.items()}
    return {**groups, CHANGE: adaptive_avg_pool2d(change_of(states), CHANGE_GRID).flatten(1)}


def change_of(states: torch.Tensor) -> torch.Tensor:
    """[B, C, F, h, w] -> [B, C, h, w]: the mean of the last half of the frames less that of the first; 0 for stills."""
    half = states.shape[2] // 2
    if not half:
        return torch.zeros_like(states[:, :, 0])
    return states[:, :, -half:].mean(2) - states[:, :, :half].mean(2)


@torch.no_grad()
def read_takes(
    model: TunableModel,
    x0: torch.Tensor,
    conditions: Sequence[dict[str, torch.Tensor]],
    names: Sequence[str],
    level: float = LEVEL,
) -> Groups:
    """Groups of takes x0 [B, z, F, h, w] under fixed noise at this level, by the reference, on the processor.

    `names`: of the takes; each has the noise of its own name.
    """
    noise = torch.stack([fixed_noise(f"{name}:{level:g}:hidden states", x0[0].shape) for name in names])
    batch = under_noise(model, x0.cpu(), noise, torch.full((len(x0),), level), conditions)
    with model.reference():
        groups = grid_features(hidden_states(model, batch))
    return {name: values.float().cpu() for name, values in groups.items()}


def hidden_states_of(
    model: TunableModel, cache: LatentCache, takes: Sequence[str], condition_of: ConditionOf, level: float = LEVEL
) -> Groups:
    """Groups of takes (sha256) whose latents and conditions are in the cache, a row each; each process reads some."""
    rows: dict[int, Groups] = {}

    def read(some: Sequence[int]) -> dict[int, Groups]:
        names = [takes[place] for place in some]
        x0 = torch.stack([cache.latent(name) for name in names])
        groups = read_takes(model, x0, [condition_of(name) for name in names], names, level)
        return {place: {name: values[row] for name, values in groups.items()} for row, place in enumerate(some)}

    for group in by_shape(range(len(takes)), lambda place: cache.latent_shape(takes[place])):
        own = model.processes.dealt(group)
        shape = cache.latent_shape(takes[group[0]])
        for some in model.memory.in_pieces(HIDDEN_STATES, shape, own, READ_AT_ONCE, read):
            rows |= some
    merged = model.processes.merged(rows, len(takes))
    return {name: torch.stack([row[name] for row in merged]) for name in (*GRIDS, CHANGE)}


def features_under_noise(model: TunableModel, batch: Batch) -> Groups:
    """The same of a batch as it is, on its device; differentiable by its x_t."""
    return {name: values.float() for name, values in grid_features(hidden_states(model, batch)).items()}
