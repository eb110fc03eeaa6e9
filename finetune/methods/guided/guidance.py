"""What the denoiser would answer if its takes were drawn more often the better people like them.

Let r be what the scorer likes, in spreads. Takes weighted by exp(tilt * r) are, to first order in tilt, those of a
denoiser that is guided by the gradient of r(x0) by x_t, x0 being what it expects to see under the noise (classifier
guidance, arXiv 2105.05233, with the classifier of diffusion posterior sampling, 2209.14687). By Tweedie's formula that
gradient, through the denoiser itself, is r's own slope times the spread that x0 still has: a take is moved only in ways
in which production's own takes differ, and so stays one of them. The adapter learns to answer so at once (guidance
distilled, 2210.03142). What of r can be told from what is expected at all, finetune/methods/guided/noise_attenuation.py says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from finetune.data.batches import Batch, predict
from finetune.data.examples import Example, digest
from finetune.data.latent_cache import Cache, by_shape, chunks
from finetune.methods.guided.noise_attenuation import Foresight, foresee
from finetune.recipe import Recipe
from finetune.reward.features import measure
from finetune.reward.model import Scorer
from finetune.tunable_model import Policy
from generation.families.base import OBJECTIVES, spread_out

LOOKED_AT = 64  # pairs, each at one of its noise levels, that say how steep liking usually is
MOST_EVENED = 3.0  # times by which a slope is made steeper or flatter


@dataclass(frozen=True)
class Steepness:
    """How steep liking usually is at a noise level: the root mean square of its gradient by x_t, as a smooth curve."""

    curve: torch.Tensor  # [4], of the logarithm, by powers of the level's log-odds; float64

    def at(self, t: torch.Tensor) -> torch.Tensor:
        """[B] -> [B]."""
        return (powers(t) @ self.curve.to(t.device)).exp().float()


@dataclass(frozen=True)
class Steering:
    """Where a run of method guided steers the model to, and how hard."""

    scorer: Scorer
    tilt: float
    evenness: float = 0.0
    steepness: Steepness | None = None  # with evenness above 0
    foresight: Foresight | None = None  # None: the liking of what is expected is taken for the liking that is expected

    def liking(self, expected: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """How takes under noise will be liked, from what is expected of them, [B, z, F, h, w] and [B] -> [B]."""
        if self.foresight is None:
            return self.scorer.score(expected)
        numbers = self.scorer.numbers(measure(expected, self.scorer.colours, t))
        return (numbers * self.foresight.at(self.scorer, t).to(numbers)).sum(1)

    def pull(self, t: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
        """How many times its slope [B, ...] each take is asked to move, [B].

        Where liking is steeper than usual at that noise level, less than `tilt`: one tilt would move the takes of some
        captions much further than others', and what those show would drown first.
        """
        if self.steepness is None:
            return torch.full_like(t, self.tilt)
        ratio = self.steepness.at(t) / size_of(slope)
        return self.tilt * ratio.clamp(1 / MOST_EVENED, MOST_EVENED) ** self.evenness


def make_steering(
    policy: Policy,
    cache: Cache,
    scorer: Scorer,
    examples: Sequence[Example],
    recipe: Recipe,
    hear: Callable[[], None] = lambda: None,
) -> Steering:
    """Measures what can be foretold of these pairs' takes, and how steep the liking of them usually is.

    The same for the same pairs and recipe, so that a run that goes on needs nothing kept. `hear` may raise to stop.
    """
    foresight = foresee(policy, cache, scorer, examples, recipe, hear) if recipe.foresight else None
    steering = Steering(scorer, recipe.tilt, foresight=foresight)
    if not recipe.evenness:
        return steering
    steepness = measure_steepness(policy, cache, steering, examples, recipe)
    return replace(steering, evenness=recipe.evenness, steepness=steepness)


def measure_steepness(
    policy: Policy, cache: Cache, steering: Steering, examples: Sequence[Example], recipe: Recipe
) -> Steepness:
    """Of some of these pairs' takes, each at one of its noise levels."""
    levels, sizes = [], []
    some = sorted(examples, key=lambda each: digest(each.key, "steepness"))[:LOOKED_AT]
    for group in by_shape((str(number), cache.latent(each.left)) for number, each in enumerate(some)):
        for numbers in chunks([int(number) for number, _ in group], recipe.per_device_train_batch_size):
            batch = cache.batch(
                [some[number] for number in numbers], [number % recipe.noise_draws for number in numbers]
            )
            levels.append(batch.t)
            sizes.append(size_of(slope_of(policy, steering, batch)[1]))
    return fit_steepness(torch.cat(levels), torch.cat(sizes))


def fit_steepness(t: torch.Tensor, sizes: torch.Tensor) -> Steepness:
    """Least squares of the logarithms; [n] and [n]."""
    asked, told = powers(t), sizes.double().log()
    # A trace of ridge: a handful of pairs may not tell four numbers apart.
    square = asked.T @ asked + 1e-6 * len(t) * torch.eye(asked.shape[1], dtype=asked.dtype, device=t.device)
    return Steepness(torch.linalg.solve(square, asked.T @ told))


def powers(t: torch.Tensor) -> torch.Tensor:
    """[B] -> [B, 4]: of the log-odds of the noise level."""
    level = t.double().clamp(1e-3, 1 - 1e-4)
    odds = (level / (1 - level)).log()
    return torch.stack([odds**power for power in range(4)], dim=1)


def size_of(slope: torch.Tensor) -> torch.Tensor:
    """Root mean square, [B, ...] -> [B]; never nothing, so that it can be divided by."""
    return slope.flatten(1).square().mean(1).sqrt().clamp(min=1e-12)


def slope_of(policy: Policy, steering: Steering, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """(what the reference answers, the gradient by x_t of how that is liked), both like x_t."""
    objective = OBJECTIVES[policy.family.objective]
    with torch.enable_grad(), policy.reference():
        x_t = batch.x_t.detach().clone().requires_grad_(True)
        answer = predict(policy, replace(batch, x_t=x_t))
        liking = steering.liking(objective.clean(x_t, answer, batch.t), batch.t)
        (slope,) = torch.autograd.grad(liking.sum(), x_t)
    return answer.detach(), slope


def tilted_answer(policy: Policy, steering: Steering, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """(what the reference answers, what is wanted instead), both like x_t and without gradients.

    Costs a pass of the reference forward and back, for the gradient by its input alone.
    """
    answer, slope = slope_of(policy, steering, batch)
    guidance = OBJECTIVES[policy.family.objective].guidance(batch.t)
    return answer, answer + spread_out(guidance * steering.pull(batch.t, slope), slope) * slope


def distances(predicted: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean squared distance of each pair's two answers to what is wanted, [2 B, …] -> [B]."""
    left, right = ((predicted - wanted) ** 2).flatten(1).mean(1).chunk(2)
    return (left + right) / 2
