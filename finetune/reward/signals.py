"""Which signals count: whether rankings, stars, both bad, circles and tags help to predict held-out verdicts on pairs.

Each counts as the recipe says, unless what people say of pairs is predicted better without it, by more than a standard error.
In simulation each helps; people may use one of them for something else, such as stars for how usable a take is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from finetune.reward.comparisons import PAIRS, SIGNALS, Comparisons, Verdict, compare, fit_weights, rotated

FEWEST = 30  # choices between two takes from which on they can tell
AROUND = (1 / 3, 1.0, 3.0)  # penalties that are tried, times the one of all signals: with less data another is best


@dataclass(frozen=True)
class SignalEffect:
    """What a signal does to the prediction of held-out verdicts on pairs."""

    counts: bool
    loss_with: float  # mean cross-entropy
    loss_without: float


def measure_signals(
    verdicts: Sequence[Verdict], numbers: torch.Tensor, penalty: float, fold: torch.Tensor
) -> dict[str, SignalEffect]:
    """By signal that there is; empty where too few pairs were compared. `numbers` [takes, d]; `fold` [n] of each verdict."""
    signal = [each.signal for each in verdicts]
    target = torch.tensor([each.signal == PAIRS and each.decided for each in verdicts])
    given = [name for name in SIGNALS if name in signal]
    if not given or int(target.sum()) < FEWEST:
        return {}
    data, _ = rotated(compare(verdicts, numbers))
    everything = torch.ones(len(verdicts), dtype=torch.bool)
    losses = held_out_losses(data, everything, target, penalty, fold)
    effects = {}
    for name in given:
        rest = torch.tensor([each != name for each in signal])
        gain = losses - held_out_losses(data, rest, target, penalty, fold)  # of leaving it out
        hurts = float(gain.mean()) > float(gain.std()) / len(gain) ** 0.5
        effects[name] = SignalEffect(not hurts, float(losses.mean()), float((losses - gain).mean()))
    return effects


def held_out_losses(
    data: Comparisons, kept: torch.Tensor, target: torch.Tensor, penalty: float, fold: torch.Tensor
) -> torch.Tensor:
    """Of the target's verdicts, each by a fit of the kept ones on other briefs, at the best of a few penalties."""
    return min(
        (losses_at(data, kept, target, penalty * factor, fold) for factor in AROUND), key=lambda each: each.mean()
    )


def losses_at(
    data: Comparisons, kept: torch.Tensor, target: torch.Tensor, penalty: float, fold: torch.Tensor
) -> torch.Tensor:
    z = torch.zeros(len(fold), dtype=torch.float64)
    for number in fold.unique().tolist():
        here, rest = fold == number, kept & (fold != number)
        if rest.any():
            z[here] = data.difference[here] @ fit_weights(data.where(rest), penalty)
    return binary_cross_entropy_with_logits(z[target], data.p[target], reduction="none")


def without(verdicts: Sequence[Verdict], effects: dict[str, SignalEffect]) -> list[Verdict]:
    """The verdicts of signals that count."""
    return [each for each in verdicts if each.signal not in effects or effects[each.signal].counts]
