"""How much better people are expected to find drawn takes, by what moved them and by what did not.

The gain that a reward model sees, times its correlation with what people prefer, is the best estimate of their gain where both
are normal and takes differ as they did. Its held-out accuracy tells that correlation. But takes are moved by that model's own
gradient, and so too in whatever it mistakes for what people like. A reward model that reads other features makes other mistakes.
It would see the gain times its own correlation; where it sees less, less is expected, the more so the more it is right about
people. It never raises what is expected: what it hardly knows says little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.reward.conditioned import ConditionedRewardModel, conditioned
from finetune.reward.fit import RewardModels
from finetune.reward.model import RewardModel
from finetune.reward.reliability import correlation_told_by
from generation.image_encoder import ImageEncoder, LoadedEncoder

LEAST_KNOWN = 0.05  # a correlation that can be divided by


@dataclass(frozen=True)
class GainJudge:
    """The reward model that takes are moved by, and the one that judges what came of it: the same where there is no other."""

    own: ConditionedRewardModel
    other: ConditionedRewardModel | None
    label_noise: float  # expected share of wrong verdicts
    encoder: ImageEncoder | None = None  # where either reads images

    @property
    def reward_models(self) -> list[ConditionedRewardModel]:
        return [self.own] if self.other is None else [self.own, self.other]

    @contextmanager
    def loaded_encoder(self) -> Iterator[LoadedEncoder | None]:
        """The image encoder, where it is needed."""
        if self.encoder is None:
            yield None
            return
        with self.encoder.loaded() as loaded:
            yield loaded

    @property
    def features(self) -> str:
        """Of the reward model that judges."""
        return self.reward_models[-1].reward_model.features

    def expected(self, gains: torch.Tensor) -> float:
        """The gain that people are expected to see, in within-prompt deviations: gains [models, takes] -> their mean's."""
        believed = float(gains[0].mean()) * correlation(self.own.reward_model, self.label_noise)
        if self.other is None or believed <= 0:
            return believed
        known = correlation(self.other.reward_model, self.label_noise)
        seen = max(float(gains[-1].mean()), 0.0) / max(known, LEAST_KNOWN)
        return believed * min(seen / believed, 1.0) ** known


def judge_of(
    cache: LatentCache, models: RewardModels, examples: Sequence[Example], encoder: ImageEncoder | None = None
) -> GainJudge:
    """Of the kinds that do not move takes the most accurate judges, where it is reliably better than chance.

    Where an image encoder's reward moves takes, by way of hidden states, too, those are the kinds that are read from latents.
    """
    kinds = [models.best, models.other] if models.image_is_best else [models.other, models.image]
    able = [each for each in kinds if each is not None and each.better_than_chance]
    other = max(able, key=lambda each: each.accuracy, default=None)
    noise = [example.label_noise for example in examples if example.decided]
    return GainJudge(
        conditioned(cache, models.chosen, examples),
        conditioned(cache, other, examples) if other is not None else None,
        sum(noise) / max(1, len(noise)),
        encoder if models.image_is_best or (other is not None and other is models.image) else None,
    )


def correlation(model: RewardModel, label_noise: float) -> float:
    """Of its reward with what people prefer, within briefs, 0 to 1."""
    return correlation_told_by(model.accuracy, label_noise)
