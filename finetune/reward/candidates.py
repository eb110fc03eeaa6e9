"""One set of features, fitted at the penalty and the weight of library frames that predict held-out verdicts best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from finetune.data.labels import agreement
from finetune.reward.anchors import FARTHEST, Anchors, AnchorWeight, least_of_the_best
from finetune.reward.comparisons import Comparisons, Verdict, compare, fit_weights, rotated
from finetune.reward.features.sets import SETS, Groups
from finetune.reward.model import with_rbf
from finetune.reward.rbf_features import RbfFeatures, fit_rbf_features
from finetune.reward.scaling import join_groups, scale_of, within_prompt_std

FOLDS = 5
PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
AROUND = (1 / 3, 1.0, 3.0)  # penalties that are tried with frames of the library, times the best one without


@dataclass(frozen=True)
class Fit:
    """One candidate at its best penalty; the fields are those of `RewardModel`."""

    features: str
    rbf: RbfFeatures | None
    mean: torch.Tensor
    scale: torch.Tensor
    weight: torch.Tensor
    penalty: float
    within_prompt_std: float
    accuracy: float
    losses: torch.Tensor  # of each pair with a preference, [pairs]
    choices: torch.Tensor  # how many choices of people each of these counts as, [pairs]
    anchor: AnchorWeight = AnchorWeight()  # noqa: RUF009  how much frames of the library count
    loss_without: float = 0.0  # where they have no weight

    @property
    def loss(self) -> float:
        return mean_over_choices(self.losses, self.choices)


def fit_candidate(
    features: str,
    use_rbf: bool,
    groups: Groups,
    brief: torch.Tensor,
    verdicts: Sequence[Verdict],
    anchors: Anchors | None = None,
) -> Fit:
    raw = join_groups(groups, features).double()
    mean, scale = raw.mean(0), scale_of(groups, features, brief)
    rbf = fit_rbf_features((raw - mean) / scale) if use_rbf else None
    numbers = with_rbf((raw - mean) / scale, rbf)
    comparisons = compare(verdicts, numbers)
    usable = anchors if anchors is not None and all(name in anchors.groups for name in SETS[features]) else None
    fitted = [fit_beside(comparisons, AnchorWeight(), None, PENALTIES)]
    if usable is not None:
        fitted = [
            *fitted,
            *fit_with_anchors(usable, features, fitted[0], numbers, comparisons, brief, Units(mean, scale, rbf)),
        ]
    chosen_of = comparisons.choices[comparisons.decided]
    tried = fitted if usable is None or usable.weight is None else fitted[1:] or fitted
    fit = tried[least_of_the_best([each.losses for each in tried], chosen_of)]
    deviation = max(float(within_prompt_std(numbers @ fit.weight, brief)), 1e-12)
    return Fit(
        features, rbf, mean.float(), scale.float(), (fit.weight / deviation).float(), fit.penalty, deviation,
        accuracy_of(fit.z, comparisons), fit.losses, chosen_of, fit.anchor, mean_over_choices(fitted[0].losses, chosen_of),
    )  # fmt: skip


@dataclass(frozen=True)
class FittedWeights:
    """One candidate with frames of the library at one weight, at its best penalty."""

    anchor: AnchorWeight
    penalty: float
    z: torch.Tensor  # log-odds of each verdict, by a fit without its brief
    losses: torch.Tensor  # of each pair with a preference
    weight: torch.Tensor  # [d + q]


@dataclass(frozen=True)
class Units:
    """What makes the numbers of a fit from its features."""

    mean: torch.Tensor
    scale: torch.Tensor
    rbf: RbfFeatures | None

    def numbers(self, groups: Groups, features: str) -> torch.Tensor:
        return with_rbf((join_groups(groups, features).double() - self.mean.double()) / self.scale.double(), self.rbf)


def fit_with_anchors(
    anchors: Anchors,
    features: str,
    without: FittedWeights,
    numbers: torch.Tensor,
    comparisons: Comparisons,
    brief: torch.Tensor,
    units: Units,
) -> list[FittedWeights]:
    """With frames of the library at each weight that is tried, from the least; at penalties around the best one without."""
    own, farthest = units.numbers(anchors.groups, features), FARTHEST * within_prompt_std(numbers, brief)
    penalties = tuple(without.penalty * factor for factor in AROUND)
    beside = {side: anchors.comparisons(side, own, farthest) for side in anchors.sides}
    tried = anchors.choices(count_of(comparisons.choices[comparisons.decided]))
    return [
        fit_beside(comparisons, each, weighed(beside[each.against], each.weight, comparisons), penalties)
        for each in tried
        if each.against is not None
    ]


def weighed(beside: Comparisons, weight: float, comparisons: Comparisons) -> Comparisons:
    """With a total weight that is this much of that of people's verdicts."""
    return replace(beside, weight=beside.weight * weight * comparisons.weight.sum())


def fit_beside(
    comparisons: Comparisons, anchor: AnchorWeight, beside: Comparisons | None, penalties: Sequence[float]
) -> FittedWeights:
    people = len(comparisons.p)
    fewer, rotation = rotated(comparisons.beside(beside))
    mine = torch.arange(len(fewer.p)) < people
    own, frames = fewer.where(mine), None if beside is None else fewer.where(~mine)
    predicted, chosen = cross_validate(own, frames, penalties), own.choices[own.decided]
    penalty = min(penalties, key=lambda each: mean_over_choices(losses_of(predicted[each], own), chosen))
    z = predicted[penalty]
    return FittedWeights(anchor, penalty, z, losses_of(z, own), rotation.T @ fit_weights(fewer, penalty))


def numbers_of(fit: Fit, groups: Groups) -> torch.Tensor:
    """What the weights are for, [takes, d + q] float64."""
    return Units(fit.mean, fit.scale, fit.rbf).numbers(groups, fit.features)


def mean_over_choices(values: torch.Tensor, choices: torch.Tensor) -> float:
    return float((values * choices).sum() / choices.sum())


def count_of(choices: torch.Tensor) -> int:
    """How many choices of people there are in all: the 36 pairs of nine takes in order are eight."""
    return max(1, round(float(choices.sum())))


def cross_validate(
    comparisons: Comparisons, beside: Comparisons | None = None, penalties: Sequence[float] = PENALTIES
) -> dict[float, torch.Tensor]:
    """By penalty, the log-odds of each verdict, [n], predicted by a fit without its brief. `beside` is in all fits."""
    fold = folds_of(comparisons.brief)
    predicted = {penalty: torch.zeros(len(comparisons.p), dtype=torch.float64) for penalty in penalties}
    for number in range(FOLDS):
        here = fold == number
        if here.any() and not here.all():
            rest, weight = comparisons.where(~here).beside(beside), None
            for penalty in sorted(penalties, reverse=True):
                weight = fit_weights(rest, penalty, weight)  # near the one before: two or three steps instead of eight
                predicted[penalty][here] = comparisons.difference[here] @ weight
    return predicted


def folds_of(brief: torch.Tensor) -> torch.Tensor:
    """Which fifth each row's brief is in."""
    return torch.unique(brief, return_inverse=True)[1] % FOLDS


def losses_of(z: torch.Tensor, comparisons: Comparisons) -> torch.Tensor:
    """Cross-entropies of the pairs with a preference."""
    decided = comparisons.decided
    return binary_cross_entropy_with_logits(z[decided], comparisons.p[decided], reduction="none")


def accuracy_of(z: torch.Tensor, comparisons: Comparisons) -> float:
    """Share of the choices with a preference that z is on the right side of; half of those it cannot tell."""
    decided = comparisons.decided
    return mean_over_choices(agreement(z[decided], comparisons.p[decided]), comparisons.choices[decided])
