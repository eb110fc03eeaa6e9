"""Judgements as comparisons of features: one take against another, or against the other takes of its brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch.nn.functional import logsigmoid

from feedback.preferences.bradley_terry import curvature, fit_bradley_terry
from finetune.data.examples import Example
from finetune.data.labels import smoothed

PAIRS = "pairs"
SIGNALS = ("rankings", "stars", "both_bad", "circles", "tags")
"""What people give beside verdicts on pairs."""


@dataclass(frozen=True)
class Verdict:
    """That people found one take better than others, or than their mean."""

    take: int  # row of the take
    others: torch.Tensor  # rows
    p: float  # share of people who found so, label noise taken off
    weight: float
    brief: int
    decided: bool  # somebody compared two takes and had a preference
    choices: float  # how many choices of people it counts as, 1 at the most
    signal: str = PAIRS  # what people gave: PAIRS, or one of SIGNALS


@dataclass(frozen=True)
class Comparisons:
    """n verdicts as numbers."""

    difference: torch.Tensor  # [n, d] float64, of features
    p: torch.Tensor  # [n]
    weight: torch.Tensor  # [n]
    brief: torch.Tensor  # [n]
    decided: torch.Tensor  # [n] bool
    choices: torch.Tensor  # [n]

    def where(self, chosen: torch.Tensor) -> Comparisons:
        columns = (self.difference, self.p, self.weight, self.brief, self.decided, self.choices)
        return Comparisons(*(column[chosen] for column in columns))

    def beside(self, other: Comparisons | None, weight: float = 1.0) -> Comparisons:
        """These and the others, whose weights are multiplied."""
        if other is None:
            return self
        names = ("difference", "p", "brief", "decided", "choices")
        columns = {name: torch.cat([getattr(self, name), getattr(other, name)]) for name in names}
        return Comparisons(**columns, weight=torch.cat([self.weight, weight * other.weight]))


def verdicts_of(
    examples: Sequence[Example], takes: Sequence[str], brief: torch.Tensor, both_bad_weight: float
) -> list[Verdict]:
    """The verdicts in these examples. `takes`: sha256 by row; `brief` [takes].

    Both bad means that the brief's other takes are better than either; a circled take, that it is better than those.
    """
    row = {take: place for place, take in enumerate(takes)}
    rows_of_brief = {each: (brief == each).nonzero().flatten() for each in {example.brief for example in examples}}
    verdicts = []
    for example in examples:
        left, right = row[example.left], row[example.right]
        rest = rows_of_brief[example.brief]
        rest = rest[(rest != left) & (rest != right)]
        own = signal_of(example)
        about = [(left, torch.tensor([right]), example.p_left, example.pair_weight, example.decided, own)]
        about += [
            (take, rest, p, weight, False, alone_signal(own, p))
            for take, weight, p in verdicts_alone(example, left, right, both_bad_weight)
        ]
        verdicts += [
            Verdict(
                take,
                others,
                float(smoothed(torch.tensor(p), example.label_noise)),
                weight,
                example.brief,
                decided,
                example.choices,
                signal,
            )
            for take, others, p, weight, decided, signal in about
            if weight > 0 and len(others)
        ]
    return verdicts


def signal_of(example: Example) -> str:
    """Of a circled take that nobody compared it is circles, and of a tagged one tags."""
    if not example.compared:
        return "tags" if example.tagged else "stars" if example.pair_weight else "circles"
    return "rankings" if example.choices < 1 else PAIRS


def alone_signal(own: str, p: float) -> str:
    """Of a verdict on one take of an example whose own signal is that one."""
    return own if own == "tags" else "circles" if p else "both_bad"


def verdicts_alone(example: Example, left: int, right: int, both_bad_weight: float) -> list[tuple[int, float, float]]:
    """(take's row, weight, 1 if it is better than the rest of its brief, 0 if worse), beyond the comparison itself."""
    clear = example.pair_weight * (2 * example.p_left - 1)
    circled = [(left, example.anchor_left - max(clear, 0.0)), (right, example.anchor_right - max(-clear, 0.0))]
    bad = both_bad_weight * example.both_bad / 2
    return [(left, bad, 0.0), (right, bad, 0.0), *((take, extra, 1.0) for take, extra in circled)]


def compare(verdicts: Sequence[Verdict], features: torch.Tensor) -> Comparisons:
    """`features` [takes, d]."""
    return Comparisons(
        torch.stack([features[each.take] - features[each.others].mean(0) for each in verdicts]),
        torch.tensor([each.p for each in verdicts], dtype=torch.float64),
        torch.tensor([each.weight for each in verdicts], dtype=torch.float64),
        torch.tensor([each.brief for each in verdicts]),
        torch.tensor([each.decided for each in verdicts]),
        torch.tensor([each.choices for each in verdicts], dtype=torch.float64),
    )


def rotated(comparisons: Comparisons) -> tuple[Comparisons, torch.Tensor]:
    """The same in as few numbers as there are rows or features, and the rotation [r, d] that leads there.

    A ridge penalty does not depend on rotations.
    """
    difference = comparisons.difference
    if difference.shape[1] > len(difference):  # hidden states: an SVD of so many columns takes seconds
        rotation = torch.linalg.qr(difference.T)[0].T
    else:
        rotation = torch.linalg.svd(difference, full_matrices=False)[2]
    return replace(comparisons, difference=comparisons.difference @ rotation.T), rotation


class TorchOperations:
    """What the Bradley-Terry fit needs of torch."""

    def sigmoid(self, z: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(z)

    def log_sigmoid(self, z: torch.Tensor) -> torch.Tensor:
        return logsigmoid(z)

    def solve(self, matrix: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
        return torch.linalg.solve(matrix, vector)

    def zeros(self, size: int) -> torch.Tensor:
        return torch.zeros(size, dtype=torch.float64)

    def eye(self, size: int) -> torch.Tensor:
        return torch.eye(size, dtype=torch.float64)


TORCH = TorchOperations()


def fit_weights(comparisons: Comparisons, penalty: float, start: torch.Tensor | None = None) -> torch.Tensor:
    """Weights [d] of the Bradley-Terry model of these comparisons."""
    return fit_bradley_terry(comparisons, penalty, start, TORCH)


def precision_of(comparisons: Comparisons, penalty: float, weights: torch.Tensor) -> torch.Tensor:
    """Of those weights, [d, d] (Laplace's approximation): the ridge penalty is a prior."""
    return comparisons.weight.sum() * curvature(comparisons, penalty, weights, TORCH)
