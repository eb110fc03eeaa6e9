"""The usual size of the reward's gradient at a noise level, by which gradients are normalised."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generation.residency import resident


@dataclass(frozen=True)
class GradientScale:
    """The usual root mean square of the reward's gradient by x_t at a noise level, as a smooth curve."""

    curve: torch.Tensor  # [4], of the logarithm, by powers of the level's log-odds; float64

    def at(self, t: torch.Tensor) -> torch.Tensor:
        """[B] -> [B]."""
        return (powers(t) @ resident(self.curve, t.device)).exp().float()


def fit_gradient_scale(t: torch.Tensor, sizes: torch.Tensor) -> GradientScale:
    """Least squares of the logarithms of `sizes` [n] at noise levels `t` [n]."""
    inputs, target = powers(t), sizes.double().log()
    # A trace of ridge: a handful of pairs may not determine four numbers.
    square = inputs.T @ inputs + 1e-6 * len(t) * torch.eye(inputs.shape[1], dtype=inputs.dtype, device=t.device)
    return GradientScale(torch.linalg.solve(square, inputs.T @ target))


def powers(t: torch.Tensor) -> torch.Tensor:
    """[B] -> [B, 4]: of the log-odds of the noise level."""
    level = t.double().clamp(1e-3, 1 - 1e-4)
    odds = (level / (1 - level)).log()
    return torch.stack([odds**power for power in range(4)], dim=1)


def size_of(gradient: torch.Tensor) -> torch.Tensor:
    """Root mean square, [B, ...] -> [B]; never zero, so that it can be divided by."""
    return gradient.flatten(1).square().mean(1).sqrt().clamp(min=1e-12)
