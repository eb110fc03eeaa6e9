"""Fits a reward to each person together with the others, and says on held-out briefs whether that predicts better.

Which features, how far each person is shrunk to the studio, and whether people have rewards of their own at all is chosen by
cross-validation over briefs, the simplest within one standard error of the best: a panel of one taste stays one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from finetune.data.examples import Example
from finetune.reward.candidates import FOLDS, folds_of
from finetune.reward.features.sets import IMAGE_ENCODER, KINDS, SETS, Groups, kind_of
from finetune.reward.people.shared import Rows, fit_together
from finetune.reward.people.votes import Votes, votes_of
from finetune.reward.scaling import join_groups, scale_of

CANDIDATES = ("look", "lines", "frame", "texture", "layout", "hidden_states_4x4", "hidden_states_8x8", *IMAGE_ENCODER)
"""Sets of features, from simple to rich. Without RBF features: of one person there are too few verdicts for them."""
PENALTIES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4)
LEVELS = (0, 1, 2)  # of shared.fit_together
DIRECTIONS = 96  # of the features, in which differences of takes are largest: what people's weights are in


@dataclass(frozen=True)
class PanelFit:
    """The rewards of P people in one set of features."""

    people: list[int]  # people ids [P]
    features: str
    level: int  # of shared.fit_together: above 0 people have rewards of their own
    penalty: float
    mean: torch.Tensor  # [d] of the features
    scale: torch.Tensor  # [d]
    weights: torch.Tensor  # [P, d], log-odds per scaled feature
    votes: Votes
    own: torch.Tensor  # [n] log-odds of each vote by that person's reward, fitted without its brief
    others: torch.Tensor  # [n] the same by the mean of the other people's rewards
    losses: torch.Tensor  # [n] cross-entropies by the person's own

    @property
    def loss(self) -> float:
        return weighted_mean(self.losses, self.votes.weight)

    @property
    def kind(self) -> int:
        return kind_of(self.features)

    def rewards(self, groups: Groups) -> torch.Tensor:
        """Of takes, by each person's weights, in log-odds: [P, takes] float64."""
        numbers = (join_groups(groups, self.features).double() - self.mean) / self.scale
        return self.weights @ numbers.T


@dataclass(frozen=True)
class Panel:
    """Of each kind of features that there is the best fit, the better one first."""

    fits: list[PanelFit]

    @property
    def best(self) -> PanelFit:
        return self.fits[0]


def fit_panel(examples: Sequence[Example], groups: Groups, takes: Sequence[str], brief: torch.Tensor) -> Panel | None:
    """`groups`: features of the takes, a row each; `brief` [takes]. None where fewer than two people judged enough."""
    votes = votes_of(examples, takes)
    if votes is None or len(votes.brief.unique()) < 2:
        return None
    names = [name for name in CANDIDATES if all(group in groups for group in SETS[name])]
    fits = [fit for name in names for fit in fits_in(name, groups, brief, votes)]
    best = simplest(fits)
    of_kinds = [[fit for fit in fits if fit.kind == kind != best.kind] for kind in range(len(KINDS))]
    return Panel([finished(fit, groups) for fit in (best, *(simplest(some) for some in of_kinds if some))])


def simplest(fits: Sequence[PanelFit]) -> PanelFit:
    """One whose loss is within a standard error of the least: of level 0 if there is any, then of the simplest features.

    Of these features the level with the less loss: learning what people have in common makes no fit less simple.
    """
    best = min(fits, key=lambda each: each.loss)
    near = [fit for fit in fits if fit.level == 0 and is_near(fit, best)] or [fit for fit in fits if is_near(fit, best)]
    return min((fit for fit in near if fit.features == near[0].features), key=lambda each: each.loss)


def is_near(fit: PanelFit, best: PanelFit) -> bool:
    behind = fit.losses - best.losses
    return weighted_mean(behind, best.votes.weight) <= standard_error(behind, best.votes.weight)


def weighted_mean(values: torch.Tensor, weight: torch.Tensor) -> float:
    return float((values * weight).sum() / weight.sum())


def standard_error(values: torch.Tensor, weight: torch.Tensor) -> float:
    variance = weighted_mean((values - weighted_mean(values, weight)).square(), weight)
    return (variance / float(weight.sum())) ** 0.5


def fits_in(name: str, groups: Groups, brief: torch.Tensor, votes: Votes) -> list[PanelFit]:
    """One fit of each level at its best penalty; their weights come later, for those that are chosen."""
    raw = join_groups(groups, name).double()
    mean, scale = raw.mean(0), scale_of(groups, name, brief)
    rows, _ = rows_of((raw - mean) / scale, votes)
    none = torch.zeros(0)
    all_levels = {penalty: cross_validate(rows, votes, penalty) for penalty in PENALTIES}
    made = []
    for level in LEVELS:
        predicted = {penalty: levels[level] for penalty, levels in all_levels.items()}
        losses = {
            penalty: binary_cross_entropy_with_logits(own, votes.p, reduction="none")
            for penalty, (own, _) in predicted.items()
        }
        penalty = min(PENALTIES, key=lambda each: weighted_mean(losses[each], votes.weight))
        own, others = predicted[penalty]
        made.append(
            PanelFit(votes.people, name, level, penalty, mean, scale, none, votes, own, others, losses[penalty])
        )
    return made


def rows_of(numbers: torch.Tensor, votes: Votes) -> tuple[Rows, torch.Tensor]:
    """The votes in a few directions of these numbers [takes, d], and the directions [k, d]."""
    difference = numbers[votes.left] - numbers[votes.right]
    directions = principal_directions(difference, DIRECTIONS)
    return Rows(difference @ directions.T, votes.p, votes.weight, votes.person), directions


def principal_directions(difference: torch.Tensor, most: int) -> torch.Tensor:
    """[k, d], those in which these rows [n, d] are largest: by randomised subspace iteration (Halko et al., 2011)."""
    if difference.shape[1] <= most:
        return torch.eye(difference.shape[1], dtype=difference.dtype)
    chance = torch.Generator().manual_seed(0)
    basis = torch.randn(difference.shape[1], most + 16, generator=chance, dtype=difference.dtype)
    for _ in range(3):
        basis = torch.linalg.qr(difference.T @ (difference @ basis))[0]
    right = torch.linalg.svd(difference @ basis, full_matrices=False)[2]
    return right[:most] @ basis.T


def cross_validate(rows: Rows, votes: Votes, penalty: float) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """By level, log-odds of each vote by fits without its brief: by the person's own reward, by the mean of the others'."""
    fold, people = folds_of(votes.brief), len(votes.people)
    predicted = [(torch.zeros_like(votes.p), torch.zeros_like(votes.p)) for _ in LEVELS]
    for number in range(FOLDS):
        here = fold == number
        if not here.any() or here.all():
            continue
        for (own, others), weights in zip(predicted, fit_together(rows.where(~here), people, penalty), strict=True):
            rest = (weights.sum(0) - weights) / (people - 1)
            for target, by in ((own, weights), (others, rest)):
                target[here] = (rows.difference[here] * by[rows.person[here]]).sum(1)
    return predicted


def finished(fit: PanelFit, groups: Groups) -> PanelFit:
    """With weights from all votes."""
    numbers = (join_groups(groups, fit.features).double() - fit.mean) / fit.scale
    rows, directions = rows_of(numbers, fit.votes)
    weights = fit_together(rows, len(fit.people), fit.penalty)[fit.level] @ directions
    return PanelFit(**{**fit.__dict__, "weights": weights})
