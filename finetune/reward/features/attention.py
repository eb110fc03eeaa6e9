"""Where people point, learned: a logistic regression on the hidden states of each cell of the grid.

Who points at the hand says that the hand is what the verdict is about, on takes that nobody pointed on, too. So what people
pointed at is told from what the denoiser has there, and the hidden states are averaged over the cells that look like it
(attention pooling, as in arXiv 1802.04712). A taste about the subject is then read in it wherever it stands: 200 numbers
instead of 200 for each cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from finetune.data.pointing import Pointing, mean_coverage, whole_length
from finetune.reward.features.sets import POINTED_PLACE, POINTED_STATES, Groups
from generation.residency import resident

GRID = 8  # of the hidden states that are attended to
FEWEST = 8  # takes that people pointed on
MOST = 512
PENALTY = 1e-3
ITERATIONS = 60
SMALL = 1e-3  # share of the frame: no attention anywhere is not a division by zero


@dataclass(frozen=True)
class Attention:
    """How much a cell looks like what people point at."""

    weight: torch.Tensor  # [C], of the hidden states of a cell as they are; or [B, C], of each take
    bias: torch.Tensor  # [] or [B]

    def at(self, states: torch.Tensor) -> torch.Tensor:
        """[B, C, h, w] -> [B, h, w], 0 to 1; differentiable."""
        weight, bias = (resident(each, states.device).to(states) for each in (self.weight, self.bias))
        place = torch.einsum("bchw,bc->bhw", states, weight.expand(len(states), -1))
        return torch.sigmoid(place + bias.expand(len(states))[:, None, None])

    def groups(self, states: torch.Tensor) -> Groups:
        """Of hidden states [B, C, h, w]: their mean where attention is, and where and how large that is.

        Squared: many places that it is hardly sure of must not outweigh the few that it is.
        """
        attention = self.at(states).square()
        total = attention.mean((1, 2)) + SMALL
        share = attention / (attention.sum((1, 2), keepdim=True) + SMALL)
        across, down = ((torch.arange(n, device=share.device) + 0.5) / n for n in (share.shape[2], share.shape[1]))
        x, y = (share.sum(1) * across).sum(1), (share.sum(2) * down).sum(1)
        return {
            POINTED_STATES: torch.einsum("bchw,bhw->bc", states, share),
            POINTED_PLACE: torch.stack([total.log(), x, y], dim=1),
        }

    def add_to(self, groups: Groups) -> Groups:
        """The same with the groups of what is attended to."""
        return {**groups, **self.groups(unflattened(groups["states_8x8"]))}


def unflattened(values: torch.Tensor) -> torch.Tensor:
    """The group states_8x8, [B, d] -> [B, C, 8, 8]."""
    return values.unflatten(1, (-1, GRID, GRID))


def learn_attention(states: torch.Tensor, pointing: Sequence[Pointing]) -> Attention | None:
    """From the group states_8x8 of takes, [takes, d], and where people pointed on each; None where they hardly did."""
    covers = [covered(each) for each in pointing]
    pointed = [row for row, cover in enumerate(covers) if cover is not None]
    if len(pointed) < FEWEST:
        return None
    some = pointed[:: -(-len(pointed) // MOST)]
    cover = torch.stack([each for each in (covers[row] for row in some) if each is not None])
    return fit_attention(unflattened(states[some]), cover)


def covered(pointing: Pointing) -> torch.Tensor | None:
    """What of the frame people pointed at, [8, 8]; None where that is all of it, as of some frames of a clip."""
    cover = mean_coverage(tuple(whole_length(places) for places in pointing), (1, GRID, GRID))[0]
    return None if bool((cover == 1).all()) else cover


def fit_attention(states: torch.Tensor, target: torch.Tensor) -> Attention:
    """Ridge logistic regression of shares [n, h, w] on hidden states [n, C, h, w]; the same every time."""
    rows, shares = states.permute(0, 2, 3, 1).flatten(0, 2).float(), target.flatten().float()
    mean, scale = rows.mean(0), rows.std(0).clamp(min=1e-6)
    scaled = (rows - mean) / scale
    usual = shares.mean().clamp(1e-3, 1 - 1e-3).logit()
    weights = torch.cat([torch.zeros(rows.shape[1]), usual[None]]).requires_grad_(True)
    optimiser = torch.optim.LBFGS([weights], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        logits = scaled @ weights[:-1] + weights[-1]
        value = binary_cross_entropy_with_logits(logits, shares) + PENALTY / 2 * weights[:-1].square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimiser.step(loss)  # type: ignore[arg-type]
    fitted = weights.detach()
    own = fitted[:-1] / scale
    return Attention(own, fitted[-1] - own @ mean)
