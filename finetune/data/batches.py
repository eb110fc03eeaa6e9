"""Pairs as the denoiser sees them: which pairs form a step, at which noise, and how wrong a prediction is."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, gcd, sqrt
from statistics import NormalDist

import torch

from finetune.digests import digest
from finetune.memory.transfer import pinned, sent
from finetune.tunable_model import TunableModel
from generation.families.protocol import LENGTH, Denoiser

Latents = tuple[torch.Tensor, torch.Tensor]
Ask = Callable[[torch.nn.Module, torch.Tensor, torch.Tensor, Mapping[str, torch.Tensor]], torch.Tensor]


@dataclass(frozen=True)
class Batch:
    """B pairs as 2 B items, all left takes before all right ones; both takes of a pair share their noise and level."""

    x_t: torch.Tensor  # [2 B, z, F, H, W]
    target: torch.Tensor  # like x_t
    t: torch.Tensor  # [2 B]
    condition: dict[str, torch.Tensor]  # 2 B rows
    levels: tuple[float, ...]  # of t, which the processor reads without waiting for the device
    weight: torch.Tensor | None = None  # of each place, 1 on average, [2 B, 1, F, H, W]; None: all count alike

    def map(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Batch:
        """All of its tensors changed alike, but for those that stay in the processor's memory."""
        condition = {name: rows if name == LENGTH else change(rows) for name, rows in self.condition.items()}
        weight = None if self.weight is None else change(self.weight)
        return Batch(change(self.x_t), change(self.target), change(self.t), condition, self.levels, weight)

    def sent(self, device: torch.device) -> Batch:
        """On the device, without waiting for it."""
        return self.map(lambda tensor: sent(tensor, device))

    def pinned(self, device: torch.device) -> Batch:
        """Ready to be sent."""
        return self.map(lambda tensor: pinned(tensor, device))


@dataclass(frozen=True)
class Errors:
    """Prediction minus target, and its mean square, of the left and the right takes.

    Where people pointed, there are means in which those places weigh more (local preferences: LocalDPO, arXiv 2601.04068;
    of some frames: DenseDPO, 2506.03517). Elsewhere these are the plain ones.
    """

    left: torch.Tensor  # [B, z, F, H, W]
    right: torch.Tensor
    errors: tuple[torch.Tensor, torch.Tensor]  # both [B]
    local: tuple[torch.Tensor, torch.Tensor]  # the same by weight, both [B]
    weight: tuple[torch.Tensor, torch.Tensor] | None = None  # of the places, both [B, 1, F, H, W]

    @property
    def pulls(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Half the gradients of the local errors by the predictions, but for the number of places; like left and right."""
        if self.weight is None:
            return self.left, self.right
        return self.weight[0] * self.left, self.weight[1] * self.right


def noise_levels(
    key: str, draws: int, low: float, high: float, weighting: str = "uniform", shift: float = 1.0
) -> list[float]:
    """One level in each of `draws` equally likely parts of [low, high], shifted by the pair's own hash.

    `weighting`: the density of levels, a key of QUANTILES. `shift`: as in `shifted`, applied afterwards.
    """
    offset = int(digest(key, "levels")[:12], 16) / 16**12
    quantile = QUANTILES[weighting]
    shares = [shifted(quantile((part + offset) / draws), shift) for part in range(draws)]
    return [low + (high - low) * share for share in shares]


def shifted(level: float, shift: float) -> float:
    """A level moved towards noise as samplers of flow models do it (Stable Diffusion 3, arXiv 2403.03206, section 5.3.2)."""
    return shift * level / (1 + (shift - 1) * level)


def logit_normal(share: float) -> float:
    """Of sigmoid(N(0, 1)), the density of Stable Diffusion 3 (arXiv 2403.03206): most levels near the middle."""
    return 1 / (1 + exp(-NormalDist().inv_cdf(min(max(share, 1e-12), 1 - 1e-12))))


QUANTILES: dict[str, Callable[[float], float]] = {
    "uniform": lambda share: share,
    "logit_normal": logit_normal,
    "high": sqrt,  # Beta(2, 1): a level is as likely as it is high
}
"""By noise_levels.weighting: the level in [0, 1] below which this share of levels lies."""


def fixed_noise(name: str, shape: torch.Size) -> torch.Tensor:
    """Unit noise that depends on the name only: the same tonight as last night, on every machine."""
    generator = torch.Generator("cpu").manual_seed(int(digest(name, "noise")[:15], 16))
    return torch.randn(shape, generator=generator)


def build_batch(
    model: TunableModel,
    latents: Sequence[Latents],
    conditions: Sequence[dict[str, torch.Tensor]],
    levels: Sequence[float],
    names: Sequence[str],
    weights: Sequence[Latents] | None = None,
) -> Batch:
    """Stacks pairs of one shape and adds their fixed noise; in the processor's memory.

    `weights`: of the places of each pair's takes, [F, H, W].
    """
    noise = torch.stack([fixed_noise(name, pair[0].shape) for name, pair in zip(names, latents, strict=True)])
    x0 = torch.stack([left for left, _ in latents] + [right for _, right in latents])
    t = torch.tensor([*levels, *levels], dtype=torch.float32)
    batch = noised(model, x0, torch.cat([noise, noise]), t, [*conditions, *conditions])
    if weights is None:
        return batch
    return replace(batch, weight=torch.stack([left for left, _ in weights] + [right for _, right in weights])[:, None])


def build_single(
    model: TunableModel,
    latents: Sequence[torch.Tensor],
    conditions: Sequence[dict[str, torch.Tensor]],
    levels: Sequence[float],
    names: Sequence[str],
) -> Batch:
    """Takes of one shape [z, F, H, W], each alone, under their fixed noise; in the processor's memory."""
    noise = torch.stack([fixed_noise(name, each.shape) for name, each in zip(names, latents, strict=True)])
    return noised(model, torch.stack(list(latents)), noise, torch.tensor(levels, dtype=torch.float32), conditions)


def under_noise(
    model: TunableModel,
    x0: torch.Tensor,
    noise: torch.Tensor,
    t: torch.Tensor,
    conditions: Sequence[dict[str, torch.Tensor]],
) -> Batch:
    """Latents and noise [n, z, F, H, W] at levels [n], on the model's device."""
    return noised(model, x0, noise, t, conditions).sent(model.device)


def noised(
    model: TunableModel,
    x0: torch.Tensor,
    noise: torch.Tensor,
    t: torch.Tensor,
    conditions: Sequence[dict[str, torch.Tensor]],
) -> Batch:
    """The same in the processor's memory."""
    x_t, target = model.family.objective.noise(x0, noise, t)
    condition = {name: torch.stack([each[name] for each in conditions]) for name in conditions[0]}
    return Batch(x_t, target, t, condition, tuple(t.tolist()))


def predict(model: TunableModel, batch: Batch) -> torch.Tensor:
    """The prediction of each item by the denoiser of its noise level, float32, like x_t. Differentiable.

    Adapters are on unless the caller turned them off.
    """
    return by_denoiser(model, batch, model.family.predict)


def hidden_states(model: TunableModel, batch: Batch) -> torch.Tensor:
    """What that denoiser's middle block makes of each item, float32, [2 B, C, F', h', w']. Differentiable; likewise."""
    return by_denoiser(model, batch, model.family.hidden_states)


def by_denoiser(model: TunableModel, batch: Batch, ask: Ask) -> torch.Tensor:
    """What each item's denoiser answers, float32."""
    x_t = batch.x_t.to(model.dtype)
    condition = {name: in_format(rows, model.dtype) for name, rows in batch.condition.items()}
    shares = items_by_denoiser(model, batch)
    with model.autocast():
        if len(shares) == 1:
            return ask(shares[0][0], x_t, batch.t, condition).float()
        parts = [ask_of_items(ask, network, items, x_t, batch.t, condition).float() for network, items in shares]
    return torch.cat(parts)[torch.cat([items for _, items in shares]).argsort()]


def ask_of_items(
    ask: Ask,
    network: torch.nn.Module,
    items: torch.Tensor,
    x_t: torch.Tensor,
    t: torch.Tensor,
    condition: dict[str, torch.Tensor],
) -> torch.Tensor:
    """Of some items of a batch. Of none, the first one goes through all the same, forward and back: other processes have
    some, and need this one's part of the weights.
    """
    some = items if len(items) else items.new_zeros(1)
    rows = {name: values[some] for name, values in condition.items()}
    return ask(network, x_t[some], t[some], rows)[: len(items)]


def items_by_denoiser(model: TunableModel, batch: Batch) -> list[tuple[torch.nn.Module, torch.Tensor]]:
    """The denoisers of its noise levels, each with the places of its items; a level between two is the upper one's.

    In step, those of other processes' noise levels as well, perhaps with no items.
    """
    places = [
        [place for place, level in enumerate(batch.levels) if is_used_at(each, level)] for each in model.denoisers
    ]
    used = [len(items) for items in places]
    if len(places) > 1 and model.processes.in_step:
        used = model.processes.most(used)
    return [
        (denoiser.module, sent(torch.tensor(items, dtype=torch.long), batch.t.device))
        for denoiser, items, count in zip(model.denoisers, places, used, strict=True)
        if count
    ]


def is_used_at(denoiser: Denoiser, level: float) -> bool:
    return denoiser.low <= level and (level < denoiser.high or denoiser.high == 1)


def in_format(rows: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """In the denoiser's number format, but for masks and numbers of places."""
    return rows.to(dtype) if rows.is_floating_point() else rows


def side_errors(model: TunableModel, batch: Batch) -> Errors:
    """How wrong the denoiser is about each take of each pair."""
    return errors_of(predict(model, batch), batch)


def errors_of(predicted: torch.Tensor, batch: Batch) -> Errors:
    left, right = (predicted - batch.target).chunk(2)
    plain = mean_square(left), mean_square(right)
    if batch.weight is None:
        return Errors(left, right, plain, plain)
    weights = batch.weight.chunk(2)
    local = mean_square(left, weights[0]), mean_square(right, weights[1])
    return Errors(left, right, plain, local, (weights[0], weights[1]))


def mean_square(error: torch.Tensor, weight: torch.Tensor | float = 1.0) -> torch.Tensor:
    """[B, ...] -> [B]. `weight`: of each place, 1 on average."""
    return (weight * error * error).flatten(1).mean(1)


def order_of_epoch(shapes: Sequence[str], size: int, seed: int, epoch: int) -> list[list[int]]:
    """All pairs once, as batches of one shape in random order; indices into `shapes`, the shape of each pair."""
    chance = random.Random(f"{seed}:{epoch}")
    groups: dict[str, list[int]] = {}
    for index, shape in enumerate(shapes):
        groups.setdefault(shape, []).append(index)
    batches = []
    for members in groups.values():
        chance.shuffle(members)
        batches += [members[start : start + size] for start in range(0, len(members), size)]
    chance.shuffle(batches)
    return batches


def draws_of_epoch(count: int, draws: int, seed: int, epoch: int) -> list[int]:
    """The noise level that each pair gets in an epoch: it goes through its own levels in strides that visit each once."""
    chance = random.Random(f"{seed}:draws")
    starts = [chance.randrange(draws) for _ in range(count)]
    return [(start + epoch * stride(draws)) % draws for start in starts]


def stride(draws: int) -> int:
    """Coprime to draws and near its golden section, so that successive epochs see levels far apart."""
    golden = max(1, round(draws * 0.618))
    return next(step for step in range(golden, golden + draws) if gcd(step, draws) == 1)
