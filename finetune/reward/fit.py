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

from feedback.store import media
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache, by_shape, chunks
from finetune.data.pixels import read_pixels
from finetune.data.pointing import Pointing
from finetune.reward.anchors import FARTHEST, Anchors, AnchorWeight, Reason, describe_choice, reason_of
from finetune.reward.candidates import (
    Fit,
    count_of,
    fit_candidate,
    folds_of,
    mean_over_choices,
    numbers_of,
    weighed,
)
from finetune.reward.comparisons import (
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
from finetune.reward.model import RewardModel, better_than_chance, columns_of
from finetune.reward.reliability import expected_correlation, split_half_reliability
from finetune.reward.scaling import centred_within_briefs, within_prompt_std
from finetune.reward.signals import SignalEffect, measure_signals, without

CANDIDATES = (
    ("look", False), ("look", True), ("lines", False), ("lines", True), ("frame", False), ("frame", True),
    ("texture", False), ("texture", True), ("layout", False), (POINTED, False), ("hidden_states_4x4", False),
    ("hidden_states_8x8", False), *((name, False) for name in IMAGE_ENCODER),
)  # fmt: skip
"""(set of features, whether with RBF features), from simple to rich. Those of an image encoder come last: they need another
network, and steer latents only through one of the others."""
MOSTLY = 0.5  # share of the verdicts with a place, from which on what people point at is tried first
PICTURES = 48  # takes whose pixels the colour map is fitted to; thousands of places each
MEASURED_AT_ONCE = 32


@dataclass(frozen=True)
class AnchorEffect:
    """What frames of the library do to the prediction of people's verdicts on held-out briefs, in the fit that was chosen."""

    chosen: AnchorWeight
    loss_with: float  # mean cross-entropy
    loss_without: float
    reason: Reason
    why: str  # the same in words


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
    anchor: AnchorEffect | None = None  # of frames of the library, where there are any

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
        return RewardModels(self.other, self.best, self.signals, anchor=self.anchor)


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
    examples: Sequence[Example],
    groups: Groups,
    takes: Sequence[str],
    colour_map: torch.Tensor,
    both_bad_weight: float,
    anchors: Anchors | None = None,
) -> RewardModels:
    """`groups`: features of the takes whose sha256 are `takes`, one row each; sets whose groups are not there are not tried.

    `anchors`: frames of the library, which count where held-out verdicts say so.
    """
    brief = briefs_of(examples, takes)
    verdicts = verdicts_of(examples, takes, brief, both_bad_weight)
    attention = attention_of(examples, groups, takes)
    groups = groups if attention is None else attention.add_to(groups)
    candidates = [each for each in candidates_for(examples) if all(name in groups for name in SETS[each[0]])]
    fits = [fit_candidate(*candidate, groups, brief, verdicts, anchors) for candidate in candidates]
    best = simplest_of_the_best(fits)
    signals = measure_signals(verdicts, numbers_of(best, groups), best.penalty, folds_of(compared_briefs(verdicts)))
    if not all(each.counts for each in signals.values()):
        verdicts = without(verdicts, signals)
        fits = [fit_candidate(*candidate, groups, brief, verdicts, anchors) for candidate in candidates]
        best = simplest_of_the_best(fits)

    def made(fit: Fit) -> RewardModel:
        model = reward_model_of(fit, groups, colour_map, reliability_of(fit, groups, brief, verdicts, anchors))
        return replace(model, attention=attention) if fit.features == POINTED else model

    def best_made(some: Sequence[Fit]) -> RewardModel | None:
        return made(simplest_of_the_best(some)) if some else None

    images = [fit for fit in fits if fit.features in IMAGE_ENCODER]
    first = simplest_of_the_best([fit for fit in fits if fit.features not in IMAGE_ENCODER])
    other_kind = HIDDEN_STATES if first.features in STATISTICS else STATISTICS
    others = [fit for fit in fits if fit.features in other_kind]
    effect = None if anchors is None else effect_of(best, anchors)
    return RewardModels(
        made(first), best_made(others), signals, best_made(images), best.features in IMAGE_ENCODER, effect
    )


def effect_of(fit: Fit, anchors: Anchors) -> AnchorEffect:
    why = describe_choice(fit.anchor, anchors, count_of(fit.choices), fit.loss, fit.loss_without)
    reason = reason_of(fit.anchor, anchors, count_of(fit.choices))
    return AnchorEffect(fit.anchor, fit.loss, fit.loss_without, reason, why)


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


def compared_briefs(verdicts: Sequence[Verdict]) -> torch.Tensor:
    return torch.tensor([each.brief for each in verdicts])


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


def standard_error(losses: torch.Tensor, choices: torch.Tensor) -> float:
    """Of their mean. The pairs of a ranking are no independent choices each, but as many as they weigh."""
    variance = mean_over_choices((losses - mean_over_choices(losses, choices)).square(), choices)
    return (variance / float(choices.sum())) ** 0.5


def reliability_of(
    fit: Fit, groups: Groups, brief: torch.Tensor, verdicts: Sequence[Verdict], anchors: Anchors | None = None
) -> float:
    """The larger of the split-half reliability and of the correlation that Laplace's approximation expects.

    Halves are of people's verdicts alone; frames of the library that count add to what is known.
    """
    numbers = numbers_of(fit, groups)
    comparisons = compare(verdicts, numbers)
    centred = centred_within_briefs(numbers, brief)
    fewer, rotation = rotated(comparisons)
    halves = split_half_reliability(
        fewer.brief, lambda some: fit_weights(fewer.where(some), fit.penalty), centred @ rotation.T
    )
    if anchors is not None and fit.anchor.against is not None:
        farthest = FARTHEST * within_prompt_std(numbers, brief)
        frames = anchors.comparisons(fit.anchor.against, numbers_of(fit, anchors.groups), farthest)
        fewer, rotation = rotated(comparisons.beside(weighed(frames, fit.anchor.weight, comparisons)))
    inside = centred @ rotation.T
    weight = rotation @ (fit.weight.double() * fit.within_prompt_std)
    precision = precision_of(fewer, fit.penalty, weight)
    outside = (centred.square().sum(1) - inside.square().sum(1)).clamp(min=0)
    unseen = outside / (2 * fit.penalty * fewer.weight.sum())  # what no verdict tells of has the prior's variance
    return max(halves, expected_correlation(weight, precision, inside, unseen))
