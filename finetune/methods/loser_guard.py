"""What keeps a run honest: the loser guard inside a step, and the rules by which a run is refused."""

from __future__ import annotations

from typing import Any

import torch

from feedback.errors import Refused
from finetune.data.examples import Example
from finetune.recipe import Recipe, most_winner_error
from finetune.reward.model import Scorer


def loser_scale(
    winner_error: torch.Tensor,
    loser_error: torch.Tensor,
    guard: float,
    scope: str = "sample",
    weight: torch.Tensor | None = None,
) -> torch.Tensor:
    """How much of the push on the loser is safe for the winner, per pair in [0, 1] (Diffusion-SDPO, arXiv 2511.03317).

    Errors are prediction minus target, [B, ...]. A step moves predictions along -winner_error + s * loser_error; in
    output space, where one network answers for both, the winner's squared error then changes by
    -2 (|w|^2 - s <w, l>). It cannot rise to first order while s <= |w|^2 / <w, l>; `guard` keeps that share back.
    With scope "batch" both sides are summed over the batch, by `weight` [B]: one s for all, and it is the winners' mean
    error that cannot rise, as long as all pairs pull alike.
    """
    own = (winner_error * winner_error).flatten(1).sum(1)
    shared = (winner_error * loser_error).flatten(1).sum(1)
    if scope == "batch":
        weight = torch.ones_like(own) if weight is None else weight
        own, shared = (weight * own).sum().expand_as(own), (weight * shared).sum().expand_as(own)
    safe = (1 - guard) * own / shared.clamp(min=1e-12)
    return torch.where(shared > 0, safe.clamp(max=1.0), torch.ones_like(safe))


def guard_losers(
    d_left: torch.Tensor,
    d_right: torch.Tensor,
    error_left: torch.Tensor,
    error_right: torch.Tensor,
    left_wins: torch.Tensor,
    guard: float,
    scope: str = "sample",
    weight: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same values of d, with the gradient through each pair's loser scaled down to what is safe.

    `left_wins` [B]: as `left_is_winner` says. `scope` and `weight`: as in `loser_scale`.
    """
    if guard <= 0:
        return d_left, d_right
    with torch.no_grad():
        spread = left_wins.view(-1, *[1] * (error_left.dim() - 1))
        winner, loser = torch.where(spread, error_left, error_right), torch.where(spread, error_right, error_left)
        scale = loser_scale(winner, loser, guard, scope, weight)
        one = torch.ones_like(scale)
    return (
        scale_gradient(d_left, torch.where(left_wins, one, scale)),
        scale_gradient(d_right, torch.where(left_wins, scale, one)),
    )


def left_is_winner(z: torch.Tensor, p_left: torch.Tensor) -> torch.Tensor:
    """Whether the left take is the one to protect, [B]: the chosen one, in a tie the one whose error the loss now lowers.

    `z`: the log-odds of the left take, less what the loss asks for on top.
    """
    return torch.where(p_left == 0.5, z < 0, p_left > 0.5)


def scale_gradient(value: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """The value itself; its gradient times scale."""
    return scale * value + (1 - scale) * value.detach()


def refuse_before(train: list[Example], heldout: list[Example], recipe: Recipe) -> None:
    """Refused, in one line that says what is missing, when nothing can be learned from these judgements."""
    everything = [*train, *heldout]
    decided = [example for example in everything if example.decided]
    briefs = {example.brief for example in decided}
    if not everything:
        what = "of production's own takes nothing" if recipe.off_policy_weight == 0 else "nothing"
        raise Refused(f"{what} was judged yet: judge at least {recipe.min_pairs} pairs")
    if not decided:
        raise Refused(f"all {len(everything)} judged pairs are ties or both bad: a preference is needed to learn from")
    if len(decided) < recipe.min_pairs:
        raise Refused(f"{len(decided)} pairs with a preference are too few: judge at least {recipe.min_pairs}")
    if len(briefs) < 2:
        raise Refused(f"all preferences are about brief {min(briefs)}: judge takes of a second brief, to test on")
    for name, some in (("held out", heldout), ("learned from", train)):
        if not any(example.decided for example in some):
            raise Refused(f"no preference on the briefs {name} weighs anything: raise star_weight or off_policy_weight")


def refuse_after(metrics: dict[str, Any], recipe: Recipe) -> None:
    """Refused when the tuned model does not hold on pairs it has not seen; it never becomes a candidate."""
    accuracy, ratio, most = metrics["heldout_accuracy"], metrics["winner_error_ratio"], most_winner_error(recipe)
    if ratio > most:
        mend = "tilt" if recipe.method == "guided" else "the learning rate, or raise loser_guard"
        raise Refused(
            f"the held-out winners' error rose to {ratio:.4f} of the reference's (allowed {most:g}): lower {mend}"
        )
    if accuracy <= recipe.min_heldout_accuracy:
        raise Refused(
            f"held-out accuracy {accuracy:.2f} of {metrics['heldout_pairs']} pairs is not above"
            f" {recipe.min_heldout_accuracy:g}: judge more pairs"
        )
    # With an aim takes are drawn to see, at a strength of their own: an adapter that went too far may be the right one.
    if recipe.aim is None and metrics.get("unexplained", 0.0) >= 1:
        raise Refused("the adapter answers held-out briefs no better than production: lower the learning rate")


def refuse_scorer(scorer: Scorer, recipe: Recipe) -> None:
    """Refused, before any training, when verdicts on briefs cannot be foretold from those on the others."""
    foretold = f"of {scorer.pairs} verdicts {scorer.accuracy:.0%} could be foretold from those on other briefs"
    if scorer.accuracy <= recipe.min_heldout_accuracy:
        raise Refused(f"{foretold}, not above {recipe.min_heldout_accuracy:.0%}: judge more pairs")
    if not scorer.sure:
        raise Refused(f"{foretold}, which may be luck: judge more pairs")
