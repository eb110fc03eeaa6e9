"""What hidden states under noise tell of the reward of the take that will come of them.

The reward model reads finished takes at one noise level. At other levels the denoiser's hidden states are other ones, and
tell less. So at some levels judged takes are put under noise, and a ridge regression on their hidden states predicts their
rewards: to first order E[reward | x_t], whose gradient by x_t is the one that guidance needs. Between two levels the weights
go straight from one to the other, in the log-odds of the level. Each denoiser has levels of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

import torch

from finetune.data.batches import Batch, is_used_at
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.methods.guided.noise_attenuation import levels_of, takes_of_whole_briefs
from finetune.reward.features.hidden_states import features_under_noise, read_cached_takes
from finetune.reward.model import RewardModel
from finetune.reward.scaling import centred_within_briefs, join_groups
from finetune.settings import Recipe
from finetune.tunable_model import TunableModel
from generation.families.protocol import Denoiser
from generation.residency import resident

STATE_TAKES = 640  # read at each level
FOLDS = 5
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # times the mean squared length of a row


@dataclass(frozen=True)
class StateWeights:
    """Weights of hidden states at some noise levels."""

    features: str  # key of features.sets.HIDDEN_STATES
    levels: tuple[float, ...]  # rising
    weights: torch.Tensor  # [levels, d], of the joined groups as they are
    explained: tuple[float, ...]  # of each level: share of the variance within briefs that held-out takes' rewards have

    def reward(self, model: TunableModel, batch: Batch) -> torch.Tensor:
        """The expected reward of each item, but for a constant of its level, [2 B]; differentiable by batch.x_t."""
        features = join_groups(features_under_noise(model, batch), self.features)
        return (features * self.at(model.denoisers, batch.levels, features)).sum(1)

    def at(self, denoisers: Sequence[Denoiser], levels: Sequence[float], like: torch.Tensor) -> torch.Tensor:
        """The weights at these noise levels, [B, d], where and as `like` is."""
        weights = resident(self.weights, like.device).to(like)
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
) -> StateWeights:
    """Reads takes of these examples at some noise levels by the reference; the same every time. `on_batch` may raise."""
    takes = takes_of_whole_briefs(examples, STATE_TAKES)
    brief = torch.tensor([example.brief for _, example in takes])
    rewards = reward_model.reward(read_cached_takes(cache, takes, on_batch=on_batch)).double()
    levels, fits = levels_of_denoisers(model.tuned, levels_of(cache, recipe)), []
    for level in levels:
        features = join_groups(read_cached_takes(cache, takes, level, on_batch), reward_model.features)
        fits.append(
            model.processes.from_first(lambda features=features: fit_ridge(features.double(), rewards, brief))  # type: ignore[misc]
        )
    weights, explained = zip(*fits, strict=True)
    return StateWeights(reward_model.features, tuple(levels), torch.stack(weights), tuple(explained))


def levels_of_denoisers(denoisers: Sequence[Denoiser], levels: Sequence[float]) -> list[float]:
    """These levels, and the middle of the range of each denoiser that has none of them."""
    without = [each for each in denoisers if not any(is_used_at(each, level) for level in levels)]
    return sorted([*levels, *((each.low + each.high) / 2 for each in without)])


def fit_ridge(features: torch.Tensor, rewards: torch.Tensor, brief: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Ridge regression within briefs: [n, d] float64, [n], [n] -> (weights [d] float32, share explained of held-out briefs).

    The penalty is the one of PENALTIES that predicts held-out fifths of the briefs best. Weights are multiplied by the
    slope of rewards on those predictions: what does not hold on other briefs, as close to pure noise, moves nothing.
    """
    rows, target = centred_within_briefs(features, brief), centred_within_briefs(rewards, brief)
    products = rows @ rows.T
    unit = float(products.trace()) / len(rows)
    fold = torch.unique(brief, return_inverse=True)[1] % FOLDS
    predicted = {penalty: held_out(products, target, fold, penalty * unit) for penalty in PENALTIES}
    penalty = min(PENALTIES, key=lambda each: float((target - predicted[each]).square().sum()))
    slope, explained = slope_of(predicted[penalty], target)
    return (slope * (rows.T @ dual_weights(products, target, penalty * unit))).float(), explained


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
