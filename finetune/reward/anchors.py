"""Frames of the library as winners over takes of the model, beside people's judgements (after RealAlign, arXiv 2605.19839).

A frame of a film differs from a take in many ways that nobody prefers it for: it was not drawn. Four things keep a reward model
from learning these. Frames go through the VAE as takes do, there and back. Copies of frames that the model drew over, which show
what is where and have the model's own look, are set against takes as well: both were drawn. Differences count up to three within-prompt
deviations of each feature, beyond which no two takes of a brief lie. And people decide: frames weigh as much as makes verdicts
on held-out briefs predicted best, with the least weight within one standard error of the best (Breiman et al., 1984), 0 included;
likewise what is set against what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from finetune.reward.comparisons import Comparisons
from finetune.reward.features.sets import Groups

REDRAWN, OWN_TAKES = "redrawn", "own_takes"  # what frames are set against
COPIES_OVER_TAKES = "copies_over_takes"  # copies that the model drew over, against takes
WEIGHTS = (0.1, 0.5, 2.0)
FEWEST, MOST = 20, 1000  # verdicts from which on they can choose, and up to which the library is tried
FARTHEST = 3.0  # within-prompt deviations
NO_BRIEF = -1


@dataclass(frozen=True)
class AnchorWeight:
    """How much frames of the library count in a fit, and against what."""

    weight: float = 0.0  # of all of them, relative to all judgements
    against: str | None = None  # a side of Anchors


@dataclass(frozen=True)
class Anchors:
    """Frames and what they are set against, as features."""

    groups: Groups  # a row for each frame and each take
    sides: Mapping[
        str, tuple[torch.Tensor, torch.Tensor]
    ]  # by what they are set against: rows of winners and of losers
    label_noise: float
    weight: float | None = None  # that the recipe sets; None lets held-out verdicts choose

    def choices(self, verdicts: int) -> list[AnchorWeight]:
        """What is tried, from the least weight to the most, where people gave so many verdicts with a preference."""
        if self.weight is not None:
            return [AnchorWeight(self.weight, side) for side in self.sides] if self.weight else [AnchorWeight()]
        if not FEWEST <= verdicts <= MOST:
            return [AnchorWeight()]
        return [AnchorWeight(), *(AnchorWeight(weight, side) for weight in WEIGHTS for side in self.sides)]

    def comparisons(self, against: str, numbers: torch.Tensor, farthest: torch.Tensor) -> Comparisons:
        """`numbers` [rows, d]; `farthest` [d]: what a difference counts at most. Their weights add up to 1."""
        winners, losers = self.sides[against]
        difference = (numbers[winners] - numbers[losers]).clamp(-farthest, farthest)
        ones, no = torch.ones(len(winners), dtype=torch.float64), torch.zeros(len(winners), dtype=torch.bool)
        brief = torch.full((len(winners),), NO_BRIEF)
        return Comparisons(difference, ones * (1 - self.label_noise), ones / len(ones), brief, no, ones)


SET_AGAINST = {
    OWN_TAKES: " set against takes of the same words",
    REDRAWN: " set against copies of themselves that the model drew over",
    COPIES_OVER_TAKES: ", as the model drew them over, set against takes of the same words",
}
Reason = Literal["recipe", "too_few", "too_many", "no_help", "helps"]


def reason_of(chosen: AnchorWeight, anchors: Anchors, verdicts: int) -> Reason:
    """Why the library counts as it does."""
    if anchors.weight is not None:
        return "recipe"
    if not FEWEST <= verdicts <= MOST:
        return "too_few" if verdicts < FEWEST else "too_many"
    return "helps" if chosen.weight else "no_help"


def describe_choice(
    chosen: AnchorWeight, anchors: Anchors, verdicts: int, loss_with: float, loss_without: float
) -> str:
    """The same in words, with numbers."""
    frames = f"{max(len(winners) for winners, _ in anchors.sides.values())} frames of the library"
    set_against = SET_AGAINST.get(chosen.against or "", "")
    sentences: dict[Reason, str] = {
        "recipe": f"The recipe sets the weight of {frames} beside all judgements to {chosen.weight:g}.",
        "too_few": f"{verdicts} verdicts cannot tell whether {frames} show what people prefer; {FEWEST} can. Until then they have"
        " no weight beside judgements.",
        "too_many": f"With more than {MOST} verdicts {frames} are not tried beside them: they have no weight.",
        "no_help": f"Verdicts on held-out briefs are not reliably predicted better with {frames}: no weight.",
        "helps": f"Verdicts on held-out briefs are predicted better with {frames}{set_against} (loss {loss_with:.3f},"
        f" without {loss_without:.3f}): together they weigh {chosen.weight:g} times as much as all judgements.",
    }
    return sentences[reason_of(chosen, anchors, verdicts)]


def least_of_the_best(losses: Sequence[torch.Tensor], choices: torch.Tensor) -> int:
    """The first of some fits, from the least weight to the most, whose loss is within one standard error of the least.

    `losses`: of each verdict, [verdicts] each; `choices` [verdicts]: how many choices of people each is.
    """
    means = [float((each * choices).sum() / choices.sum()) for each in losses]
    best = min(range(len(means)), key=means.__getitem__)
    for place, each in enumerate(losses):
        behind = each - losses[best]
        variance = ((behind - behind.mean()).square() * choices).sum() / choices.sum()
        if means[place] - means[best] <= float((variance / choices.sum()).sqrt()):
            return place
    return best
