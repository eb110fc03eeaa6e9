"""Fits a reward model to everything that people judged, in seconds, and the same every time.

A Bradley-Terry model with a ridge penalty over features of the takes: statistics of their latents, hidden states of the
denoiser, or what an image encoder of the studio's makes of the pictures. They are never joined, since a joint ridge is worse
than the better one. Features and penalty are chosen by cross-validation over briefs: what is reported is how well verdicts on
briefs that a fit has not seen are predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from feedback.store import media
from finetune.data.examples import Example
from finetune.data.labels import agreement
from finetune.data.latent_cache import LatentCache, by_shape, chunks
from finetune.data.pixels import read_pixels
from finetune.data.pointing import Pointing
from finetune.reward.comparisons import (
    Comparisons,
    Verdict,
    compare,
    fit_weights,
    precision_of,
    rotated,
    verdicts_of,
)
from finetune.reward.features.attention import Attention, learn_attention
from finetune.reward.features.colour_map import fit_colour_map
from finetune.reward.features.hidden_states import TakeOfExample
from finetune.reward.features.sets import HIDDEN_STATES, IMAGE_ENCODER, POINTED, SETS, STATISTICS, Groups
from finetune.reward.features.statistics import measure_features
from finetune.reward.model import RewardModel, better_than_chance, columns_of, with_rbf
from finetune.reward.rbf_features import RbfFeatures, fit_rbf_features
from finetune.reward.reliability import expected_correlation, split_half_reliability
from finetune.reward.scaling import centred_within_briefs, join_groups, scale_of, within_prompt_std
from finetune.reward.signals import SignalEffect, measure_signals, without

CANDIDATES = (
    ("look", False), ("look", True), ("lines", False), ("lines", True), ("frame", False), ("frame", True),
    ("texture", False), ("texture", True), ("layout", False), (POINTED, False), ("hidden_states_4x4", False),
    ("hidden_states_8x8", False), *((name, False) for name in IMAGE_ENCODER),
)  # fmt: skip
"""(set of features, whether with RBF features), from simple to rich. Those of an image encoder come last: they need another
network, and steer latents only through one of the others."""
MOSTLY = 0.5  # share of the verdicts with a place, from which on what people point at is tried first
FOLDS = 5
PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
PICTURES = 48  # takes whose pixels the colour map is fitted to; thousands of places each
MEASURED_AT_ONCE = 32


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

    @property
    def loss(self) -> float:
        return mean_over_choices(self.losses, self.choices)


@dataclass(frozen=True)
class RewardModels:
    """The reward models of each kind of features: the best of those that are read from latents, the best of the other such
    kind, which can say how far takes were moved, and the one that reads an image encoder.
    """

    best: RewardModel
    other: RewardModel | None  # None where only one kind was tried
    signals: dict[str, SignalEffect] = field(default_factory=dict)  # what people gave beside verdicts on pairs
    image: RewardModel | None = None  # None without an image encoder
    image_is_best: bool = False  # whether cross-validation chose it before both

    @property
    def chosen(self) -> RewardModel:
        """The one that takes are moved by: directly, or where it reads images by way of the others' features."""
        return self.image if self.image is not None and self.image_is_best else self.best

    @property
    def most_accurate(self) -> RewardModel:
        if self.image is not None and self.image_is_best:
            return self.image
        return self.best if self.other is None or self.best.loss <= self.other.loss else self.other

    def by_statistics(self) -> RewardModels:
        """The same with the one that reads statistics of the latents first, where it is reliably better than chance."""
        if self.other is None or not self.best.reads_hidden_states or not self.other.better_than_chance:
            return self
        return replace(self, best=self.other, other=self.best)

    def by_accuracy(self) -> RewardModels:
        """The same with the most accurate one first, where no gradient of it is needed."""
        if self.other is None or self.most_accurate is self.best:
            return self
        return RewardModels(self.other, self.best, self.signals)


@dataclass(frozen=True)
class TakeFeatures:
    """What is read of the takes of some examples, a row each."""

    groups: Groups
    takes: list[str]  # their sha256
    colour_map: torch.Tensor


def learn_reward_models(
    cache: LatentCache, examples: Sequence[Example], both_bad_weight: float, states: Groups | None = None
) -> RewardModels:
    """The reward models of these examples; the arguments are those of `read_features`."""
    features = read_features(cache, examples, states)
    return fit_reward_models(examples, features.groups, features.takes, features.colour_map, both_bad_weight)


def read_features(cache: LatentCache, examples: Sequence[Example], states: Groups | None = None) -> TakeFeatures:
    """Of the takes of these examples, whose latents are in the cache.

    `states`: hidden states of `takes_of(examples)`; without them there are only statistics of the latents.
    """
    takes = [take for take, _ in takes_of(examples)]
    colour_map = colour_map_of(cache, takes[:: -(-len(takes) // PICTURES)])
    rows: dict[str, Groups] = {}
    for group in by_shape(takes, cache.latent_shape):
        for some in chunks(group, MEASURED_AT_ONCE):
            measured = measure_features(torch.stack([cache.latent(take) for take in some]), colour_map)
            for place, take in enumerate(some):
                rows[take] = {name: values[place] for name, values in measured.items()}
    groups = {name: torch.stack([rows[take][name] for take in takes]) for name in next(iter(rows.values()))}
    return TakeFeatures(groups | (states or {}), takes, colour_map)


def takes_of(examples: Sequence[Example]) -> list[TakeOfExample]:
    """Each take once, in the order of their sha256, with an example that it is in."""
    example_of: dict[str, Example] = {}
    for example in sorted(examples, key=lambda each: each.key):
        example_of.setdefault(example.left, example)
        example_of.setdefault(example.right, example)
    return sorted(example_of.items())


def colour_map_of(cache: LatentCache, takes: Sequence[str]) -> torch.Tensor:
    """The map from these takes' latents to their colours, as colour_map.fit_colour_map makes it."""
    pixels = (read_pixels(media.whole_path_of(cache.studio, take)) for take in takes)
    largest = max(max(cache.latent_shape(take)[2:]) for take in takes)
    return fit_colour_map((cache.latent(take) for take in takes), pixels, largest)


def fit_reward_model(
    examples: Sequence[Example], groups: Groups, takes: Sequence[str], colour_map: torch.Tensor, both_bad_weight: float
) -> RewardModel:
    """The one that `fit_reward_models` chooses."""
    return fit_reward_models(examples, groups, takes, colour_map, both_bad_weight).chosen


def fit_reward_models(
    examples: Sequence[Example], groups: Groups, takes: Sequence[str], colour_map: torch.Tensor, both_bad_weight: float
) -> RewardModels:
    """`groups`: features of the takes whose sha256 are `takes`, one row each; sets whose groups are not there are not tried."""
    brief = briefs_of(examples, takes)
    verdicts = verdicts_of(examples, takes, brief, both_bad_weight)
    attention = attention_of(examples, groups, takes)
    groups = groups if attention is None else attention.add_to(groups)
    candidates = [each for each in candidates_for(examples) if all(name in groups for name in SETS[each[0]])]
    fits = [fit_candidate(*candidate, groups, brief, verdicts) for candidate in candidates]
    best = simplest_of_the_best(fits)
    signals = measure_signals(verdicts, numbers_of(best, groups), best.penalty, folds_of(compared_briefs(verdicts)))
    if not all(each.counts for each in signals.values()):
        verdicts = without(verdicts, signals)
        fits = [fit_candidate(*candidate, groups, brief, verdicts) for candidate in candidates]
        best = simplest_of_the_best(fits)

    def made(fit: Fit) -> RewardModel:
        model = reward_model_of(fit, groups, colour_map, reliability_of(fit, groups, brief, verdicts))
        return replace(model, attention=attention) if fit.features == POINTED else model

    def best_made(some: Sequence[Fit]) -> RewardModel | None:
        return made(simplest_of_the_best(some)) if some else None

    images = [fit for fit in fits if fit.features in IMAGE_ENCODER]
    first = simplest_of_the_best([fit for fit in fits if fit.features not in IMAGE_ENCODER])
    other_kind = HIDDEN_STATES if first.features in STATISTICS else STATISTICS
    others = [fit for fit in fits if fit.features in other_kind]
    return RewardModels(made(first), best_made(others), signals, best_made(images), best.features in IMAGE_ENCODER)


def briefs_of(examples: Sequence[Example], takes: Sequence[str]) -> torch.Tensor:
    """The brief of each take, [takes]."""
    briefs = {take: example.brief for example in examples for take in (example.left, example.right)}
    return torch.tensor([briefs[take] for take in takes])


def attention_of(examples: Sequence[Example], groups: Groups, takes: Sequence[str]) -> Attention | None:
    """Where people point on these takes; None where nobody did, or without hidden states."""
    if "states_8x8" not in groups:
        return None
    pointing = dict[str, Pointing]()
    for example in examples:
        for take, places in {example.left: example.pointed_left, example.right: example.pointed_right}.items():
            pointing[take] = (*pointing.get(take, ()), *places)
    return learn_attention(groups["states_8x8"], [pointing.get(take, ()) for take in takes])


def candidates_for(examples: Sequence[Example]) -> list[tuple[str, bool]]:
    """From simple to rich: where people mostly point, they say themselves by what they judge, and that comes first."""
    decided = [example for example in examples if example.decided]
    pointed = sum(example.choices for example in decided if example.pointed)
    first = pointed and pointed >= MOSTLY * sum(example.choices for example in decided)
    return sorted(CANDIDATES, key=lambda each: each[0] != POINTED) if first else list(CANDIDATES)


def reward_model_of(fit: Fit, groups: Groups, colour_map: torch.Tensor, reliability: float) -> RewardModel:
    return RewardModel(
        features=fit.features,
        rbf=fit.rbf,
        colour_map=colour_map,
        mean=fit.mean,
        scale=fit.scale,
        weight=fit.weight,
        penalty=fit.penalty,
        within_prompt_std=fit.within_prompt_std,
        accuracy=fit.accuracy,
        loss=fit.loss,
        pairs=count_of(fit.choices),
        columns=columns_of(groups, fit.features, len(fit.weight)),
        reliability=reliability,
    )


def numbers_of(fit: Fit, groups: Groups) -> torch.Tensor:
    """What the weights are for, [takes, d + q] float64."""
    return with_rbf((join_groups(groups, fit.features).double() - fit.mean.double()) / fit.scale.double(), fit.rbf)


def compared_briefs(verdicts: Sequence[Verdict]) -> torch.Tensor:
    return torch.tensor([each.brief for each in verdicts])


def fit_candidate(
    features: str, use_rbf: bool, groups: Groups, brief: torch.Tensor, verdicts: Sequence[Verdict]
) -> Fit:
    raw = join_groups(groups, features).double()
    mean, scale = raw.mean(0), scale_of(groups, features, brief)
    rbf = fit_rbf_features((raw - mean) / scale) if use_rbf else None
    numbers = with_rbf((raw - mean) / scale, rbf)
    comparisons = compare(verdicts, numbers)
    fewer, rotation = rotated(comparisons)
    predicted, chosen = cross_validate(fewer), fewer.choices[fewer.decided]
    penalty = min(PENALTIES, key=lambda each: mean_over_choices(losses_of(predicted[each], fewer), chosen))
    z = predicted[penalty]
    weight = rotation.T @ fit_weights(fewer, penalty)
    deviation = max(float(within_prompt_std(numbers @ weight, brief)), 1e-12)
    return Fit(
        features, rbf, mean.float(), scale.float(), (weight / deviation).float(), penalty, deviation,
        accuracy_of(z, comparisons), losses_of(z, comparisons), chosen,
    )  # fmt: skip


def simplest_of_the_best(fits: Sequence[Fit]) -> Fit:
    """The first fit whose loss is within a standard error of the least: more features must earn their place.

    A fit that is no better than chance never counts as nearly as good, unless all are. The reward's gradient moves takes
    away from those it was fitted on, and few features go wrong there less than many.
    """
    best = min(fits, key=lambda each: each.loss)
    for fit in [each for each in fits if better_than_chance(each.accuracy, count_of(each.choices))] or fits:
        behind = fit.losses - best.losses
        if mean_over_choices(behind, best.choices) <= standard_error(behind, best.choices):
            return fit
    return best


def mean_over_choices(values: torch.Tensor, choices: torch.Tensor) -> float:
    return float((values * choices).sum() / choices.sum())


def count_of(choices: torch.Tensor) -> int:
    """How many choices of people there are in all: the 36 pairs of nine takes in order are eight."""
    return max(1, round(float(choices.sum())))


def standard_error(losses: torch.Tensor, choices: torch.Tensor) -> float:
    """Of their mean. The pairs of a ranking are no independent choices each, but as many as they weigh."""
    variance = mean_over_choices((losses - mean_over_choices(losses, choices)).square(), choices)
    return (variance / float(choices.sum())) ** 0.5


def cross_validate(comparisons: Comparisons) -> dict[float, torch.Tensor]:
    """By penalty, the log-odds of each verdict, [n], predicted by a fit without its brief."""
    fold = folds_of(comparisons.brief)
    predicted = {penalty: torch.zeros(len(comparisons.p), dtype=torch.float64) for penalty in PENALTIES}
    for number in range(FOLDS):
        here = fold == number
        if here.any() and not here.all():
            rest, weight = comparisons.where(~here), None
            for penalty in sorted(PENALTIES, reverse=True):
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


def reliability_of(fit: Fit, groups: Groups, brief: torch.Tensor, verdicts: Sequence[Verdict]) -> float:
    """The larger of the split-half reliability and of the correlation that Laplace's approximation expects."""
    numbers = numbers_of(fit, groups)
    comparisons = compare(verdicts, numbers)
    centred = centred_within_briefs(numbers, brief)
    fewer, rotation = rotated(comparisons)
    inside = centred @ rotation.T
    halves = split_half_reliability(fewer.brief, lambda some: fit_weights(fewer.where(some), fit.penalty), inside)
    weight = rotation @ (fit.weight.double() * fit.within_prompt_std)
    precision = precision_of(fewer, fit.penalty, weight)
    outside = (centred.square().sum(1) - inside.square().sum(1)).clamp(min=0)
    unseen = outside / (2 * fit.penalty * comparisons.weight.sum())  # what no verdict tells of has the prior's variance
    return max(halves, expected_correlation(weight, precision, inside, unseen))
