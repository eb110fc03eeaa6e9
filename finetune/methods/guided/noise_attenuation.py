"""How much of the reward is still measurable while a take is under noise.

The reward model reads finished takes. Under noise there is only what the reference predicts: the mean of all takes that it
may yet become. Colours and rows of a mean are the mean of colours and rows, as far as the reference is right. Its contrast
and the place of its strongest line are not, less so the more noise there is, and yet a line that is hardly there has the
steepest gradient of all. So at some noise levels judged takes are predicted by the reference, and a regression measures how
much each group of features still says of the reward: all of it under little noise, little of it close to pure noise. To
first order the attenuated reward is E[reward | x_t], whose gradient is the one that guidance needs (arXiv 2209.14687 takes
the reward of the mean instead).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from finetune.data.batches import Batch, fixed_noise, predict, shifted, under_noise
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache, by_shape
from finetune.digests import digest
from finetune.memory.uses import REWARD_UNDER_NOISE
from finetune.reward.features.statistics import measure_features
from finetune.reward.model import RewardModel
from finetune.reward.scaling import centred_within_briefs
from finetune.settings import Recipe
from finetune.tunable_model import TunableModel
from generation.residency import resident

LEVELS = 6  # noise levels measured at
FEWEST = 24  # takes measured, where there are so many
MOST = 3.0  # a group whose range the mean has narrowed counts for more than it did
PRIOR_STD = 0.3  # of a share, about what it is taken for without data: linear groups 1, others 0
LINEAR = frozenset({"colour", "rows", "columns", "grid", "channels", "channel_rows"})
"""Groups that are linear in the latents (but for saturation, one of the four of "colour"), and so true of a mean."""
Shares = dict[str, float]
TakeOfExample = tuple[str, Example]  # a take, and an example that it is in
OnBatch = Callable[[], None]


@dataclass(frozen=True)
class Curve:
    """A reward model's weights at the levels that were measured."""

    reward_model: RewardModel  # kept, so that its id stays its own
    weights: torch.Tensor  # [levels, numbers]
    odds: torch.Tensor  # [levels], of the levels (logarithm)


@dataclass(frozen=True)
class NoiseAttenuation:
    """What share of each group's gradient counts, by noise level; linear in the log-odds of the level between levels."""

    levels: tuple[float, ...]  # rising
    shares: tuple[Shares, ...]  # of each level, by group; what is not named counts in full
    curves: dict[int, Curve] = field(default_factory=dict, compare=False, repr=False)  # by the reward model's id

    def at(self, reward_model: RewardModel, t: torch.Tensor) -> torch.Tensor:
        """[B] -> the reward model's weights there, [B, numbers]."""
        curve = self.curve_of(reward_model)
        weights, odds = (resident(each, t.device).to(t) for each in (curve.weights, curve.odds))
        place = log_odds(t)
        above = torch.searchsorted(odds, place).clamp(1, len(odds) - 1)
        way = ((place - odds[above - 1]) / (odds[above] - odds[above - 1])).clamp(0, 1)[:, None]
        return torch.lerp(weights[above - 1], weights[above], way)

    def curve_of(self, reward_model: RewardModel) -> Curve:
        """Made once: it is needed at every step."""
        if id(reward_model) not in self.curves:
            weights = torch.stack([self.weights(reward_model, shares) for shares in self.shares])
            self.curves[id(reward_model)] = Curve(reward_model, weights, log_odds(torch.tensor(self.levels)))
        return self.curves[id(reward_model)]

    @staticmethod
    def weights(reward_model: RewardModel, shares: Shares) -> torch.Tensor:
        columns = reward_model.columns.items()
        return torch.cat([shares.get(name, 1.0) * reward_model.weight[where] for name, where in columns])

    def by_level(self) -> dict[str, Shares]:
        """For the run's metrics."""
        return {f"{level:.3f}": shares for level, shares in zip(self.levels, self.shares, strict=True)}


def log_odds(t: torch.Tensor) -> torch.Tensor:
    level = t.clamp(1e-3, 1 - 1e-4)
    return (level / (1 - level)).log()


def measure_noise_attenuation(
    model: TunableModel,
    cache: LatentCache,
    reward_model: RewardModel,
    examples: Sequence[Example],
    recipe: Recipe,
    on_batch: OnBatch = lambda: None,
) -> NoiseAttenuation:
    """Predicts takes of these examples by the reference; the same every time. `on_batch` may raise to stop.

    As many predictions as training has of takes, each a forward pass alone: about a fifth of its time at most. Few takes
    are each predicted under several noises.
    """
    takes = takes_to_predict(examples, recipe)
    brief = torch.tensor([example.brief for _, example in takes])
    with torch.no_grad():
        scores = {take: reward_model.score(cache.latent(take)[None]) for take, _ in dict(takes).items()}
    rewards = torch.cat([scores[take] for take, _ in takes]).double()
    levels, size = levels_of(cache, recipe), 2 * recipe.optimiser.per_device_train_batch_size
    numbers = [predicted_numbers(model, cache, reward_model, takes, level, size, on_batch) for level in levels]
    shares = model.processes.from_first(lambda: [shares_of(reward_model, rows, rewards, brief) for rows in numbers])
    return NoiseAttenuation(levels, tuple(shares))


def levels_of(cache: LatentCache, recipe: Recipe) -> tuple[float, ...]:
    shares = [shifted((part + 0.5) / LEVELS, recipe.noise_levels.shift) for part in range(LEVELS)]
    return tuple(cache.low + (cache.high - cache.low) * share for share in shares)


def takes_to_predict(examples: Sequence[Example], recipe: Recipe) -> list[TakeOfExample]:
    """At each level; a take may be there several times, for noises of its own."""
    optimiser = recipe.optimiser
    pairs = optimiser.max_steps * optimiser.per_device_train_batch_size * optimiser.gradient_accumulation_steps
    predictions = 2 * pairs // LEVELS
    takes = takes_of_whole_briefs(examples, max(FEWEST, predictions))
    return takes * max(1, predictions // len(takes))


def takes_of_whole_briefs(examples: Sequence[Example], most: int) -> list[TakeOfExample]:
    """(take, an example it is in), brief by brief until there are enough: rewards are compared within briefs."""
    chosen: dict[str, Example] = {}
    briefs: set[int] = set()
    # The word in the hash is an old name of this measurement. It stays, so that runs give the same results.
    for example in sorted(examples, key=lambda each: (digest(str(each.brief), "foresight"), each.key)):
        if len(chosen) >= most and example.brief not in briefs:
            break
        briefs.add(example.brief)
        for take in (example.left, example.right):
            chosen.setdefault(take, example)
    return list(chosen.items())


@torch.no_grad()
def predicted_numbers(
    model: TunableModel,
    cache: LatentCache,
    reward_model: RewardModel,
    takes: Sequence[TakeOfExample],
    level: float,
    size: int,
    on_batch: OnBatch,
) -> torch.Tensor:
    """The reward model's numbers of what the reference predicts at this noise level, [takes, numbers] float64."""
    rows: dict[int, torch.Tensor] = {}

    def numbers_of(some: Sequence[int]) -> dict[int, torch.Tensor]:
        on_batch()
        batch = noisy_batch(model, cache, [(place, *takes[place]) for place in some], level)
        with model.reference():
            prediction = predict(model, batch)
        clean = model.family.objective.clean(batch.x_t, prediction, batch.t)
        numbers = reward_model.numbers(measure_features(clean, reward_model.colour_map, batch.t))
        return dict(zip(some, numbers.cpu().double(), strict=True))

    for group in by_shape(range(len(takes)), lambda place: cache.latent_shape(takes[place][0])):
        shape = cache.latent_shape(takes[group[0]][0])
        own = model.processes.dealt(group)
        for some in model.memory.in_pieces(REWARD_UNDER_NOISE, shape, own, size, numbers_of):
            rows |= some
    return torch.stack(model.processes.merged(rows, len(takes)))


def noisy_batch(
    model: TunableModel, cache: LatentCache, takes: Sequence[tuple[int, str, Example]], level: float
) -> Batch:
    """These takes, of one shape, each under noise of its own: (its place among all, itself, its example)."""
    x0 = torch.stack([cache.latent(take) for _, take, _ in takes])
    noise = torch.stack([fixed_noise(f"{place}:{take}:{level}", x0[0].shape) for place, take, _ in takes])
    t = torch.full((len(takes),), level)
    return under_noise(model, x0, noise, t, [cache.condition(example) for _, _, example in takes])


def shares_of(reward_model: RewardModel, rows: torch.Tensor, rewards: torch.Tensor, brief: torch.Tensor) -> Shares:
    """Least squares, within briefs, of finished takes' rewards by what each group says of them under noise.

    The linear groups share one number, 1 without data: less, where a reference sees more in noise than there is.
    """
    weight = reward_model.weight.double()
    parts = {
        name: centred_within_briefs(rows[:, where] @ weight[where], brief)
        for name, where in reward_model.columns.items()
    }
    groups = [[name] for name, part in parts.items() if name not in LINEAR and part.any()]
    groups += [[name for name in parts if name in LINEAR]]
    inputs = torch.stack([sum((parts[name] for name in group), torch.zeros_like(rewards)) for group in groups], dim=1)
    prior = inputs.new_tensor([0.0] * (len(groups) - 1) + [1.0])
    target = centred_within_briefs(rewards, brief)
    shares, square = prior, inputs.T @ inputs
    for _ in range(2):  # the error of the shares says how little they can be trusted
        error = (target - inputs @ shares).square().mean() + 1e-9
        ridge = error / PRIOR_STD**2 * torch.eye(len(groups), dtype=inputs.dtype)
        shares = torch.linalg.solve(square + ridge, inputs.T @ target + ridge @ prior)
    by_group = zip(groups, shares.clamp(0, MOST).tolist(), strict=True)
    return {name: round(share, 3) for group, share in by_group for name in group}
