"""What a step makes smaller: the preference, the anchor, the signal against both takes, the distance to an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from finetune.data.batches import Batch, Errors, predict, side_errors
from finetune.data.examples import Example
from finetune.data.latent_cache import Cache
from finetune.methods import losses
from finetune.methods.guided.guidance import Steering, distances, tilted_answer
from finetune.methods.loser_guard import guard_losers, left_is_winner
from finetune.recipe import Recipe
from finetune.tunable_model import Policy


@dataclass(frozen=True)
class Labels:
    """What people said of B pairs, as tensors [B]; the fields are those of `Example`."""

    p_left: torch.Tensor
    pair_weight: torch.Tensor
    both_bad: torch.Tensor
    anchor_left: torch.Tensor
    anchor_right: torch.Tensor
    slips: torch.Tensor
    star_margin: torch.Tensor


def labels_of(examples: Sequence[Example], device: torch.device | str = "cpu") -> Labels:
    columns = {name: [getattr(example, name) for example in examples] for name in Labels.__dataclass_fields__}
    return Labels(
        **{name: torch.tensor(column, dtype=torch.float32, device=device) for name, column in columns.items()}
    )


def pair_losses(
    policy: Policy, cache: Cache, recipe: Recipe, beta: float, examples: Sequence[Example], draws: Sequence[int]
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """(weighted loss, its parts before weights), each [B], of these pairs at these draws of their noise."""
    batch, said = cache.batch(examples, draws), labels_of(examples, policy.device)
    found = side_errors(policy, batch)
    anchor = losses.anchor_loss(*found.errors, said.anchor_left, said.anchor_right)
    if recipe.method == "sft":
        total, parts = anchor, {"sft": anchor}
    else:
        reference = cache.references(examples, draws).to(policy.device)
        preference, bad = preference_and_bad(recipe, found, reference, said, beta)
        total = said.pair_weight * preference + recipe.sft_weight * anchor
        total = total + recipe.both_bad_weight * said.both_bad * bad
        parts = {"loss": preference, "sft": anchor}
    if recipe.reference_weight > 0:
        parts["reference"] = reference_distance(policy, batch, found)
        total = total + recipe.reference_weight * parts["reference"]
    return total, parts


def guided_losses(
    policy: Policy, cache: Cache, steering: Steering, recipe: Recipe, examples: Sequence[Example], draws: Sequence[int]
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The same for method guided: the distance to what the scorer wants answered at these takes' noise, [B].

    Which take won does not matter here: what people said is in the scorer, and the pairs are where it is asked.
    """
    batch = cache.batch(examples, draws)
    wanted = tilted_answer(policy, steering, batch)[1]
    distance = distances(predict(policy, batch), wanted)
    return distance, {"loss": distance}


def preference_and_bad(
    recipe: Recipe, found: Errors, reference: torch.Tensor, said: Labels, beta: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """(loss of the comparison, loss of both being bad), each [B]; `reference`: its errors, [B, 2]."""
    m_left, m_right = found.errors
    d_left, d_right = m_left - reference[:, 0], m_right - reference[:, 1]
    bad = losses.both_bad_loss(d_left, d_right, beta)
    if recipe.method == "mapo":
        return losses.mapo_loss(m_left, m_right, said.p_left, beta, said.slips), bad
    asked = recipe.star_margin * said.star_margin if recipe.method == "dpo" else 0.0
    left_wins = left_is_winner(losses.pair_margin(d_left, d_right, beta) - asked, said.p_left)
    guard, scope = recipe.loser_guard, recipe.loser_guard_scope
    safe = guard_losers(d_left, d_right, found.left, found.right, left_wins, guard, scope, said.pair_weight)
    if recipe.method == "kto":
        return losses.kto_loss(*safe, said.p_left, beta, said.slips), bad
    z = losses.pair_margin(*safe, beta) - asked  # the offset of ODPO (arXiv 2402.10571)
    return losses.PAIR_LOSSES[recipe.loss_type](z, said.p_left, said.slips), bad


def reference_distance(policy: Policy, batch: Batch, found: Errors) -> torch.Tensor:
    """Mean squared distance of the predictions to the reference's on the same noisy latents, over both takes, [B].

    The reference runs again, with the adapter off and without gradients: a third of a step's time and no memory to speak
    of. Its predictions in the cache would be as large as all latents times noise_draws: 8 MB for each take and draw of a
    five-second clip.
    """
    with torch.no_grad(), policy.reference():
        reference = side_errors(policy, batch)
    sides = ((found.left - reference.left), (found.right - reference.right))  # the targets cancel
    return sum((side * side).flatten(1).mean(1) for side in sides) / 2
