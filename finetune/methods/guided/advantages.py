"""Judged takes as targets, each by how much more it is preferred than others of its brief.

Of a take under noise let v be what a perfect denoiser would answer, u what the reference answers, and r the take's reward. The
mean of r (v - u) over all takes that x_t may become is the covariance of r and v there: what guidance by the gradient of the
reward gives to first order. So u + scale r (v - u) is a target whose mean is right, whatever reward model r comes from and
without a pass back through the network (advantage-weighted regression, arXiv 1910.00177; with negative advantages as in
2509.16117). Its noise is large. Of a gradient it is the other way round: no noise, and wrong where the reward model is. The mean
of the two went further at the same cost in content than either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from finetune.data.batches import Batch, predict
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.reward.features.hidden_states import TakeOfExample
from finetune.reward.features.sets import Groups
from finetune.reward.model import RewardModel
from finetune.reward.scaling import centred_within_briefs
from finetune.tunable_model import TunableModel
from generation.objectives import spread_out

MOST = 3.0  # within-prompt deviations: one take of a brief is not to outweigh all the others


@dataclass(frozen=True)
class Advantages:
    """Of judged takes, in within-prompt deviations, 0 on average of a brief."""

    by_take: Mapping[str, float]  # by sha256
    scale: float
    share: float  # of the target; the rest is guidance by the gradient

    def of(self, examples: Sequence[Example]) -> torch.Tensor:
        """All left takes before all right ones, [2 B]."""
        takes = [*(example.left for example in examples), *(example.right for example in examples)]
        return torch.tensor([self.by_take[take] for take in takes])

    def target(self, prediction: torch.Tensor, batch: Batch, examples: Sequence[Example]) -> torch.Tensor:
        """From the reference's prediction, like it."""
        advantage = self.scale * self.of(examples).to(prediction)
        return prediction + spread_out(advantage, prediction) * (batch.target - prediction)


def advantages_of(
    cache: LatentCache,
    reward_model: RewardModel,
    takes: Sequence[TakeOfExample],
    states: Groups | None,
    scale: float,
    share: float,
) -> Advantages:
    """`states`: what the denoiser or an image encoder makes of these takes, a row each, where the reward model reads that."""
    with torch.no_grad():
        if reward_model.reads_latents_alone:
            rewards = torch.cat([reward_model.score(cache.latent(take)[None]) for take, _ in takes])
        else:
            assert states is not None
            rewards = reward_model.reward(states)
    return advantages_from(rewards, takes, scale, share)


def advantages_from(
    rewards: torch.Tensor, takes: Sequence[TakeOfExample], scale: float, share: float = 1.0
) -> Advantages:
    """From the rewards [n] of these takes."""
    brief = torch.tensor([example.brief for _, example in takes])
    centred = centred_within_briefs(rewards.double(), brief).clamp(-MOST, MOST).tolist()
    return Advantages({take: value for (take, _), value in zip(takes, centred, strict=True)}, scale, share)


@torch.no_grad()
def reference_prediction(model: TunableModel, batch: Batch) -> torch.Tensor:
    with model.reference():
        return predict(model, batch)
