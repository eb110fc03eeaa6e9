"""What a writer's learning is worth: how well it orders pairs of wordings of briefs that it did not learn from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feedback.wordings.preferences import ComparedWordings, folds_by_brief
from finetune.prompts.writer import Writer

Learn = Callable[[Sequence[ComparedWordings]], Writer]


@dataclass(frozen=True)
class HeldOut:
    """How well writers order pairs of briefs that they did not learn from."""

    pairs: int
    accuracy: float  # share that is ordered as the verdict was; half for one that is not told apart
    chance: float  # how likely coins are to be right as often


def measure_heldout(learn: Learn, compared: Sequence[ComparedWordings], folds: int) -> HeldOut:
    """Cross-validation over briefs; `learn`: makes a writer from pairs, once for each fold."""
    fold_of = folds_by_brief(compared, folds)
    right, pairs = 0.0, 0
    for fold in sorted(set(fold_of)):
        learned = [pair for pair, its in zip(compared, fold_of, strict=True) if its != fold]
        heldout = [pair for pair, its in zip(compared, fold_of, strict=True) if its == fold and pair["share"] != 0.5]
        if all(pair["share"] == 0.5 for pair in learned):
            continue
        writer = learn(learned)
        right += sum(is_ordered_rightly(writer, pair) for pair in heldout)
        pairs += len(heldout)
    return HeldOut(pairs, right / max(1, pairs), chance_of(math.ceil(right), pairs))


def is_ordered_rightly(writer: Writer, pair: ComparedWordings) -> float:
    """By what the writer learned of both wordings: 1 or 0, and 0.5 for two that are equal."""
    one, other = writer.compare(pair["one"], pair["other"])
    return 0.5 if one == other else float((one > other) == (pair["share"] > 0.5))


def chance_of(right: int, pairs: int) -> float:
    """How likely `right` or more of so many coins show heads."""
    return sum(math.comb(pairs, k) for k in range(right, pairs + 1)) / 2**pairs


def pairs_needed(accuracy: float, most_chance: float) -> int | None:
    """About how many held-out pairs of this accuracy coins reach that seldom; None where hardly any number would do."""
    if accuracy < 0.52:
        return None
    pairs = 1
    while chance_of(math.ceil(accuracy * pairs), pairs) > most_chance:
        pairs += 1
    return pairs
