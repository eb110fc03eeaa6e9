"""How much better people are expected to find drawn takes, judged by another reward model than the one that moved them.

A reward model always believes what was done by its own gradient: takes move in whatever it mistakes for what people like,
too. One that reads other features makes other mistakes. Its gain is multiplied by its correlation with what people prefer,
which is the best estimate of their gain where both are normal, and which its held-out accuracy tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.reward.conditioned import ConditionedRewardModel, conditioned
from finetune.reward.fit import RewardModels
from finetune.reward.model import RewardModel
from finetune.reward.reliability import correlation_told_by


@dataclass(frozen=True)
class GainJudge:
    """The reward model that takes are moved by, and the one that judges what came of it: the same where there is no other."""

    own: ConditionedRewardModel
    other: ConditionedRewardModel | None
    label_noise: float  # expected share of wrong verdicts

    @property
    def reward_models(self) -> list[ConditionedRewardModel]:
        return [self.own] if self.other is None else [self.own, self.other]

    @property
    def features(self) -> str:
        """Of the reward model that judges."""
        return self.reward_models[-1].reward_model.features

    def expected(self, gains: torch.Tensor) -> float:
        """The gain that people are expected to see, in within-prompt deviations: gains [models, takes] -> their mean's."""
        return float(gains[-1].mean()) * correlation(self.reward_models[-1].reward_model, self.label_noise)


def judge_of(cache: LatentCache, models: RewardModels, examples: Sequence[Example]) -> GainJudge:
    """The other kind judges where it is reliably better than chance."""
    other = models.other if models.other is not None and models.other.better_than_chance else None
    noise = [example.label_noise for example in examples if example.decided]
    return GainJudge(
        conditioned(cache, models.best, examples),
        conditioned(cache, other, examples) if other is not None else None,
        sum(noise) / max(1, len(noise)),
    )


def correlation(model: RewardModel, label_noise: float) -> float:
    """Of its reward with what people prefer, within briefs, 0 to 1."""
    return correlation_told_by(model.accuracy, label_noise)
