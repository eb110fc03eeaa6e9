"""A change of low rank to one layer's weight, as arithmetic (LoRA, arXiv 2106.09685)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class LowRank:
    """The weight's change is scale * up @ down; a convolution's tensors have its kernel's axes behind."""

    down: torch.Tensor  # [r, in, ...]
    up: torch.Tensor  # [out, r, ...]
    scale: float = 1.0

    @property
    def rank(self) -> int:
        return self.down.shape[0]

    def delta(self) -> torch.Tensor:
        """[out, in * kernel] float64."""
        return self.scale * (self.up.flatten(1).double() @ self.down.flatten(1).double())

    def folded(self) -> LowRank:
        """The same with scale 1."""
        return self if self.scale == 1 else LowRank(self.down, self.up * self.scale)


Changes = dict[str, LowRank]
"""By the name of the layer."""


def added_up(changes: Sequence[LowRank]) -> LowRank:
    """The sum of changes to one layer: its rank is the sum of theirs."""
    if len(changes) == 1:
        return changes[0]
    folded = [change.folded() for change in changes]
    return LowRank(torch.cat([each.down for each in folded]), torch.cat([each.up for each in folded], dim=1))


def side_by_side(changes: Sequence[LowRank]) -> LowRank:
    """Changes to layers of one input as the change to one layer that has all their outputs, in this order."""
    folded = [change.folded() for change in changes]
    return LowRank(torch.cat([each.down for each in folded]), torch.block_diag(*[each.up for each in folded]))


def nothing(inputs: int, outputs: int) -> LowRank:
    """A change of rank 0."""
    return LowRank(torch.zeros(0, inputs), torch.zeros(outputs, 0))


def relative_difference(one: LowRank, other: LowRank) -> float:
    """Largest difference of the two changes, as a share of the first one's largest entry."""
    expected, actual = one.delta(), other.delta()
    if expected.shape != actual.shape:
        return float("inf")
    return float((actual - expected).abs().max() / expected.abs().max().clamp(min=torch.finfo(torch.float64).tiny))
