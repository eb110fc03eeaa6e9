"""Bradley-Terry weights for each of several people, which share what they have in common.

The weights of P people are normal with covariance C between people (the intrinsic coregionalisation model: Bonilla, Chai and
Williams, 2008; with C = 1 + I it is the regularised multi-task model of Evgeniou and Pontil, 2004). With C all ones everybody
has the studio's weights. With some of the identity added each differs a little, shrunk to the studio. What they differ in is
learned: C becomes the covariance of the weights that were fitted, of low rank, so people who differ alike learn from each
other, somebody who judges at random gets small weights, and somebody who turns every verdict round gets the studio's, negated.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

RANK = 4  # of the learned covariance: the studio, and three directions in which people differ
KEPT = 0.2  # how much of the first covariance stays in the learned one: nobody's weights are ruled out
STEPS = 300
TOLERANCE = 1e-3  # of a step, relative to the weights
ROUNDS = 2  # in which the covariance is learned


@dataclass(frozen=True)
class Rows:
    """n verdicts as numbers."""

    difference: torch.Tensor  # [n, k] float64, of features of left minus right
    p: torch.Tensor  # [n]
    weight: torch.Tensor  # [n]
    person: torch.Tensor  # [n]

    def where(self, chosen: torch.Tensor) -> Rows:
        return Rows(self.difference[chosen], self.p[chosen], self.weight[chosen], self.person[chosen])


def fit_together(rows: Rows, people: int, penalty: float) -> tuple[torch.Tensor, ...]:
    """Weights [P, k] by level: the same for everybody; each shrunk to the studio; with the covariance learned."""
    ones = torch.ones(people, people, dtype=torch.float64)
    first = (ones + torch.eye(people, dtype=torch.float64)) / 2
    shrunk = weights = spread(rows, root_of(first, people), penalty)
    for _ in range(ROUNDS):
        weights = spread(rows, root_of(learned_covariance(weights, first), RANK), penalty)
    return spread(rows, ones[:, :1], penalty), shrunk, weights


def learned_covariance(weights: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
    """Between people [P, P], its mean variance 1, from their weights [P, k]."""
    product = weights @ weights.T
    trace = float(product.trace())
    return first if trace == 0 else (1 - KEPT) * len(weights) * product / trace + KEPT * first


def root_of(covariance: torch.Tensor, rank: int) -> torch.Tensor:
    """[P, r] whose square is the covariance, or the nearest to it of that rank."""
    power, direction = torch.linalg.eigh(covariance)
    return (direction * power.clamp(min=0).sqrt()).flip(1)[:, :rank]


def spread(rows: Rows, root: torch.Tensor, penalty: float) -> torch.Tensor:
    """Weights root @ A, [P, k], of the least weighted mean cross-entropy plus `penalty` times A's square sum.

    By Nesterov's accelerated gradient with restarts (O'Donoghue and Candès, 2015).
    """
    share, own = rows.weight / rows.weight.sum(), root[rows.person]
    here = torch.zeros(root.shape[1], rows.difference.shape[1], dtype=torch.float64)
    step = 1 / (0.25 * steepest(rows, own, share) + 2 * penalty)
    ahead, momentum = here, 1.0
    for _ in range(STEPS):
        z = (rows.difference * (own @ ahead)).sum(1)
        gradient = own.T @ ((share * (torch.sigmoid(z) - rows.p))[:, None] * rows.difference) + 2 * penalty * ahead
        new = ahead - step * gradient
        grown = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        moved = new - here
        if float(((ahead - new) * moved).sum()) > 0:
            ahead, momentum = new, 1.0
        else:
            ahead, momentum = new + (momentum - 1) / grown * moved, grown
        here = new
        if float(moved.norm()) <= TOLERANCE * float(here.norm()):
            break
    return root @ here


def steepest(rows: Rows, own: torch.Tensor, share: torch.Tensor) -> float:
    """The largest eigenvalue of the rows' second moments, by power iteration, a little more to be safe."""
    vector, size = torch.ones(own.shape[1], rows.difference.shape[1], dtype=torch.float64), 0.0
    for _ in range(20):
        vector = own.T @ ((share * (rows.difference * (own @ vector)).sum(1))[:, None] * rows.difference)
        size = float(vector.norm())
        if size == 0:
            return 1.0
        vector = vector / size
    return 1.1 * size
