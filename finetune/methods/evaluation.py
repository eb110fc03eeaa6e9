"""What the evaluations of all methods share: which held-out pairs, at which noise, and which result is the best."""

from __future__ import annotations

from typing import TypedDict

import torch

from feedback.statistics import confidence_sequence
from finetune.methods.protocol import Method
from finetune.metrics import Evaluation, StepEvaluation

PAIRS_AT_ONCE = 16


class AccuracyFigures(TypedDict):
    heldout_accuracy: float
    heldout_accuracy_low: float
    heldout_accuracy_high: float
    heldout_pairs: int


class ErrorRatios(TypedDict):
    winner_error_ratio: float
    loser_error_ratio: float


def evaluated_draws(draws: int, count: int) -> list[int]:
    """`count` of the noise levels, evenly spread."""
    count = min(draws, count)
    return [int((part + 0.5) * draws / count) for part in range(count)]


def accuracy_figures(right: float, pairs: int) -> AccuracyFigures:
    low, high = confidence_sequence(right, pairs)
    return {
        "heldout_accuracy": right / pairs,
        "heldout_accuracy_low": low,
        "heldout_accuracy_high": high,
        "heldout_pairs": pairs,
    }


def error_ratios(tuned: torch.Tensor, reference: torch.Tensor, p_left: torch.Tensor) -> ErrorRatios:
    """Errors [pairs, draws, 2] of the chosen and of the other side, tuned over reference. `p_left` [pairs]."""
    left_wins = (p_left > 0.5)[:, None]
    return {
        "winner_error_ratio": winner_error(tuned, left_wins) / winner_error(reference, left_wins),
        "loser_error_ratio": winner_error(tuned, ~left_wins) / winner_error(reference, ~left_wins),
    }


def winner_error(errors: torch.Tensor, left_wins: torch.Tensor) -> float:
    """Mean error of the chosen side."""
    return float(torch.where(left_wins, errors[..., 0], errors[..., 1]).mean())


def is_better(new: StepEvaluation, old: StepEvaluation | None, method: Method) -> bool:
    """Whether a result is kept instead of the best so far: first that a candidate may have it, then what ranks it."""
    return old is None or rank(new, method) < rank(old, method)


def rank(result: Evaluation, method: Method) -> tuple[bool, float]:
    settings = method.recipe.evaluation
    holds = method.sets_strength or result["winner_error_ratio"] <= highest_winner_error(method)
    acceptable = holds and result["heldout_accuracy"] > settings.min_heldout_accuracy
    return not acceptable, result[method.ranked_by]  # type: ignore[literal-required]


def highest_winner_error(method: Method) -> float:
    """The recipe's max_winner_error, or the method's own where that is null."""
    most = method.recipe.evaluation.max_winner_error
    return method.max_winner_error if most is None else most
