"""The reward model: what people prefer, as a number for each take, from features of its latents."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import torch

from finetune.reward.features.attention import Attention
from finetune.reward.features.sets import HIDDEN_STATES, IMAGE_ENCODER, SETS, Groups
from finetune.reward.features.statistics import measure_features
from finetune.reward.rbf_features import RbfFeatures
from finetune.reward.scaling import join_groups
from generation.residency import resident

RBF = "rbf_features"  # the name of their numbers beside the groups of features
CLEARLY = 2.5  # standard errors above one half from which an accuracy is reliably better than chance
Columns = dict[str, slice]


@dataclass(frozen=True)
class RewardModel:
    """score(x0) is 0 for the average take. 1 is one within-prompt standard deviation."""

    features: str  # key of features.sets.SETS
    rbf: RbfFeatures | None  # smooth functions of the features that have weights too
    colour_map: torch.Tensor  # of colour_map.fit_colour_map
    mean: torch.Tensor  # [d]
    scale: torch.Tensor  # [d], the unit of each feature
    weight: torch.Tensor  # [d + q], in within-prompt deviations per scaled feature, and per RBF feature
    penalty: float
    within_prompt_std: float  # log-odds that a reward of 1 is worth
    accuracy: float  # share of pairs with a preference predicted, each by a fit without its brief
    loss: float  # mean cross-entropy of the same predictions; ln 2 = 0.693 is chance
    pairs: int  # with a preference
    columns: Columns  # where each group's numbers are among those that have weights
    reliability: float  # 0 to 1: how much of the reward is more than the chance of which pairs were judged
    attention: Attention | None = None  # of one that reads what people point at

    @property
    def better_than_chance(self) -> bool:
        return better_than_chance(self.accuracy, self.pairs)

    @property
    def reads_hidden_states(self) -> bool:
        """Whether its features are the denoiser's, and not statistics of the latents."""
        return self.features in HIDDEN_STATES

    @property
    def reads_latents_alone(self) -> bool:
        """Whether its features are statistics of the latents."""
        return not self.reads_hidden_states and not self.reads_images

    @property
    def reads_images(self) -> bool:
        """Whether its features are those of an image encoder, which have no gradient by latents."""
        return self.features in IMAGE_ENCODER

    def score(self, x0: torch.Tensor) -> torch.Tensor:
        """The reward of latents [B, z, F, h, w], [B], by a model of their statistics; differentiable."""
        return self.reward(measure_features(x0, self.colour_map))

    def reward(self, groups: Groups) -> torch.Tensor:
        """The reward of takes from their features, [B]."""
        numbers = self.numbers(groups)
        return numbers @ resident(self.weight, numbers.device).to(numbers)

    def numbers(self, groups: Groups) -> torch.Tensor:
        """What the weights are for, [B, d + q]: scaled features, and their RBF features."""
        raw = join_groups(groups if self.attention is None else self.attention.add_to(groups), self.features)
        mean, scale = (resident(each, raw.device).to(raw) for each in (self.mean, self.scale))
        return with_rbf((raw - mean) / scale, self.rbf)


def better_than_chance(accuracy: float, pairs: int) -> bool:
    """Reliably: the best of many fits is a little better than chance whatever it was fitted to."""
    return accuracy - 0.5 >= CLEARLY * 0.5 / pairs**0.5


def with_rbf(scaled: torch.Tensor, rbf: RbfFeatures | None) -> torch.Tensor:
    """[B, d] -> [B, d + q], the RBF features beside the linear ones."""
    return scaled if rbf is None else torch.cat([scaled, rbf(scaled)], dim=1)


def columns_of(groups: Groups, features: str, numbers: int) -> Columns:
    """By group, in the order of `join_groups`; RBF features are whatever comes after."""
    ends = [0, *accumulate(groups[name].shape[1] for name in SETS[features]), numbers]
    return {
        name: slice(start, end)
        for name, start, end in zip((*SETS[features], RBF), ends[:-1], ends[1:], strict=True)
        if end > start
    }
