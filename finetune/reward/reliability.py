"""How much of a liking is known, and not the luck of which pairs were judged.

A liking that is half luck is worth going half as far for: takes that go further lose as much, and win less. Two looks
at it, of which the larger counts:

- **Halves.** What two halves of the judgements agree on is what people like. Their agreement, carried over to the whole
  (Spearman and Brown, 1910), is the share of what the scorer says that is true of people, and the best guess of a true
  difference is that share of the one seen (Kelley, 1927).
- **Doubt.** Halves that were shown different things agree on little, whatever both know together, and the review page
  chooses pairs that complement each other: of 70 such pairs halves said 0.45, of 70 dealt brief by brief 0.81, where the
  likings correlated with the taste's by 0.72 and 0.40. How far the weights may still be off (Laplace's approximation of a
  ridge, whose penalty is a prior) does not ask which pairs were judged and why. It says how the liking found may be expected
  to correlate with the true one. Halves guess the square of that: in their terms the doubt says 0.44 of those 70, no more
  than they do. The correlation itself is a floor to how far a night goes, the same however pairs were dealt.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

SPLITS = 8  # ways to halve the briefs; the mean of their agreements is taken
Fit = Callable[[torch.Tensor], torch.Tensor]


def share_of_halves(brief: torch.Tensor, fit: Fit, centred: torch.Tensor) -> float:
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


def expected_correlation(weight: torch.Tensor, precision: torch.Tensor, centred: torch.Tensor) -> float:
    """0 to 1: of the liking by these weights [d] with the true one, if that is normal about it with this precision [d, d].

    With m the mean square of the liking of takes and v the mean of its variance, the square root of m / (m + v).
    `centred` [takes, d]: as above.
    """
    liked = (centred @ weight).square().mean()
    doubt = (centred * torch.linalg.solve(precision, centred.T).T).sum(1).mean()
    return float((liked / (liked + doubt)).sqrt())
