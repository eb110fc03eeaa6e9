"""What the denoiser would predict if it drew takes of higher reward more often.

Let r be the reward, in within-prompt deviations. Takes weighted by exp(reward_scale * r), the reward-tilted distribution,
are to first order those of a denoiser that is guided by the gradient of r(x0) by x_t, x0 being its own prediction
(classifier guidance, arXiv 2105.05233, with the classifier of diffusion posterior sampling, 2209.14687). By Tweedie's
formula that gradient, through the denoiser itself, is r's own gradient times the covariance that x0 still has: a take moves
only in ways in which the model's own takes differ, and so stays one of them. The adapter learns to predict so at once
(guidance distillation, 2210.03142). How much of r is measurable under noise is in noise_attenuation.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from finetune.data.batches import Batch, predict
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache, by_shape
from finetune.digests import digest
from finetune.memory.uses import REWARD_GRADIENT
from finetune.methods.guided.gradient_scale import GradientScale, fit_gradient_scale, size_of
from finetune.methods.guided.noise_attenuation import (
    NoiseAttenuation,
    levels_of,
    measure_noise_attenuation,
    predicted_numbers,
    takes_of_whole_briefs,
    takes_to_predict,
)
from finetune.methods.guided.state_weights import STATE_TAKES, StateWeights, fit_state_weights, push_at
from finetune.methods.protocol import Work, seconds_of
from finetune.reward.features.statistics import measure_features
from finetune.reward.model import RewardModel
from finetune.settings import Recipe
from finetune.tunable_model import TunableModel
from generation.objectives import spread_out

MEASURED_PAIRS = 64  # each at one of its noise levels, to measure the usual size of gradients
ROUGHLY_MEASURED = 4  # in a dry run
Measured = tuple[list[int], torch.Tensor, torch.Tensor]  # pairs, and noise levels and sizes of their two takes, [2 B]
KNOWN = 0.25  # share of the reward's variance told at the levels pushed, which hidden_states_scale is for
MOST_NORMALISED = 3.0  # times by which a gradient is made larger or smaller


@dataclass(frozen=True)
class RewardGuidance:
    """Where a run of method guided moves the model, and how far."""

    reward_model: RewardModel
    reward_scale: float
    gradient_normalisation: float = 0.0
    gradient_scale: GradientScale | None = None  # with gradient_normalisation above 0
    noise_attenuation: NoiseAttenuation | None = None  # None: the reward of the prediction is used as it is
    state_weights: StateWeights | None = None  # of a reward model that reads hidden states
    above: float = 0.0  # the noise level from which these move takes

    def reward(self, predicted: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """The expected reward of takes under noise, from their predictions: [B, z, F, h, w] and [B] -> [B].

        By a reward model of statistics of the latents.
        """
        if self.noise_attenuation is None:
            return self.reward_model.score(predicted)
        numbers = self.reward_model.numbers(measure_features(predicted, self.reward_model.colour_map, t))
        return (numbers * self.noise_attenuation.at(self.reward_model, t).to(numbers)).sum(1)

    def scale(self, t: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """By how much each take's gradient [B, ...] is multiplied, [B].

        Less than `reward_scale` where the gradient is larger than usual at that noise level: one factor would move the
        takes of some captions much further than others', and their content would be lost first.
        """
        scale = torch.full_like(t, self.reward_scale)
        if self.state_weights is not None:
            scale = scale * push_at(t, self.above)
        if self.gradient_scale is None:
            return scale
        ratio = self.gradient_scale.at(t) / size_of(gradient)
        return scale * ratio.clamp(1 / MOST_NORMALISED, MOST_NORMALISED) ** self.gradient_normalisation


def make_guidance(
    model: TunableModel,
    cache: LatentCache,
    reward_model: RewardModel,
    examples: Sequence[Example],
    recipe: Recipe,
    on_batch: Callable[[], None] = lambda: None,
    given: Mapping[str, float] | None = None,
) -> RewardGuidance:
    """Measures on these pairs how much noise hides of the reward, and how large its gradient usually is.

    The same for the same pairs and recipe, so that a run that is continued needs nothing kept. `on_batch` may raise to
    stop. `given`: rewards of takes, by sha256, of a reward model that reads images.
    """
    settings = recipe.guided
    attenuation = weights = None
    if reward_model.reads_hidden_states or given is not None:
        weights = fit_state_weights(model, cache, reward_model, examples, recipe, on_batch, given)
    elif settings.noise_attenuation:
        attenuation = measure_noise_attenuation(model, cache, reward_model, examples, recipe, on_batch)
    guidance = guidance_of(recipe, reward_model, attenuation, weights)
    if not settings.gradient_normalisation:
        return guidance
    scale = measure_gradient_scale(model, cache, guidance, examples, recipe)
    return replace(guidance, gradient_normalisation=settings.gradient_normalisation, gradient_scale=scale)


def guidance_of(
    recipe: Recipe, reward_model: RewardModel, attenuation: NoiseAttenuation | None, weights: StateWeights | None
) -> RewardGuidance:
    scale, above = reward_scale_of(recipe, reward_model), recipe.guided.hidden_states_above
    if weights is not None:
        scale *= min(1.0, KNOWN / max(weights.mean_explained, 1e-12))
    return RewardGuidance(reward_model, scale, noise_attenuation=attenuation, state_weights=weights, above=above)


def reward_scale_of(recipe: Recipe, reward_model: RewardModel) -> float:
    """Of the recipe, for what this reward model reads."""
    settings = recipe.guided
    return settings.reward_scale if reward_model.reads_latents_alone else settings.hidden_states_scale


def rough_guidance(
    model: TunableModel,
    cache: LatentCache,
    reward_model: RewardModel,
    examples: Sequence[Example],
    recipe: Recipe,
    whole: Sequence[Example],
    given: Mapping[str, float] | None = None,
) -> tuple[RewardGuidance, list[Work]]:
    """As `make_guidance`, on so few examples that it means nothing and costs as much a step; what it takes on the whole."""
    works: list[Work] = []
    attenuation = weights = None
    if reward_model.reads_hidden_states or given is not None:
        weights, works = rough_state_weights(model, cache, reward_model, examples, recipe, whole, given)
    elif recipe.guided.noise_attenuation:
        levels = levels_of(cache, recipe)
        attenuation = NoiseAttenuation(levels, tuple({} for _ in levels))
        takes = takes_of_whole_briefs(examples, 1)
        size = 2 * recipe.optimiser.per_device_train_batch_size
        seconds = seconds_of(
            lambda: predicted_numbers(model, cache, reward_model, takes, levels[0], size, lambda: None)
        )
        times = len(levels) * len(takes_to_predict(whole, recipe))
        works.append(Work("takes predicted under noise", times, seconds / len(takes)))
    guidance = guidance_of(recipe, reward_model, attenuation, weights)
    if not recipe.guided.gradient_normalisation:
        return guidance, works
    some = examples[:ROUGHLY_MEASURED]
    seconds = seconds_of(lambda: measure_gradient_scale(model, cache, guidance, some, recipe))
    works.append(Work("gradients of the reward", min(MEASURED_PAIRS, len(whole)), seconds / len(some)))
    scale = measure_gradient_scale(model, cache, guidance, some, recipe)
    normalisation = recipe.guided.gradient_normalisation
    return replace(guidance, gradient_normalisation=normalisation, gradient_scale=scale), works


def rough_state_weights(
    model: TunableModel,
    cache: LatentCache,
    reward_model: RewardModel,
    examples: Sequence[Example],
    recipe: Recipe,
    whole: Sequence[Example],
    given: Mapping[str, float] | None = None,
) -> tuple[StateWeights, list[Work]]:
    """Of these few takes, which are read at all levels here, and what it takes for the whole."""
    began = time.monotonic()
    weights = fit_state_weights(model, cache, reward_model, examples, recipe, given=given)
    seconds, read = time.monotonic() - began, len(takes_of_whole_briefs(examples, STATE_TAKES))
    times = len(takes_of_whole_briefs(whole, STATE_TAKES)) / read
    return weights, [Work("takes read under noise", times, seconds)]


def measure_gradient_scale(
    model: TunableModel, cache: LatentCache, guidance: RewardGuidance, examples: Sequence[Example], recipe: Recipe
) -> GradientScale:
    """Of some of these pairs' takes, each at one of its noise levels."""
    draws = recipe.noise_levels.draws_per_pair
    processes, measured = model.processes, list[Measured]()
    # The word in the hash is an old name of this measurement. It stays, so that runs give the same results.
    some = sorted(examples, key=lambda each: digest(each.key, "steepness"))[:MEASURED_PAIRS]

    def sizes(numbers: Sequence[int]) -> Measured:
        batch = cache.batch([some[number] for number in numbers], [number % draws for number in numbers])
        size = size_of(reward_gradient(model, guidance, batch)[1])
        return (list(numbers), batch.t, size) if processes.is_alone else (list(numbers), batch.t.cpu(), size.cpu())

    most = recipe.optimiser.per_device_train_batch_size
    for group in by_shape(range(len(some)), lambda number: cache.latent_shape(some[number].left)):
        shape = cache.latent_shape(some[group[0]].left)
        measured += model.memory.in_pieces(REWARD_GRADIENT, shape, processes.dealt(group), most, sizes)
    everywhere = without_repeats([piece for pieces in processes.gathered(measured) for piece in pieces])
    return processes.from_first(
        lambda: fit_gradient_scale(*(torch.cat(column) for column in zip(*everywhere, strict=True)))
    )


def without_repeats(measured: Sequence[Measured]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Noise levels and sizes, of each pair once: processes that go in step measure some of them twice."""
    seen: set[int] = set()
    kept = []
    for numbers, t, size in measured:
        new = [place for place, number in enumerate(numbers) if number not in seen]
        seen.update(numbers)
        if len(new) < len(numbers):
            rows = torch.tensor([*new, *(place + len(numbers) for place in new)], dtype=torch.long)
            t, size = t[rows], size[rows]
        kept.append((t, size))
    return kept


def reward_gradient(model: TunableModel, guidance: RewardGuidance, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """(the reference's prediction, the gradient of its reward by x_t), both like x_t."""
    with torch.enable_grad(), model.reference():
        x_t = batch.x_t.detach().clone().requires_grad_(True)
        prediction, reward = predicted_reward(model, guidance, replace(batch, x_t=x_t))
        (gradient,) = torch.autograd.grad(reward.sum(), x_t)
    return prediction.detach(), gradient


def predicted_reward(model: TunableModel, guidance: RewardGuidance, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """(prediction, expected reward [2 B]); hidden states are differentiated without the prediction."""
    if guidance.state_weights is None:
        prediction = predict(model, batch)
        return prediction, guidance.reward(model.family.objective.clean(batch.x_t, prediction, batch.t), batch.t)
    with torch.no_grad():
        prediction = predict(model, batch)
    return prediction, guidance.state_weights.reward(model, batch)


def guided_prediction(model: TunableModel, guidance: RewardGuidance, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """(the reference's prediction, the target: the guided one), both like x_t and without gradients.

    Costs a pass of the reference forward and back, for the gradient by its input alone.
    """
    prediction, gradient = reward_gradient(model, guidance, batch)
    factor = model.family.objective.guidance(batch.t) * guidance.scale(batch.t, gradient)
    return prediction, prediction + spread_out(factor, gradient) * gradient


def distances(predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean squared distance of each pair's two predictions to their targets, [2 B, …] -> [B]."""
    left, right = ((predicted - target) ** 2).flatten(1).mean(1).chunk(2)
    return (left + right) / 2
