"""The scorer: what people like, as a number per take, fitted to their comparisons in seconds.

A Bradley-Terry model over the features of a take's latents: log-odds that the left take is chosen = score(left) -
score(right), with a ridge penalty. Both the features and the penalty are chosen by cross-validation over briefs, so that
what is reported is how well verdicts on briefs it has never seen are foretold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from finetune.data.examples import Example
from finetune.methods.losses import agreement, smoothed
from finetune.reward.features import SETS, measure
from finetune.reward.rbf_features import Bends, fit_bends
from finetune.reward.reliability import expected_correlation, share_of_halves

SHAPES = (
    ("look", False), ("look", True), ("lines", False), ("lines", True), ("frame", False), ("frame", True),
    ("texture", False), ("texture", True), ("layout", False),
)  # fmt: skip
"""(set of features, whether with bends), from simple to rich."""
FOLDS = 5
SURE = 2.5  # standard errors by which more verdicts must be foretold than by a coin
PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
NEWTON_STEPS = 25
CLOSE_ENOUGH = 1e-13  # of a loss that starts at ln 2
BENDS = "bends"  # what their numbers are called beside the groups of features
Groups = dict[str, torch.Tensor]
Columns = dict[str, slice]


@dataclass(frozen=True)
class Scorer:
    """score(x0) is 0 for the average take, and 1 is one spread: the usual difference between takes of a brief."""

    features: str  # key of SETS
    bends: Bends | None  # smooth functions of the features that are weighed too
    colours: torch.Tensor  # of features.fit_thumbnails
    mean: torch.Tensor  # [d]
    scale: torch.Tensor  # [d], what a unit of each feature is
    weight: torch.Tensor  # [d + q], in spreads per scaled feature, and per number of the bends
    penalty: float
    spread: float  # log-odds that one spread is worth
    accuracy: float  # share of pairs with a preference foretold, each by a fit that had not seen its brief
    loss: float  # the same fits' mean cross-entropy with what people said; ln 2 = 0.693 is a coin's
    pairs: int  # with a preference
    columns: Columns  # where each group's numbers are among what the weights weigh
    known: (
        float  # share of what it says that is not the luck of which pairs were judged (finetune/reward/reliability.py)
    )

    @property
    def sure(self) -> bool:
        """Whether it foretells more than luck would."""
        return beats_a_coin(self.accuracy, self.pairs)

    def score(self, x0: torch.Tensor) -> torch.Tensor:
        """Latents [B, z, F, h, w] -> [B]; can be differentiated."""
        return self.like(measure(x0, self.colours))

    def like(self, groups: Groups) -> torch.Tensor:
        """features.measure of takes -> [B]."""
        numbers = self.numbers(groups)
        return numbers @ self.weight.to(numbers)

    def numbers(self, groups: Groups) -> torch.Tensor:
        """What the weights weigh, [B, d + q]: scaled features, and their bends."""
        raw = join(groups, self.features)
        return bent((raw - self.mean.to(raw)) / self.scale.to(raw), self.bends)


@dataclass(frozen=True)
class Statement:
    """That one take is better than others, or than their mean."""

    one: int  # row of the take
    others: torch.Tensor  # rows
    p: float  # share of people who say so, slips taken off
    weight: float
    brief: int
    decided: bool  # somebody compared two takes and had a preference


@dataclass(frozen=True)
class Comparisons:
    """n statements as numbers."""

    difference: torch.Tensor  # [n, d] float64, of features
    p: torch.Tensor  # [n]
    weight: torch.Tensor  # [n]
    brief: torch.Tensor  # [n]
    decided: torch.Tensor  # [n] bool

    def where(self, chosen: torch.Tensor) -> Comparisons:
        columns = (self.difference, self.p, self.weight, self.brief, self.decided)
        return Comparisons(*(column[chosen] for column in columns))


def fit_scorer(
    examples: Sequence[Example], groups: Groups, names: Sequence[str], colours: torch.Tensor, both_bad_weight: float
) -> Scorer:
    """`groups`: features.measure of the takes whose sha256 are `names`, one row each."""
    briefs = {take: example.brief for example in examples for take in (example.left, example.right)}
    home = torch.tensor([briefs[name] for name in names])
    what = say(examples, names, home, both_bad_weight)
    best = simplest_of_the_best(
        [try_shape(features, with_bends, groups, home, what) for features, with_bends in SHAPES]
    )
    return Scorer(
        best.features, best.bends, colours, best.mean, best.scale, best.weight, best.penalty, best.spread,
        best.accuracy, float(best.losses.mean()), len(best.losses), columns_of(groups, best.features, len(best.weight)),
        known_of(best, groups, home, what),
    )  # fmt: skip


def known_of(fit: Fit, groups: Groups, home: torch.Tensor, what: Sequence[Statement]) -> float:
    """The larger of what halves of the statements agree on, and of what the doubt about the weights leaves."""
    numbers = bent((join(groups, fit.features).double() - fit.mean.double()) / fit.scale.double(), fit.bends)
    told = compare(what, numbers)
    centred = torch.stack([within_briefs(column, home) for column in numbers.T], dim=1)
    fewer, turn = turned(told)
    agreed = share_of_halves(fewer.brief, lambda some: ridge(fewer.where(some), fit.penalty), centred @ turn.T)
    weight = fit.weight.double() * fit.spread
    precision = told.weight.sum() * curvature(told, fit.penalty, weight)
    return max(agreed, expected_correlation(weight, precision, centred))


def turned(told: Comparisons) -> tuple[Comparisons, torch.Tensor]:
    """The same in as few numbers as there are rows or features, and the turn [r, d] that leads there.

    A ridge does not care about rotations.
    """
    turn = torch.linalg.svd(told.difference, full_matrices=False)[2]
    return replace(told, difference=told.difference @ turn.T), turn


@dataclass(frozen=True)
class Fit:
    """One shape at the penalty that serves it best; the fields are those of `Scorer`."""

    features: str
    bends: Bends | None
    mean: torch.Tensor
    scale: torch.Tensor
    weight: torch.Tensor
    penalty: float
    spread: float
    accuracy: float
    losses: torch.Tensor  # of each pair with a preference, [pairs]


def simplest_of_the_best(found: Sequence[Fit]) -> Fit:
    """The first fit whose loss is within a standard error of the least: more features must earn their place.

    A fit that is no better than a coin is never called nearly as good, unless all are. Where a scorer steers, takes move
    away from those it was fitted on, and few features go wrong there less than many.
    """
    best = min(found, key=lambda each: float(each.losses.mean()))
    for fit in [each for each in found if beats_a_coin(each.accuracy, len(each.losses))] or found:
        behind = fit.losses - best.losses
        if float(behind.mean()) <= standard_error(behind):
            return fit
    return best


def beats_a_coin(accuracy: float, pairs: int) -> bool:
    """Beyond luck: the best of many fits looks a little better than a coin whatever it was fitted to."""
    return accuracy - 0.5 >= SURE * 0.5 / pairs**0.5


def standard_error(losses: torch.Tensor) -> float:
    """Of their mean."""
    return float(losses.std(unbiased=False)) / len(losses) ** 0.5


def try_shape(features: str, with_bends: bool, groups: Groups, home: torch.Tensor, what: Sequence[Statement]) -> Fit:
    raw = join(groups, features).double()
    mean, scale = raw.mean(0), scale_of(groups, features, home)
    bends = fit_bends((raw - mean) / scale) if with_bends else None
    numbers = bent((raw - mean) / scale, bends)
    told = compare(what, numbers)
    fewer, turn = turned(told)
    foretold = cross_validate(fewer)
    penalty = min(PENALTIES, key=lambda each: float(losses_of(foretold[each], fewer).mean()))
    z = foretold[penalty]
    liking = turn.T @ ridge(fewer, penalty)
    spread = max(float(spread_within(numbers @ liking, home)), 1e-12)
    return Fit(
        features, bends, mean.float(), scale.float(), (liking / spread).float(), penalty, spread,
        accuracy_of(z, told), losses_of(z, told),
    )  # fmt: skip


def bent(scaled: torch.Tensor, bends: Bends | None) -> torch.Tensor:
    """[B, d] -> [B, d + q], the bends beside the straight."""
    return scaled if bends is None else torch.cat([scaled, bends(scaled)], dim=1)


def join(groups: Groups, features: str) -> torch.Tensor:
    """[B, d], the groups of a set side by side."""
    return torch.cat([groups[name] for name in SETS[features]], dim=1)


def columns_of(groups: Groups, features: str, numbers: int) -> Columns:
    """By group, in the order of `join`; the bends are whatever comes after."""
    ends = [0, *accumulate(groups[name].shape[1] for name in SETS[features]), numbers]
    return {
        name: slice(start, end)
        for name, start, end in zip((*SETS[features], BENDS), ends[:-1], ends[1:], strict=True)
        if end > start
    }


def scale_of(groups: Groups, features: str, home: torch.Tensor) -> torch.Tensor:
    """What a unit of each feature is: its spread within briefs, larger in large groups so that groups weigh alike."""
    scales = []
    for name in SETS[features]:
        values = groups[name].double()
        moving = varies_within(values, home)  # a still has no movement: clips alone say what its unit is
        inside = torch.stack([spread_within(column, home[moving]) for column in values[moving].T])
        # What hardly varies within briefs is no measure of anything: never less than a hundredth of the whole spread.
        inside = inside.clamp(min=1e-4).maximum(values.std(0) / 100)
        scales.append(inside * values.shape[1] ** 0.5)
    return torch.cat(scales) * len(SETS[features]) ** 0.5


def varies_within(values: torch.Tensor, home: torch.Tensor) -> torch.Tensor:
    """Which rows [n, d] are of a brief whose takes differ at all, [n] bool; all of them where none does."""
    _, place = torch.unique(home, return_inverse=True)
    apart = torch.zeros(int(place.max()) + 1, dtype=torch.bool)
    first = torch.zeros(len(apart), dtype=torch.long).scatter_(0, place.flip(0), torch.arange(len(home)).flip(0))
    apart[place[(values != values[first[place]]).any(1)]] = True
    return apart[place] if apart.any() else torch.ones_like(place, dtype=torch.bool)


def spread_within(values: torch.Tensor, home: torch.Tensor) -> torch.Tensor:
    """Root mean square distance of values [n] to the mean of their brief's."""
    freedom = max(len(values) - len(home.unique()), 1)  # one is used up by each brief's mean
    return (within_briefs(values, home).square().sum() / freedom).sqrt()


def within_briefs(values: torch.Tensor, home: torch.Tensor) -> torch.Tensor:
    """Values [n] less the mean of their brief's."""
    _, place, count = torch.unique(home, return_inverse=True, return_counts=True)
    sums = torch.zeros(len(count), dtype=values.dtype).index_add(0, place, values)
    return values - (sums / count)[place]


def say(
    examples: Sequence[Example], names: Sequence[str], home: torch.Tensor, both_bad_weight: float
) -> list[Statement]:
    """What was said, about rows of takes.

    Both bad says that the brief's other takes are better than either; a circled take, that it is better than those.
    """
    row = {name: place for place, name in enumerate(names)}
    family = {brief: (home == brief).nonzero().flatten() for brief in {example.brief for example in examples}}
    said = []
    for example in examples:
        left, right = row[example.left], row[example.right]
        rest = family[example.brief]
        rest = rest[(rest != left) & (rest != right)]
        spoken = [(left, torch.tensor([right]), example.p_left, example.pair_weight, example.decided)]
        spoken += [
            (place, rest, p, weight, False) for place, weight, p in remarks(example, left, right, both_bad_weight)
        ]
        said += [
            Statement(one, others, float(smoothed(torch.tensor(p), example.slips)), weight, example.brief, decided)
            for one, others, p, weight, decided in spoken
            if weight > 0 and len(others)
        ]
    return said


def compare(what: Sequence[Statement], features: torch.Tensor) -> Comparisons:
    """`features` [takes, d]."""
    return Comparisons(
        torch.stack([features[each.one] - features[each.others].mean(0) for each in what]),
        torch.tensor([each.p for each in what], dtype=torch.float64),
        torch.tensor([each.weight for each in what], dtype=torch.float64),
        torch.tensor([each.brief for each in what]),
        torch.tensor([each.decided for each in what]),
    )


def remarks(example: Example, left: int, right: int, both_bad_weight: float) -> list[tuple[int, float, float]]:
    """(take's row, weight, 1 if it is better than the rest of its brief, 0 if worse), beyond the comparison itself."""
    clear = example.pair_weight * (2 * example.p_left - 1)
    circled = [(left, example.anchor_left - max(clear, 0.0)), (right, example.anchor_right - max(-clear, 0.0))]
    bad = both_bad_weight * example.both_bad / 2
    return [(left, bad, 0.0), (right, bad, 0.0), *((place, extra, 1.0) for place, extra in circled)]


def cross_validate(told: Comparisons) -> dict[float, torch.Tensor]:
    """By penalty, the log-odds of each statement, [n], its brief foretold by a fit without it."""
    fold = folds_of(told.brief)
    found = {penalty: torch.zeros(len(told.p), dtype=torch.float64) for penalty in PENALTIES}
    for number in range(FOLDS):
        here = fold == number
        if here.any() and not here.all():
            rest, w = told.where(~here), None
            for penalty in sorted(PENALTIES, reverse=True):
                w = ridge(rest, penalty, w)  # near the one before: two or three steps instead of eight
                found[penalty][here] = told.difference[here] @ w
    return found


def losses_of(z: torch.Tensor, told: Comparisons) -> torch.Tensor:
    """Cross-entropies of the pairs with a preference."""
    return binary_cross_entropy_with_logits(z[told.decided], told.p[told.decided], reduction="none")


def accuracy_of(z: torch.Tensor, told: Comparisons) -> float:
    """Share of the pairs with a preference that z is on the right side of; half of those it cannot tell."""
    return float(agreement(z[told.decided], told.p[told.decided]).mean())


def folds_of(brief: torch.Tensor) -> torch.Tensor:
    """Which fifth each row's brief is in."""
    return torch.unique(brief, return_inverse=True)[1] % FOLDS


def ridge(told: Comparisons, penalty: float, start: torch.Tensor | None = None) -> torch.Tensor:
    """Weights [d] of the least mean cross-entropy plus `penalty` times their square sum, by Newton's method."""
    share = told.weight / told.weight.sum()
    w = told.difference.new_zeros(told.difference.shape[1]) if start is None else start
    for _ in range(NEWTON_STEPS):
        odds = torch.sigmoid(told.difference @ w)
        slope = told.difference.T @ (share * (odds - told.p)) + 2 * penalty * w
        step = torch.linalg.solve(curvature(told, penalty, w), slope)
        if float(slope @ step) < CLOSE_ENOUGH:  # twice what the step can still gain
            break
        w = descend(told, share, penalty, w, step)
    return w


def curvature(told: Comparisons, penalty: float, w: torch.Tensor) -> torch.Tensor:
    """Second derivatives of that loss at w, [d, d]."""
    odds = torch.sigmoid(told.difference @ w)
    share = odds * (1 - odds) * told.weight / told.weight.sum()
    return (told.difference.T * share) @ told.difference + 2 * penalty * torch.eye(len(w), dtype=w.dtype)


def descend(
    told: Comparisons, share: torch.Tensor, penalty: float, w: torch.Tensor, step: torch.Tensor
) -> torch.Tensor:
    """w less the step, or as much of it as lowers the loss."""

    def height(at: torch.Tensor) -> float:
        z = told.difference @ at
        lost = -told.p * logsigmoid(z) - (1 - told.p) * logsigmoid(-z)
        return float((share * lost).sum() + penalty * (at * at).sum())

    here = height(w)
    for _ in range(20):
        if height(w - step) <= here:
            return w - step
        step = step / 2
    return w
