"""What the denoiser would answer if its takes were drawn more often the better people like them.

Let r be the scorer's wish: liking in spreads, up to what is enough. Takes weighted by exp(tilt * r) are, to first order
in tilt, those of a denoiser that is guided by the gradient of r(x0) by x_t, x0 being what it expects to see under the noise (classifier guidance, arXiv
2105.05233, with the classifier of diffusion posterior sampling, 2209.14687). By Tweedie's formula that gradient, through
the denoiser itself, is r's own slope times the spread that x0 still has: a take is moved only in ways in which production's
own takes differ, and so stays one of them. The adapter learns to answer so at once (guidance distilled, 2210.03142).
"""

from __future__ import annotations

from dataclasses import replace

import torch

from finetune.batches import Batch, predict
from finetune.policy import Policy
from finetune.scorer import Scorer
from generation.families.base import OBJECTIVES, spread_out


def tilted_answer(
    policy: Policy, scorer: Scorer, batch: Batch, tilt: float, silent: Batch | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """(what the reference answers, what is wanted instead), both like x_t and without gradients.

    Costs a pass of the reference forward and back, for the gradient by its input alone. `silent`, the same batch under
    the empty caption, costs another forward: nothing that is wanted then speaks against the caption.
    """
    objective = OBJECTIVES[policy.family.objective]
    with torch.enable_grad(), policy.reference():
        x_t = batch.x_t.detach().clone().requires_grad_(True)
        answer = predict(policy, replace(batch, x_t=x_t))
        liking = scorer.wish(objective.clean(x_t, answer, batch.t))
        (slope,) = torch.autograd.grad(liking.sum(), x_t)
    shift = tilt * spread_out(objective.guidance(batch.t), slope) * slope
    answer = answer.detach()
    if silent is not None:
        with torch.no_grad(), policy.reference():
            shift = keep_caption(shift, answer - predict(policy, silent))
    return answer, answer + shift


def keep_caption(shift: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
    """The shift without what undoes the caption; `said`: what the caption changes, both [B, z, F, h, w].

    Place by place, since a caption says where nothing is to be as well as where something is.
    """
    along = (shift * said).sum(1, keepdim=True) / said.square().sum(1, keepdim=True).clamp(min=1e-12)
    return shift - along.clamp(max=0) * said


def distances(predicted: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean squared distance of each pair's two answers to what is wanted, [2 B, …] -> [B]."""
    left, right = ((predicted - wanted) ** 2).flatten(1).mean(1).chunk(2)
    return (left + right) / 2
