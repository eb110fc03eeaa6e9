"""The guard for the winner: the push on a loser is scaled so that it does not raise the winner's error."""

from __future__ import annotations

import torch


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
        mask = left_wins.view(-1, *[1] * (error_left.dim() - 1))
        winner, loser = torch.where(mask, error_left, error_right), torch.where(mask, error_right, error_left)
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
