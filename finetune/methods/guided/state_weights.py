"""What hidden states under noise tell of the reward of the take that will come of them.

The reward model reads finished takes at one noise level. At other levels the denoiser's hidden states are other ones, and
tell less. So at some levels judged takes are put under noise, and a ridge regression on their hidden states predicts their
rewards: to first order E[reward | x_t], whose gradient by x_t is the one that guidance needs. In the same way a reward that is
read elsewhere, by an image encoder from the picture, is distilled into one that steers latents. Between two levels the weights
go straight from one to the other, in the log-odds of the level. Each denoiser has levels of its own.

What stands where is decided under much noise, where a take's hidden states tell little: there each take is read under several
noises, since it is the noise that hides it. Under little noise nothing moves any more, and a push only spoils what is there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import torch

from finetune.data.batches import Batch, is_used_at
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.methods.guided.noise_attenuation import levels_of, takes_of_whole_briefs
from finetune.reward.features.attention import Attention, fit_attention, unflattened
from finetune.reward.features.hidden_states import TakeOfExample, features_under_noise, read_cached_takes
from finetune.reward.features.sets import Groups
from finetune.reward.model import RewardModel
from finetune.reward.scaling import centred_within_briefs, join_groups
from finetune.settings import Recipe
from finetune.tunable_model import TunableModel
from generation.families.protocol import Denoiser
from generation.residency import resident

STATE_TAKES = 640  # read at each level
MANY_NOISES, MUCH_NOISE = 4, 0.7  # noises that each take is read under, from this level on
EDGE = 0.04  # of a noise level, over which the pushes set in
HARDLY = 0.01  # share of the push at a level that need not be read
FOLDS = 5
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # times the mean squared length of a row
DISTILLED_INTO = "hidden_states_4x4"


@dataclass(frozen=True)
class StateWeights:
    """Weights of hidden states at some noise levels."""

    features: str  # key of features.sets.HIDDEN_STATES
    levels: tuple[float, ...]  # rising
    weights: torch.Tensor  # [levels, d], of the joined groups as they are
    explained: tuple[float, ...]  # of each level: share of the variance within briefs that held-out takes' rewards have
    attention: torch.Tensor | None = None  # weight and bias of each level's, [levels, C + 1], where one is needed

    def reward(self, model: TunableModel, batch: Batch) -> torch.Tensor:
        """The expected reward of each item, but for a constant of its level, [2 B]; differentiable by batch.x_t."""
        groups = features_under_noise(model, batch)
        if self.attention is not None:
            groups = self.attention_at(model.denoisers, batch.levels, groups["states_8x8"]).add_to(groups)
        features = join_groups(groups, self.features)
        return (features * self.at(model.denoisers, batch.levels, features)).sum(1)

    def attention_at(self, denoisers: Sequence[Denoiser], levels: Sequence[float], like: torch.Tensor) -> Attention:
        """That at these noise levels, [B, C] and [B]."""
        assert self.attention is not None
        rows = self.between_levels(self.attention, denoisers, levels, like)
        return Attention(rows[:, :-1], rows[:, -1])

    def at(self, denoisers: Sequence[Denoiser], levels: Sequence[float], like: torch.Tensor) -> torch.Tensor:
        """The weights at these noise levels, [B, d], where and as `like` is."""
        return self.between_levels(self.weights, denoisers, levels, like)

    def between_levels(
        self, rows: torch.Tensor, denoisers: Sequence[Denoiser], levels: Sequence[float], like: torch.Tensor
    ) -> torch.Tensor:
        """Rows [levels, d] of the levels measured, at these noise levels: [B, d]."""
        weights = resident(rows, like.device).to(like)
        below, above, way = zip(*(self.between(denoisers, level) for level in levels), strict=True)
        share = torch.tensor(way, dtype=like.dtype, device=like.device)[:, None]
        return torch.lerp(weights[list(below)], weights[list(above)], share)

    def between(self, denoisers: Sequence[Denoiser], level: float) -> tuple[int, int, float]:
        """(place of the level measured below, of the one above, how far it is from one to the other)."""
        own = next(each for each in denoisers if is_used_at(each, level))
        places = [place for place, each in enumerate(self.levels) if is_used_at(own, each)]
        odds = [log_odds(self.levels[place]) for place in places]
        above = min(max(bisect_left(odds, log_odds(level)), 1), len(places) - 1)
        if len(places) == 1:
            return places[0], places[0], 0.0
        way = (log_odds(level) - odds[above - 1]) / (odds[above] - odds[above - 1])
        return places[above - 1], places[above], min(max(way, 0.0), 1.0)

    @property
    def mean_explained(self) -> float:
        return sum(self.explained) / len(self.explained)

    def by_level(self) -> dict[str, float]:
        """For the run's metrics."""
        return {f"{level:.3f}": round(share, 3) for level, share in zip(self.levels, self.explained, strict=True)}


def log_odds(level: float) -> float:
    inside = min(max(level, 1e-3), 1 - 1e-4)
    return log(inside / (1 - inside))


def fit_state_weights(
    model: TunableModel,
    cache: LatentCache,
    reward_model: RewardModel,
    examples: Sequence[Example],
    recipe: Recipe,
    on_batch: Callable[[], None] = lambda: None,
    given: Mapping[str, float] | None = None,
) -> StateWeights:
    """Reads takes of these examples at some noise levels by the reference; the same every time. `on_batch` may raise.

    `given`: rewards by sha256 of a reward model that reads no hidden states.
    """
    takes = takes_of_whole_briefs(examples, STATE_TAKES)
    brief = torch.tensor([example.brief for _, example in takes])
    pointed, set_of_features = None, DISTILLED_INTO
    if given is None:
        finished, set_of_features = read_cached_takes(cache, takes, on_batch=on_batch), reward_model.features
        rewards, pointed = reward_model.reward(finished).double(), attended_cells(reward_model, finished)
    else:
        rewards = torch.tensor([given[take] for take, _ in takes], dtype=torch.float64)
    levels, fits, attentions = levels_of_denoisers(model.tuned, pushed_levels(cache, recipe)), [], []
    # Places are shares of the frame, hidden states are not: one penalty for both needs the reward model's units.
    unit = None if pointed is None else reward_model.scale.double()
    for level in levels:
        noises = MANY_NOISES if level >= MUCH_NOISE else 1
        groups = read_under_noises(cache, takes, level, noises, on_batch)
        if pointed is not None:
            attentions.append(attention_under_noise(model, groups, pointed.repeat(noises, 1, 1)))
            groups = attentions[-1].add_to(groups)
        features, of_brief = join_groups(groups, set_of_features).double(), brief.repeat(noises)
        target = rewards.repeat(noises)
        fits.append(
            model.processes.from_first(lambda x=features, y=target, of=of_brief: fit_ridge(x, y, of, unit))  # type: ignore[misc]
        )
    weights, explained = zip(*fits, strict=True)
    return StateWeights(set_of_features, tuple(levels), torch.stack(weights), tuple(explained), joined(attentions))


def read_under_noises(
    cache: LatentCache, takes: Sequence[TakeOfExample], level: float, noises: int, on_batch: Callable[[], None]
) -> Groups:
    """All takes under the first noise, then all under the next one: [noises x takes, d]."""
    read = [read_cached_takes(cache, takes, level, on_batch, draw) for draw in range(noises)]
    return {name: torch.cat([groups[name] for groups in read]) for name in read[0]}


def pushed_levels(cache: LatentCache, recipe: Recipe) -> list[float]:
    """Those of `levels_of` at which hidden states move takes."""
    levels = levels_of(cache, recipe)
    return [each for each in levels if push_at(torch.tensor(each), recipe.guided.hidden_states_above) > HARDLY]


def push_at(t: torch.Tensor, above: float) -> torch.Tensor:
    """Share of the push at noise levels, 0 to 1, like t: half at `above`."""
    return torch.sigmoid((t - above) / EDGE)


def attended_cells(reward_model: RewardModel, finished: Groups) -> torch.Tensor | None:
    """How much each cell of finished takes looks like what people point at, [takes, 8, 8]; None where that is not read."""
    return None if reward_model.attention is None else reward_model.attention.at(unflattened(finished["states_8x8"]))


def attention_under_noise(model: TunableModel, groups: Groups, cells: torch.Tensor) -> Attention:
    """What of the hidden states under noise tells of these cells of the finished takes."""
    return model.processes.from_first(lambda: fit_attention(unflattened(groups["states_8x8"]), cells))


def joined(attentions: Sequence[Attention]) -> torch.Tensor | None:
    """Weight and bias of each, [levels, C + 1]."""
    return torch.stack([torch.cat([each.weight, each.bias[None]]) for each in attentions]) if attentions else None


def levels_of_denoisers(denoisers: Sequence[Denoiser], levels: Sequence[float]) -> list[float]:
    """These levels, and the middle of the range of each denoiser that has none of them."""
    without = [each for each in denoisers if not any(is_used_at(each, level) for level in levels)]
    return sorted([*levels, *((each.low + each.high) / 2 for each in without)])


def fit_ridge(
    features: torch.Tensor, rewards: torch.Tensor, brief: torch.Tensor, unit: torch.Tensor | None = None
) -> tuple[torch.Tensor, float]:
    """Ridge regression within briefs: [n, d] float64, [n], [n] -> (weights [d] float32, share explained of held-out briefs).

    `unit` [d]: of the features, where they are not alike.

    The penalty is the one of PENALTIES that predicts held-out fifths of the briefs best. Weights are multiplied by the
    slope of rewards on those predictions: what does not hold on other briefs, as close to pure noise, moves nothing.
    """
    scale = torch.ones(features.shape[1], dtype=features.dtype) if unit is None else unit
    rows, target = centred_within_briefs(features / scale, brief), centred_within_briefs(rewards, brief)
    products = rows @ rows.T
    size = float(products.trace()) / len(rows)
    fold = torch.unique(brief, return_inverse=True)[1] % FOLDS
    predicted = {penalty: held_out(products, target, fold, penalty * size) for penalty in PENALTIES}
    penalty = min(PENALTIES, key=lambda each: float((target - predicted[each]).square().sum()))
    slope, explained = slope_of(predicted[penalty], target)
    return (slope * (rows.T @ dual_weights(products, target, penalty * size)) / scale).float(), explained


def held_out(products: torch.Tensor, target: torch.Tensor, fold: torch.Tensor, penalty: float) -> torch.Tensor:
    """Each fifth as weights from the others predict it, [n]; 0 where there are no others."""
    predicted = torch.zeros_like(target)
    for number in range(FOLDS):
        here = fold == number
        if here.any() and not here.all():
            predicted[here] = products[here][:, ~here] @ dual_weights(products[~here][:, ~here], target[~here], penalty)
    return predicted


def slope_of(predicted: torch.Tensor, target: torch.Tensor) -> tuple[float, float]:
    """(slope of the regression of target on predicted, 0 to 1; share of the target's variance that it explains)."""
    square = float(predicted.square().sum())
    if not square:
        return 0.0, 0.0
    slope = min(max(float(predicted @ target) / square, 0.0), 1.0)
    error = float((target - slope * predicted).square().sum())
    return slope, max(0.0, 1 - error / max(float(target.square().sum()), 1e-12))


def dual_weights(products: torch.Tensor, target: torch.Tensor, penalty: float) -> torch.Tensor:
    """One for each row; the rows' sum by them is the ridge's weights."""
    return torch.linalg.solve(products + penalty * torch.eye(len(products), dtype=products.dtype), target)
