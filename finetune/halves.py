"""How much of a liking is known: what two halves of the judgements teach, compared.

What both halves agree on is what people like; the rest is the luck of which pairs were judged. The agreement of two halves,
carried over to the whole (Spearman and Brown, 1910), is the share of what the scorer says that is true of people, and the
best guess of a true difference is that share of the one seen (Kelley, 1927). Takes that go further along a liking that is
half luck lose as much, and win less.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

SPLITS = 8  # ways to halve the briefs; the mean of their agreements is taken
Fit = Callable[[torch.Tensor], torch.Tensor]


def share_known(brief: torch.Tensor, fit: Fit, centred: torch.Tensor) -> float:
    """0 to 1. `brief` [n]: of each statement; `fit`: weights [d] from the statements of a mask [n]; `centred`: numbers of
    takes [takes, d] less their brief's mean. The same every time."""
    briefs = brief.unique()
    if len(briefs) < 2:
        return 0.0
    agreed = [agreement_of_halves(brief, briefs, fit, centred, seed) for seed in range(SPLITS)]
    half = max(sum(agreed) / SPLITS, 0.0)
    return 2 * half / (1 + half)


def agreement_of_halves(brief: torch.Tensor, briefs: torch.Tensor, fit: Fit, centred: torch.Tensor, seed: int) -> float:
    """The correlation, within briefs, of the likings that two halves of the briefs teach; 0 where one teaches nothing."""
    order = torch.randperm(len(briefs), generator=torch.Generator().manual_seed(seed))
    here = torch.isin(brief, briefs[order[: len(briefs) // 2]])
    one, other = (centred @ fit(mask) for mask in (here, ~here))
    size = (one.square().sum() * other.square().sum()).sqrt()
    return float(one @ other / size) if size > 0 else 0.0
