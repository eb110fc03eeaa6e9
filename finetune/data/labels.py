"""What people preferred as training targets: tensors for a batch, label smoothing, agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from finetune.data.examples import Example
from finetune.memory.transfer import sent


@dataclass(frozen=True)
class Labels:
    """The labels of B pairs, tensors [B]; the fields are those of `Example`."""

    p_left: torch.Tensor
    pair_weight: torch.Tensor
    both_bad: torch.Tensor
    anchor_left: torch.Tensor
    anchor_right: torch.Tensor
    label_noise: torch.Tensor
    star_margin: torch.Tensor


def labels_of(examples: Sequence[Example], device: torch.device | str = "cpu") -> Labels:
    rows = [[getattr(example, name) for example in examples] for name in Labels.__dataclass_fields__]
    return Labels(*sent(torch.tensor(rows, dtype=torch.float32), torch.device(device)))


def smoothed(p_left: torch.Tensor, label_noise: float | torch.Tensor) -> torch.Tensor:
    """The share that true preferences would have if this share of verdicts, one number or [B], were wrong."""
    return p_left * (1 - label_noise) + (1 - p_left) * label_noise


def agreement(z: torch.Tensor, p_left: torch.Tensor) -> torch.Tensor:
    """1 where the log-odds z prefer the take that people preferred, 0 where the other, 0.5 where either is undecided."""
    same = torch.sign(z) * torch.sign(p_left - 0.5)
    return (same + 1) / 2
