"""Rewards of takes by whatever a reward model reads: their latents alone, what the denoiser makes of them, or the pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache, Tensors
from finetune.reward.features.hidden_states import read_takes
from finetune.reward.features.image_encoder import groups_of
from finetune.reward.model import RewardModel
from finetune.tunable_model import TunableModel
from generation.image_encoder import LoadedEncoder

ConditionOf = Callable[[int], Tensors]  # the condition of a brief's takes, without the batch axis


@dataclass(frozen=True)
class ConditionedRewardModel:
    """A reward model, and what it needs to read takes of some briefs."""

    reward_model: RewardModel
    condition_of: ConditionOf

    @torch.no_grad()
    def score(
        self,
        model: TunableModel,
        x0: torch.Tensor,
        briefs: Sequence[int],
        names: Sequence[str],
        pictures: Sequence[np.ndarray] = (),
        encoder: LoadedEncoder | None = None,
    ) -> torch.Tensor:
        """The rewards [B] of takes x0 [B, z, F, h, w] on the processor.

        `briefs` and `names`: of each take. Hidden states are the reference's, under the brief's prompt and a noise that
        depends on the name only. `pictures`: the takes themselves, uint8 [F, H, W, 3] each, and `encoder`: both needed by a
        reward model that reads images.
        """
        if self.reward_model.reads_images:
            assert encoder is not None
            return self.reward_model.reward(groups_of(encoder, pictures))
        if not self.reward_model.reads_hidden_states:
            return self.reward_model.score(x0)
        conditions = [self.condition_of(brief) for brief in briefs]
        return self.reward_model.reward(read_takes(model, x0, conditions, names))


def conditioned(cache: LatentCache, reward_model: RewardModel, examples: Sequence[Example]) -> ConditionedRewardModel:
    """For takes of these examples' briefs, whose conditions are in the cache."""
    by_brief = {example.brief: example for example in examples}
    return ConditionedRewardModel(reward_model, lambda brief: cache.condition(by_brief[brief]))
