"""Comparisons in torch are fitted as they are in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from feedback.preferences.bradley_terry import fit_bradley_terry
from finetune.reward.comparisons import Comparisons, fit_weights, rotated


@dataclass(frozen=True)
class Arrays:
    difference: Any
    p: Any
    weight: Any


def comparisons(count: int = 50) -> Comparisons:
    chance = torch.Generator().manual_seed(0)
    difference = torch.randn(count, 6, generator=chance, dtype=torch.float64)
    p = (torch.rand(count, generator=chance) < 0.6).double() * 0.84 + 0.08
    weight = 0.5 + torch.rand(count, generator=chance, dtype=torch.float64)
    return Comparisons(
        difference, p, weight, torch.arange(count) // 5, torch.ones(count, dtype=torch.bool), torch.ones(count)
    )


def test_torch_and_numpy_fit_the_same_weights() -> None:
    data = comparisons()
    arrays = Arrays(data.difference.numpy(), data.p.numpy(), data.weight.numpy())
    torch.testing.assert_close(fit_weights(data, 1e-3), torch.from_numpy(fit_bradley_terry(arrays, 1e-3)))


def test_a_fit_does_not_depend_on_the_rotation() -> None:
    data = comparisons()
    fewer, rotation = rotated(data)
    torch.testing.assert_close(rotation.T @ fit_weights(fewer, 1e-3), fit_weights(data, 1e-3))
