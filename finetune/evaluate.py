"""How a tuned model does on pairs it has not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from feedback.statistics import confidence_sequence
from finetune.batches import side_errors
from finetune.cache import Cache, chunks
from finetune.examples import Example
from finetune.losses import agreement, dpo_loss, pair_margin
from finetune.policy import Policy
from finetune.recipe import Recipe

PAIRS_AT_ONCE = 16


def evaluate(
    policy: Policy, cache: Cache, heldout: Sequence[Example], recipe: Recipe, beta: float, strength: float = 1.0
) -> dict[str, Any]:
    """Held-out loss, accuracy with its interval, and the winners' error over the reference's, at one strength.

    A pair counts as right when its margin, averaged over `eval_draws` noise levels, is on the side people chose. The
    held-out loss is dpo's sigmoid one whatever
    loss is trained, so that losses are measured alike.
    """
    examples = sorted((each for each in heldout if each.decided), key=lambda each: each.key)[: recipe.eval_pairs]
    with torch.no_grad(), policy.strength(strength):
        measured = [measure(policy, cache, example, recipe) for example in examples]
    tuned, reference = (torch.stack(column) for column in zip(*measured, strict=True))  # both [pairs, draws, 2]
    p_left, slips = (torch.tensor([getattr(each, name) for each in examples]) for name in ("p_left", "slips"))
    d = tuned - reference
    z = pair_margin(d[..., 0], d[..., 1], beta)
    right = float(agreement(z.mean(1), p_left).sum())
    low, high = confidence_sequence(right, len(examples))
    left_wins = (p_left > 0.5)[:, None]
    return {
        "strength": strength,
        "heldout_loss": float(dpo_loss(z, p_left[:, None].expand_as(z), slips[:, None]).mean()),
        "heldout_accuracy": right / len(examples),
        "heldout_accuracy_low": low,
        "heldout_accuracy_high": high,
        "heldout_pairs": len(examples),
        "winner_error_ratio": winner(tuned, left_wins) / winner(reference, left_wins),
        "loser_error_ratio": winner(tuned, ~left_wins) / winner(reference, ~left_wins),
    }


def measure(policy: Policy, cache: Cache, example: Example, recipe: Recipe) -> tuple[torch.Tensor, torch.Tensor]:
    """Errors of the tuned model and of the reference on one pair, both [eval_draws, 2]."""
    draws = spread_draws(recipe.noise_draws, recipe.eval_draws)
    columns = []
    for some in chunks(draws, PAIRS_AT_ONCE):
        batch = cache.batch([example] * len(some), some)
        columns.append(torch.stack(side_errors(policy, batch).errors, dim=1).cpu())
    return torch.cat(columns), cache.reference(example)[draws]


def spread_draws(draws: int, wanted: int) -> list[int]:
    """`wanted` of the noise levels, evenly spread."""
    wanted = min(draws, wanted)
    return [int((part + 0.5) * draws / wanted) for part in range(wanted)]


def winner(errors: torch.Tensor, left_wins: torch.Tensor) -> float:
    """Mean error of the chosen side."""
    return float(torch.where(left_wins, errors[..., 0], errors[..., 1]).mean())


def is_better(new: dict[str, Any], old: dict[str, Any] | None, recipe: Recipe) -> bool:
    """Whether a held-out result is to be kept instead of the best so far: first that it may stand, then its loss."""
    return old is None or rank(new, recipe) < rank(old, recipe)


def rank(result: dict[str, Any], recipe: Recipe) -> tuple[bool, float]:
    whole = result["winner_error_ratio"] <= recipe.max_winner_error
    stands = whole and result["heldout_accuracy"] > recipe.min_heldout_accuracy
    return not stands, result["winner_error_ratio" if recipe.method == "sft" else "heldout_loss"]
