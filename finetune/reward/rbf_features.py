"""Bends: what a straight line cannot say, such as "neither too dark nor too bright".

A scorer may lean on smooth functions of its features beside the features themselves: Gaussian bumps around judged takes
(a radial basis kernel), turned into the few numbers that tell most of them apart (Nyström: Williams and Seeger, 2001).
Far from everything that was judged they are flat, so that a model that is steered by them is not led away from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

WIDTH = 2.0  # of a bump; takes of a brief are about 1.4 apart, in scaled features
LOUDNESS = 0.3  # share of a bump's own slope that it may add to the straight line's
ANCHORS = 256
MOST = 64  # numbers


@dataclass(frozen=True)
class Bends:
    """Maps scaled features [B, d] to numbers [B, q]; can be differentiated."""

    anchors: torch.Tensor  # [m, d], scaled features of judged takes
    turn: torch.Tensor  # [m, q]
    mean: torch.Tensor  # [q], so that the average judged take is at 0

    def __call__(self, scaled: torch.Tensor) -> torch.Tensor:
        return bumps(scaled, self.anchors.to(scaled)) @ self.turn.to(scaled) - self.mean.to(scaled)


def bumps(scaled: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """[B, d] and [m, d] -> [B, m], 1 on an anchor."""
    # Not cdist, whose gradient at distance 0 is none.
    apart = scaled.square().sum(1)[:, None] + anchors.square().sum(1) - 2 * scaled @ anchors.T
    return torch.exp(-apart.clamp(min=0) / (2 * WIDTH**2))


def fit_bends(scaled: torch.Tensor) -> Bends:
    """Of the scaled features [n, d] of judged takes, in float64."""
    anchors = scaled[:: -(-len(scaled) // ANCHORS)]
    power, direction = torch.linalg.eigh(bumps(anchors, anchors))
    kept = power.argsort(descending=True)[:MOST]
    kept = kept[power[kept] > 1e-6 * power.max()]
    turn = LOUDNESS**0.5 * WIDTH * direction[:, kept] / power[kept].sqrt()
    return Bends(anchors, turn, (bumps(scaled, anchors) @ turn).mean(0))
