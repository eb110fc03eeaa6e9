"""Features from what the denoiser itself sees: its middle block's hidden states of a noisy take, averaged on a grid.

Hidden states of a denoiser tell what is where (as features of diffusion models do in arXiv 2112.03126 and 2303.09769).
Which cell of the grid says where things stand: averaged over the whole frame, they know nothing of composition. They are
read from x_t itself, so a gradient by x_t costs half the network and needs no prediction of the clean take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch.nn.functional import adaptive_avg_pool2d

from finetune.data.batches import Batch, fixed_noise, hidden_states, under_noise
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache, Tensors, by_shape
from finetune.digests import digest
from finetune.memory.uses import HIDDEN_STATES
from finetune.reward.features.sets import Groups
from finetune.tunable_model import TunableModel
from generation.families.hidden import LEVEL

GRIDS = {"states_4x4": 4, "states_8x8": 8}
CHANGE = "states_change"
CHANGE_GRID = 2
READ_AT_ONCE = 32
TakeOfExample = tuple[str, Example]  # sha256 of a take, and an example that it is in


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


def features_under_noise(model: TunableModel, batch: Batch) -> Groups:
    """Groups of a batch as it is, on its device; differentiable by its x_t."""
    return grid_features(hidden_states(model, batch))


@torch.no_grad()
def read_takes(
    model: TunableModel, x0: torch.Tensor, conditions: Sequence[Tensors], names: Sequence[str], level: float = LEVEL
) -> Groups:
    """Groups of takes x0 [B, z, F, h, w] at this noise level, by the reference, on the processor.

    `names`: of the takes; each has a noise of its own that depends on its name only.
    """
    noise = torch.stack([fixed_noise(f"{name}:{level:g}:hidden states", x0[0].shape) for name in names])
    batch = under_noise(model, x0.cpu(), noise, torch.full((len(x0),), level), conditions)
    with model.reference():
        groups = features_under_noise(model, batch)
    return {name: values.cpu() for name, values in groups.items()}


def read_cached_takes(
    cache: LatentCache,
    takes: Sequence[TakeOfExample],
    level: float = LEVEL,
    on_batch: Callable[[], None] = lambda: None,
    draw: int = 0,
) -> Groups:
    """Groups of takes whose latents and conditions are in the cache, a row each, float32; `draw`: which of their noises.

    They are kept there too, in 16 bits. Each process of a run reads some; all of them must call this. `on_batch` may raise
    to stop.
    """
    model, rows = cache.model, dict[int, Groups]()

    def read(some: Sequence[int]) -> dict[int, Groups]:
        on_batch()
        keys = {place: key_of(cache, takes[place], level, draw) for place in some}
        read_missing(cache, takes, keys, level, draw)
        return {place: kept(cache, key) for place, key in keys.items()}

    for group in by_shape(range(len(takes)), lambda place: cache.latent_shape(takes[place][0])):
        shape, own = cache.latent_shape(takes[group[0]][0]), model.processes.dealt(group)
        for some in model.memory.in_pieces(HIDDEN_STATES, shape, own, READ_AT_ONCE, read):
            rows |= some
    merged = model.processes.merged(rows, len(takes))
    return {name: torch.stack([row[name] for row in merged]) for name in (*GRIDS, CHANGE)}


def read_missing(
    cache: LatentCache, takes: Sequence[TakeOfExample], keys: Mapping[int, str], level: float, draw: int
) -> None:
    """Puts takes at these places that are not in the cache there, by these keys. In step, they are all read anew."""
    model = cache.model
    missing = [place for place, key in keys.items() if model.processes.in_step or not cache.has(KIND, key)]
    if missing:
        names = [takes[place][0] for place in missing]
        conditions = [cache.condition(takes[place][1]) for place in missing]
        noises = [f"{name}:{draw}" if draw else name for name in names]
        groups = read_takes(model, torch.stack([cache.latent(name) for name in names]), conditions, noises, level)
        for row, place in enumerate(missing):
            cache.put(KIND, keys[place], {name: values[row].half() for name, values in groups.items()})


KIND = "hidden_states"  # of the cache's files


def kept(cache: LatentCache, key: str) -> Groups:
    return {name: values.float() for name, values in cache.get(KIND, key).items()}


def key_of(cache: LatentCache, take: TakeOfExample, level: float, draw: int = 0) -> str:
    sha256, example = take
    noise = [str(draw)] if draw else []
    return digest(cache.model.sha256, cache.latent_key(sha256), cache.condition_key(example), f"{level:g}", *noise)
