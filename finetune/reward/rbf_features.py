"""RBF features: what a linear reward cannot express, such as "neither too dark nor too bright".

A reward model may use smooth functions of its features beside the features themselves: a radial basis function kernel
around judged takes, projected to the few numbers that keep most of it (Nyström approximation: Williams and Seeger, 2001).
Far from all judged takes they are constant, so a model that follows the reward's gradient is not led away from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generation.residency import resident

WIDTH = 2.0  # of the kernel; takes of a brief are about 1.4 apart, in scaled features
LARGEST_GRADIENT = 0.3  # what a kernel function may add to the linear reward's gradient, as a share of its own
ANCHORS = 256
MOST = 64  # numbers


@dataclass(frozen=True)
class RbfFeatures:
    """Maps scaled features [B, d] to numbers [B, q]; differentiable."""

    anchors: torch.Tensor  # [m, d], scaled features of judged takes
    projection: torch.Tensor  # [m, q]
    mean: torch.Tensor  # [q], so that the average judged take is at 0

    def __call__(self, scaled: torch.Tensor) -> torch.Tensor:
        anchors, projection, mean = (
            resident(each, scaled.device).to(scaled) for each in (self.anchors, self.projection, self.mean)
        )
        return rbf_kernel(scaled, anchors) @ projection - mean


def rbf_kernel(scaled: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """[B, d] and [m, d] -> [B, m], 1 on an anchor."""
    # Not cdist, whose gradient at distance 0 is none.
    squared = scaled.square().sum(1)[:, None] + anchors.square().sum(1) - 2 * scaled @ anchors.T
    return torch.exp(-squared.clamp(min=0) / (2 * WIDTH**2))


def fit_rbf_features(scaled: torch.Tensor) -> RbfFeatures:
    """Of the scaled features [n, d] of judged takes, in float64."""
    anchors = scaled[:: -(-len(scaled) // ANCHORS)]
    power, direction = torch.linalg.eigh(rbf_kernel(anchors, anchors))
    kept = power.argsort(descending=True)[:MOST]
    kept = kept[power[kept] > 1e-6 * power.max()]
    projection = LARGEST_GRADIENT**0.5 * WIDTH * direction[:, kept] / power[kept].sqrt()
    return RbfFeatures(anchors, projection, (rbf_kernel(scaled, anchors) @ projection).mean(0))
