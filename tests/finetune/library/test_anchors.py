"""Frames of the library beside judgements: people's verdicts on held-out briefs decide how much they count."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from finetune.reward.anchors import (
    COPIES_OVER_TAKES,
    OWN_TAKES,
    REDRAWN,
    Anchors,
    AnchorWeight,
    describe_choice,
    least_of_the_best,
)
from finetune.reward.candidates import Fit, fit_candidate
from finetune.reward.comparisons import Verdict

FEATURES, TAKES_EACH = 200, 4
FEATURE_SET = "hidden_states_4x4"
TASTE = torch.randn(FEATURES, generator=torch.Generator().manual_seed(5))
TASTE = TASTE / TASTE.norm()


def groups_of(states: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"states_4x4": states, "states_change": torch.zeros(len(states), 2)}


def judged(pairs: int, seed: int = 0) -> tuple[dict[str, torch.Tensor], torch.Tensor, list[Verdict]]:
    """(features of takes, their briefs, verdicts by TASTE, 8 % of them wrong)."""
    chance = torch.Generator().manual_seed(seed)
    briefs = -(-pairs // TAKES_EACH)
    states = torch.randn(briefs * TAKES_EACH, FEATURES, generator=chance)
    brief, verdicts = torch.arange(briefs).repeat_interleave(TAKES_EACH), []
    for number in range(pairs):
        first = number // TAKES_EACH * TAKES_EACH
        left, right = first + number % TAKES_EACH, first + (number + 1) % TAKES_EACH
        wins = bool((states[left] - states[right]) @ TASTE > 0) != bool(torch.rand((), generator=chance) < 0.08)
        verdicts.append(Verdict(left, torch.tensor([right]), 0.92 if wins else 0.08, 1.0, int(brief[left]), True, 1.0))
    return groups_of(states), brief, verdicts


def library(towards: torch.Tensor, trivial: float = 0.0, weight: float | None = None, count: int = 96) -> Anchors:
    """Frames that differ from takes along `towards`, and in one feature that no take has, by `trivial`."""
    chance = torch.Generator().manual_seed(9)
    frames, *drawn = (torch.randn(count, FEATURES, generator=chance) for _ in range(3))
    frames = frames + 2.0 * towards
    frames[:, 0] += trivial
    rows = torch.arange(3 * count).split(count)
    sides = {REDRAWN: (rows[0], rows[1]), OWN_TAKES: (rows[0], rows[2])}
    return Anchors(groups_of(torch.cat([frames, *drawn])), sides, 0.08, weight)


def library_of_film(towards: torch.Tensor, sides: tuple[str, ...], count: int = 96) -> Anchors:
    """Frames and copies that the model drew over differ from takes along `towards`; frames in a hundred other features, too."""
    chance = torch.Generator().manual_seed(9)
    frames, copies, takes = (torch.randn(count, FEATURES, generator=chance) for _ in range(3))
    frames, copies = frames + 2.0 * towards, copies + 1.5 * towards
    frames[:, :100] += 2.0
    rows = torch.arange(3 * count).split(count)
    all_sides = {REDRAWN: (rows[0], rows[1]), OWN_TAKES: (rows[0], rows[2]), COPIES_OVER_TAKES: (rows[1], rows[2])}
    return Anchors(groups_of(torch.cat([frames, copies, takes])), {side: all_sides[side] for side in sides}, 0.08)


def fitted(pairs: int, anchors: Anchors | None) -> Fit:
    groups, brief, verdicts = judged(pairs)
    return fit_candidate(FEATURE_SET, False, groups, brief, verdicts, anchors)


def true_accuracy(fit: Fit) -> float:
    """Of the fit on takes that nobody judged."""
    states = torch.randn(4000, FEATURES, generator=torch.Generator().manual_seed(77))
    numbers = (torch.cat([states, torch.zeros(len(states), 2)], dim=1) - fit.mean) / fit.scale
    reward, true = numbers @ fit.weight, states @ TASTE
    return float(((reward[:2000] - reward[2000:]).sign() == (true[:2000] - true[2000:]).sign()).float().mean())


def test_frames_in_people_s_taste_get_weight_and_help_on_takes_that_nobody_judged() -> None:
    alone, beside = fitted(100, None), fitted(100, library(TASTE))
    assert beside.anchor.weight > 0
    assert beside.loss < beside.loss_without == pytest.approx(alone.loss)
    assert true_accuracy(beside) > true_accuracy(alone) + 0.03


def test_frames_of_another_taste_get_no_weight() -> None:
    alone, beside = fitted(100, None), fitted(100, library(-TASTE))
    assert beside.anchor == AnchorWeight()
    torch.testing.assert_close(beside.weight, alone.weight)


def test_that_a_frame_was_not_drawn_is_not_learned_as_a_preference() -> None:
    """One feature tells frames from takes without fail, and is nothing that anybody prefers."""
    beside = fitted(100, library(TASTE, trivial=50.0))
    assert true_accuracy(beside) > true_accuracy(fitted(100, None))


def test_copies_that_the_model_drew_over_teach_what_frames_share_with_people_and_not_that_they_are_of_a_film() -> None:
    frames = fitted(100, library_of_film(TASTE, (REDRAWN, OWN_TAKES)))
    beside = fitted(100, library_of_film(TASTE, (REDRAWN, OWN_TAKES, COPIES_OVER_TAKES)))
    assert beside.anchor.against == COPIES_OVER_TAKES
    assert true_accuracy(beside) > max(true_accuracy(frames), true_accuracy(fitted(100, None))) + 0.05


@pytest.mark.parametrize(("pairs", "words"), [(16, "16 verdicts cannot tell"), (100, "weigh")])
def test_too_few_verdicts_choose_nothing_and_it_is_said_why(pairs: int, words: str) -> None:
    anchors = library(TASTE)
    fit = fitted(pairs, anchors)
    assert (fit.anchor.weight > 0) == (pairs >= 20)
    assert words in describe_choice(fit.anchor, anchors, pairs, fit.loss, fit.loss_without)


def test_a_weight_of_the_recipe_is_taken_whatever_verdicts_say() -> None:
    assert fitted(100, library(-TASTE, weight=0.5)).anchor.weight == 0.5
    assert fitted(16, library(TASTE, weight=0.5)).anchor.weight == 0.5
    assert fitted(100, library(TASTE, weight=0.0)).anchor.weight == 0


def test_of_fits_that_are_as_good_the_one_with_the_least_weight_is_taken() -> None:
    chance, ones = torch.Generator().manual_seed(1), torch.ones(50, dtype=torch.float64)
    losses = 0.6 + 0.2 * torch.randn(50, generator=chance, dtype=torch.float64)
    noisy = losses - 0.01 + 0.3 * torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(25)
    assert least_of_the_best([losses, noisy], ones) == 0
    assert least_of_the_best([losses, losses - 0.1, losses - 0.1], ones) == 1


def test_differences_count_up_to_three_deviations() -> None:
    anchors: Any = library(TASTE, trivial=1000.0)
    numbers = torch.cat([anchors.groups["states_4x4"], anchors.groups["states_change"]], dim=1).double()
    made = anchors.comparisons(REDRAWN, numbers, torch.full((FEATURES + 2,), 3.0, dtype=torch.float64))
    assert float(made.difference.abs().max()) == 3.0
    assert float(made.weight.sum()) == pytest.approx(1.0)
    assert not made.decided.any()
