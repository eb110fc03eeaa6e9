"""What the reward model owes to each person, title and project: it is fitted again without each (leave one group out).

Features and penalty stay those of the run; only the weights are fitted again, five times, each time without a fifth of the
briefs, and predict the verdicts on these. Two numbers are measured: how much worse held-out verdicts are predicted without the
group, and how far the held-out takes keep their order (Kendall's tau, 1938, within briefs, since rewards are compared there).
Both come with a standard error over the folds. Held-out verdicts are everybody's, and the same is told of those alone that are
not of the group itself: whose verdicts are chance is needed to expect chance, and helps nobody else's. It is a measurement of
one reward model, no formula for payments: two people who judge alike each seem to be worth nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from feedback.models.influences import KINDS, Kind, NewInfluence, NewInfluences
from feedback.preferences.dataset import weights_of
from feedback.preferences.left_out import without_briefs, without_person
from finetune.data.examples import Example, Snapshot, examples_of
from finetune.reward.candidates import FOLDS
from finetune.reward.comparisons import Comparisons, Verdict, compare, fit_weights, rotated, verdicts_of
from finetune.reward.signals import SignalEffect, without
from finetune.settings import DataSettings

MOST = 12  # of each kind that are left out, those with most verdicts first: each takes a fit for every fold
BUDGET = 3e12  # multiplications for all: minutes. Where there are thousands of verdicts fewer are left out, one of each kind at least
STEPS = 4  # of Newton's method from weights that are nearly right
FEWEST = 5  # verdicts below which leaving them out shows nothing
FEWEST_LEFT = 10  # verdicts that must remain
Pair = frozenset[str]  # the sha256 of two takes
Measured = tuple[float | None, float | None]  # a number and its standard error


@dataclass(frozen=True)
class Group:
    """One person, or the briefs of a title or of a project."""

    kind: Kind
    subject: int  # id
    verdicts: float  # on pairs, in choices
    leave_out: Callable[[Snapshot], dict[str, Any]]
    pairs: frozenset[Pair]  # that it judged, or that are of its takes


@dataclass(frozen=True)
class FittedRewards:
    """What a run's reward model was fitted to."""

    numbers: torch.Tensor  # [takes, d] float64, what its weights are for
    penalty: float
    takes: Sequence[str]  # sha256, by row
    brief: torch.Tensor  # [takes]
    signals: Mapping[str, SignalEffect]


def measure_influences(
    snapshot: Snapshot,
    settings: DataSettings,
    production: str | None,
    fitted: FittedRewards,
    briefs_of: Mapping[Kind, Mapping[int, set[int]]],
) -> NewInfluences | None:
    """The same every time. None where there is but one person, and one title and project at the most, or too few briefs.

    `production`: as of `examples_of`. `briefs_of`: ids of titles, and of projects, by brief.
    """
    groups = groups_of(snapshot, briefs_of)
    if not groups:
        return None
    whole = Refitting.of(examples_of(snapshot, settings, production), settings, fitted)
    if whole is None:
        return None
    most = whole.most_of_each_kind()
    measured = {kind: [each for each in groups if each.kind == kind][:most] for kind in KINDS}
    rows = []
    for group in groups:
        row = NewInfluence(group.kind, group.subject, group.verdicts)
        if group in measured[group.kind] and group.verdicts >= FEWEST:
            rest = examples_of(group.leave_out(snapshot), settings, production)
            row = whole.without(rest, group) or row
        rows.append(row)
    loss = float(whole.losses.mean())
    return NewInfluences(rows, len(whole.folds), int(whole.decided.sum()), len(fitted.takes), loss)


def groups_of(snapshot: Snapshot, briefs_of: Mapping[Kind, Mapping[int, set[int]]]) -> list[Group]:
    """Each kind with most verdicts first; no kind of which there is one that covers everything."""
    of_person, of_brief = defaultdict[int, Judged](Judged), defaultdict[int, Judged](Judged)
    for pair in snapshot["pairs"]:
        name = frozenset(snapshot["takes"][str(pair[side])] for side in ("left", "right"))
        for (_, person, _), weight in zip(pair["judgements"], weights_of(pair), strict=True):
            of_person[person].add(weight, name)
            of_brief[pair["brief"]].add(weight, name)
    groups = [
        Group("person", who, judged.weight, partial(without_person, person=who), frozenset(judged.pairs))
        for who, judged in of_person.items()
    ]
    total = sum(judged.weight for judged in of_brief.values())
    for kind, links in briefs_of.items():
        groups += groups_of_briefs(kind, links, of_brief)
    groups = [each for each in groups if each.verdicts < total]  # nothing is left without everything
    return sorted(groups, key=lambda each: (each.kind, -each.verdicts, each.subject))


@dataclass
class Judged:
    """Verdicts on pairs, in choices, and which pairs those are."""

    weight: float = 0.0
    pairs: set[Pair] = field(default_factory=set)

    def add(self, weight: float, pair: Pair) -> None:
        self.weight += weight
        self.pairs.add(pair)


def groups_of_briefs(kind: Kind, links: Mapping[int, set[int]], of_brief: Mapping[int, Judged]) -> list[Group]:
    """`links`: ids of titles or projects by brief."""
    own: dict[int, set[int]] = defaultdict(set)
    for brief in of_brief:
        for subject in links.get(brief, ()):
            own[subject].add(brief)
    return [
        Group(
            kind,
            subject,
            sum(of_brief[brief].weight for brief in briefs),
            partial(without_briefs, briefs=briefs),
            frozenset(pair for brief in briefs for pair in of_brief[brief].pairs),
        )
        for subject, briefs in own.items()
    ]


@dataclass(frozen=True)
class Refitting:
    """The whole data in few numbers, cut into folds, with the fit of each fold's others."""

    settings: DataSettings
    fitted: FittedRewards
    data: Comparisons
    numbers: torch.Tensor  # [takes, r]
    fold_of: dict[int, int]  # by brief
    fold: torch.Tensor  # [n] of each verdict
    folds: list[int]  # that have verdicts to predict
    weights: dict[int, torch.Tensor]  # by fold
    losses: torch.Tensor  # [decided], with everything
    pairs: dict[int, torch.Tensor]  # [2, m] by fold: rows of two takes of one brief
    judged: list[Pair]  # of each decided verdict the two takes

    @classmethod
    def of(cls, examples: Sequence[Example], settings: DataSettings, fitted: FittedRewards) -> Refitting | None:
        verdicts = counting(examples, settings, fitted)
        data, rotation = rotated(compare(verdicts, fitted.numbers))
        briefs = torch.unique(data.brief).tolist()
        fold_of = {brief: place % FOLDS for place, brief in enumerate(briefs)}
        fold = folds_of(data.brief, fold_of)
        folds = sorted(set(fold[data.decided].tolist()))
        if len(folds) < 2:
            return None
        weights = {each: fit_weights(data.where(fold != each), fitted.penalty) for each in folds}
        numbers = fitted.numbers @ rotation.T
        pairs = pairs_within_briefs(fitted.brief.tolist(), fold_of)
        judged = [pair_of(each, fitted.takes) for each in verdicts if each.decided]
        made = cls(settings, fitted, data, numbers, fold_of, fold, folds, weights, torch.zeros(0), pairs, judged)
        return replace(made, losses=made.losses_with(weights))

    def most_of_each_kind(self) -> int:
        """How many there is time for."""
        rows, columns = self.data.difference.shape
        each = len(self.folds) * STEPS * (rows * columns**2 + columns**3 / 3)
        return max(1, min(MOST, int(BUDGET / each / len(KINDS))))

    @property
    def decided(self) -> torch.Tensor:
        return self.data.decided

    def losses_with(self, weights: Mapping[int, torch.Tensor]) -> torch.Tensor:
        """Of the decided verdicts, [decided], each by the weights [r] of its fold."""
        z = torch.zeros(len(self.fold), dtype=torch.float64)
        for each in self.folds:
            here = self.fold == each
            z[here] = self.data.difference[here] @ weights[each]
        return binary_cross_entropy_with_logits(z[self.decided], self.data.p[self.decided], reduction="none")

    def without(self, rest: Sequence[Example], group: Group) -> NewInfluence | None:
        """`rest`: the examples that remain. None where a fold would have nothing to learn from."""
        verdicts = counting(rest, self.settings, self.fitted)
        if not verdicts:
            return None
        data = compare(verdicts, self.numbers)
        fold = folds_of(data.brief, self.fold_of)
        if any(int((data.decided & (fold != each)).sum()) < FEWEST_LEFT for each in self.folds):
            return None
        weights = {
            each: fit_weights(data.where(fold != each), self.fitted.penalty, self.weights[each]) for each in self.folds
        }
        change = self.losses_with(weights) - self.losses
        others = torch.tensor([pair not in group.pairs for pair in self.judged])
        loss, loss_others = self.over_folds(change, torch.ones_like(others)), self.over_folds(change, others)
        tau = mean_and_error([self.tau(each, weights[each]) for each in self.folds if self.pairs[each].shape[1]])
        return NewInfluence(group.kind, group.subject, group.verdicts, *loss, *loss_others, *tau)

    def over_folds(self, change: torch.Tensor, counted: torch.Tensor) -> Measured:
        """The mean of a change [decided] over the verdicts that are counted, as its mean over the folds."""
        fold = self.fold[self.decided]
        here = [counted & (fold == each) for each in self.folds]
        return mean_and_error([weighted_mean(change[some], self.choices[some]) for some in here if some.any()])

    @property
    def choices(self) -> torch.Tensor:
        return self.data.choices[self.decided]

    def tau(self, fold: int, weights: torch.Tensor) -> float:
        """Kendall's, between the rewards of the fold's takes by these weights and by those of everything."""
        one, other = self.pairs[fold]
        difference = self.numbers[one] - self.numbers[other]
        signs = [torch.sign(difference @ each) for each in (weights, self.weights[fold])]
        return float((signs[0] * signs[1]).mean())


def counting(examples: Sequence[Example], settings: DataSettings, fitted: FittedRewards) -> list[Verdict]:
    """The verdicts of the kinds that the run counts."""
    verdicts = verdicts_of(examples, fitted.takes, fitted.brief, settings.both_bad_weight)
    return without(verdicts, dict(fitted.signals))


def pair_of(verdict: Verdict, takes: Sequence[str]) -> Pair:
    """The take and what it was compared with."""
    return frozenset(takes[row] for row in (verdict.take, *verdict.others.tolist()))


def folds_of(brief: torch.Tensor, fold_of: Mapping[int, int]) -> torch.Tensor:
    return torch.tensor([fold_of[each] for each in brief.tolist()])


def pairs_within_briefs(brief: Sequence[int], fold_of: Mapping[int, int]) -> dict[int, torch.Tensor]:
    """[2, m] by fold: the rows of every two takes of a brief."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row, each in enumerate(brief):
        rows[each].append(row)
    pairs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for each, own in rows.items():
        if each in fold_of:
            pairs[fold_of[each]] += combinations(own, 2)
    return {fold: torch.tensor(pairs[fold], dtype=torch.long).reshape(-1, 2).T for fold in range(FOLDS)}


def weighted_mean(values: torch.Tensor, weights: torch.Tensor) -> float:
    return float((values * weights).sum() / weights.sum())


def mean_and_error(values: Sequence[float]) -> Measured:
    """Over the folds: their mean, and its standard error; None with fewer than two."""
    if len(values) < 2:
        return (values[0] if values else None), None
    own = torch.tensor(values, dtype=torch.float64)
    return float(own.mean()), float(own.std() / len(values) ** 0.5)
