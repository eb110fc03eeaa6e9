"""How reliable a reward is: how much of it is what people prefer, and not the chance of which pairs were judged.

A reward that is half chance is worth moving half as far for: takes that move further lose as much, and gain less. It is
estimated in two ways, of which the larger counts:

- **Split halves.** What two halves of the judgements agree on is what people prefer. Their agreement, extrapolated to all
  judgements (Spearman and Brown, 1910), is the share of the reward that is true of people, and the best estimate of a true
  difference is that share of the one measured (Kelley, 1927).
- **Laplace.** Halves that were shown different things agree on little, whatever both know together, and the review page
  chooses pairs that complement each other: of 70 such pairs halves said 0.45, of 70 dealt brief by brief 0.81, where the
  rewards correlated with the true preference by 0.72 and 0.40. The posterior of the weights (Laplace's approximation of a
  ridge, whose penalty is a prior) does not depend on which pairs were judged and why. It gives the expected correlation of
  the reward with the true one. Halves estimate the square of that: in their terms it is 0.44 for those 70, no more than
  they say. The correlation itself is a lower bound of how far a run goes, the same however pairs were dealt.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sin

import torch

SPLITS = 8  # ways to halve the briefs; the mean of their agreements is taken
Fit = Callable[[torch.Tensor], torch.Tensor]


def split_half_reliability(brief: torch.Tensor, fit: Fit, centred: torch.Tensor) -> float:
    """0 to 1; the same every time.

    `brief` [n]: of each verdict. `fit`: weights [d] from the verdicts of a mask [n]. `centred` [takes, d]: numbers of takes
    less their brief's mean.
    """
    briefs = brief.unique()
    if len(briefs) < 2:
        return 0.0
    agreements = [agreement_of_halves(brief, briefs, fit, centred, seed) for seed in range(SPLITS)]
    half = max(sum(agreements) / SPLITS, 0.0)
    return 2 * half / (1 + half)


def agreement_of_halves(brief: torch.Tensor, briefs: torch.Tensor, fit: Fit, centred: torch.Tensor, seed: int) -> float:
    """The correlation, within briefs, of the rewards fitted to two halves of the briefs; 0 where one is constant."""
    order = torch.randperm(len(briefs), generator=torch.Generator().manual_seed(seed))
    here = torch.isin(brief, briefs[order[: len(briefs) // 2]])
    one, other = (centred @ fit(mask) for mask in (here, ~here))
    size = (one.square().sum() * other.square().sum()).sqrt()
    return float(one @ other / size) if size > 0 else 0.0


def expected_correlation(
    weight: torch.Tensor, precision: torch.Tensor, centred: torch.Tensor, unseen: torch.Tensor | float = 0.0
) -> float:
    """0 to 1: of the reward by these weights [d] with the true one, if that is normal about it with this precision [d, d].

    With m the mean square of the reward of takes and v the mean of its variance, the square root of m / (m + v).
    `centred` [takes, d]: as above. `unseen` [takes]: variance that each take has beyond what these d numbers tell of.
    """
    signal = (centred @ weight).square().mean()
    uncertainty = (centred * torch.linalg.solve(precision, centred.T).T).sum(1)
    uncertainty = (uncertainty + unseen).mean()
    return float((signal / (signal + uncertainty)).sqrt())


def correlation_told_by(accuracy: float, label_noise: float) -> float:
    """Of a reward with what people prefer, within briefs, 0 to 1, from the share of verdicts that it predicts.

    Of two normal numbers with correlation c, differences have the same sign with probability 1/2 + arcsin(c) / pi (Sheppard,
    1899); wrong verdicts, which are this share of all, hide some of it.
    """
    clean = (accuracy - label_noise) / max(1e-6, 1 - 2 * label_noise)
    return sin(pi * (min(max(clean, 0.5), 1.0) - 0.5))
