"""How a tuned model does on pairs it has not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from feedback.statistics import confidence_sequence
from finetune.data.batches import errors_of, predict, side_errors
from finetune.data.examples import Example
from finetune.data.latent_cache import Cache, chunks
from finetune.methods.guided.guidance import Steering, distances, tilted_answer
from finetune.methods.losses import agreement, dpo_loss, pair_margin
from finetune.recipe import Recipe, most_winner_error
from finetune.tunable_model import Policy

PAIRS_AT_ONCE = 16


def evaluate(
    policy: Policy, cache: Cache, heldout: Sequence[Example], recipe: Recipe, beta: float, strength: float = 1.0
) -> dict[str, Any]:
    """Held-out loss, accuracy with its interval, and the winners' error over the reference's, at one strength.

    A pair counts as right when its margin, averaged over `eval_draws` noise levels, is on the side people chose. The
    held-out loss is dpo's sigmoid one whatever loss is trained, so that losses are measured alike.
    """
    examples = chosen(heldout, recipe)
    with torch.no_grad(), policy.strength(strength):
        measured = [measure(policy, cache, example, recipe) for example in examples]
    tuned, reference = (torch.stack(column) for column in zip(*measured, strict=True))  # both [pairs, draws, 2]
    p_left, slips = (torch.tensor([getattr(each, name) for each in examples]) for name in ("p_left", "slips"))
    d = tuned - reference
    z = pair_margin(d[..., 0], d[..., 1], beta)
    right = float(agreement(z.mean(1), p_left).sum())
    return {
        "strength": strength,
        "heldout_loss": float(dpo_loss(z, p_left[:, None].expand_as(z), slips[:, None]).mean()),
        **accuracy_figures(right, len(examples)),
        **error_ratios(tuned, reference, p_left),
    }


def evaluate_guided(
    policy: Policy, cache: Cache, heldout: Sequence[Example], recipe: Recipe, steering: Steering, strength: float = 1.0
) -> dict[str, Any]:
    """The same for method guided, where loss and accuracy are the scorer's, by cross-validation over all briefs.

    `unexplained` says how far the adapter's answers to held-out briefs are from the wanted ones, as a share of how far
    the reference's are: 0 is all the way, 1 has gone nowhere.
    """
    examples, scorer = chosen(heldout, recipe), steering.scorer
    measured = [measure_guided(policy, cache, example, recipe, steering, strength) for example in examples]
    tuned, reference = (torch.stack([each[side] for each in measured]) for side in (0, 1))
    missed, asked = (sum(float(each[side].sum()) for each in measured) for side in (2, 3))
    p_left = torch.tensor([each.p_left for each in examples])
    return {
        "strength": strength,
        "heldout_loss": scorer.loss,
        **accuracy_figures(scorer.accuracy * scorer.pairs, scorer.pairs),
        "unexplained": missed / asked if asked > 0 else 1.0,
        **error_ratios(tuned, reference, p_left),
    }


def chosen(heldout: Sequence[Example], recipe: Recipe) -> list[Example]:
    """The same pairs at every evaluation, whatever order they come in."""
    return sorted((each for each in heldout if each.decided), key=lambda each: each.key)[: recipe.eval_pairs]


def accuracy_figures(right: float, pairs: int) -> dict[str, Any]:
    low, high = confidence_sequence(right, pairs)
    return {
        "heldout_accuracy": right / pairs,
        "heldout_accuracy_low": low,
        "heldout_accuracy_high": high,
        "heldout_pairs": pairs,
    }


def error_ratios(tuned: torch.Tensor, reference: torch.Tensor, p_left: torch.Tensor) -> dict[str, float]:
    """Errors [pairs, draws, 2] of the chosen and of the other side, tuned over reference."""
    left_wins = (p_left > 0.5)[:, None]
    return {
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


def measure_guided(
    policy: Policy, cache: Cache, example: Example, recipe: Recipe, steering: Steering, strength: float
) -> tuple[torch.Tensor, ...]:
    """Errors as `measure` says, then the squared distances to the wanted answers, tuned and reference, [eval_draws]."""
    rows: list[tuple[torch.Tensor, ...]] = []
    for some in chunks(spread_draws(recipe.noise_draws, recipe.eval_draws), PAIRS_AT_ONCE):
        batch = cache.batch([example] * len(some), some)
        before, wanted = tilted_answer(policy, steering, batch)
        with torch.no_grad(), policy.strength(strength):
            after = predict(policy, batch)
        errors = (torch.stack(errors_of(each, batch).errors, dim=1).cpu() for each in (after, before))
        rows.append((*errors, distances(after, wanted).cpu(), distances(before, wanted).cpu()))
    return tuple(torch.cat(column) for column in zip(*rows, strict=True))


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


RANKED_BY = {"sft": "winner_error_ratio", "guided": "unexplained"}  # heldout_loss where nothing else is said


def rank(result: dict[str, Any], recipe: Recipe) -> tuple[bool, float]:
    whole = result["winner_error_ratio"] <= most_winner_error(recipe)
    stands = whole and result["heldout_accuracy"] > recipe.min_heldout_accuracy
    return not stands, result[RANKED_BY.get(recipe.method, "heldout_loss")]
