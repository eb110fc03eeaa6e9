"""The guard for the winner: the push on a loser is scaled so that it does not raise the winner's error."""

from __future__ import annotations

import torch


def loser_scale(
    winner_error: torch.Tensor,
    loser_error: torch.Tensor,
    guard: float,
    scope: str = "sample",
    weight: torch.Tensor | None = None,
    batch_sums: torch.Tensor | None = None,
) -> torch.Tensor:
    """How much of the push on the loser is safe for the winner, per pair in [0, 1] (Diffusion-SDPO, arXiv 2511.03317).

    Errors are prediction minus target, [B, ...]. A step moves predictions along -winner_error + s * loser_error; in
    output space, where one network answers for both, the winner's squared error then changes by
    -2 (|w|^2 - s <w, l>). It cannot rise to first order while s <= |w|^2 / <w, l>; `guard` keeps that share back.
    With scope "batch" both sides are summed over the batch, by `weight` [B]: one s for all, and it is the winners' mean
    error that cannot rise, as long as all pairs pull alike. `batch_sums` [2]: those sums, where these are a piece of it.
    """
    own, shared = overlap(winner_error, loser_error)
    if scope == "batch":
        sums = weighted_sums(own, shared, weight) if batch_sums is None else batch_sums
        own, shared = sums[0].expand_as(own), sums[1].expand_as(own)
    safe = (1 - guard) * own / shared.clamp(min=1e-12)
    return torch.where(shared > 0, safe.clamp(max=1.0), torch.ones_like(safe))


def overlap(winner_error: torch.Tensor, loser_error: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(|w|^2, <w, l>) of each pair, [B]."""
    return (winner_error * winner_error).flatten(1).sum(1), (winner_error * loser_error).flatten(1).sum(1)


def weighted_sums(own: torch.Tensor, shared: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
    """[2]: of both over the batch."""
    weight = torch.ones_like(own) if weight is None else weight
    return torch.stack([(weight * own).sum(), (weight * shared).sum()])


def guard_sums(
    error_left: torch.Tensor, error_right: torch.Tensor, left_wins: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """What scope "batch" needs of each piece of a batch, [2]: they add up."""
    return weighted_sums(*overlap(*winner_and_loser(error_left, error_right, left_wins)), weight)


def winner_and_loser(
    error_left: torch.Tensor, error_right: torch.Tensor, left_wins: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    mask = left_wins.view(-1, *[1] * (error_left.dim() - 1))
    return torch.where(mask, error_left, error_right), torch.where(mask, error_right, error_left)


def guard_losers(
    d_left: torch.Tensor,
    d_right: torch.Tensor,
    error_left: torch.Tensor,
    error_right: torch.Tensor,
    left_wins: torch.Tensor,
    guard: float,
    scope: str = "sample",
    weight: torch.Tensor | None = None,
    batch_sums: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same values of d, with the gradient through each pair's loser scaled down to what is safe.

    `left_wins` [B]: as `left_is_winner` says. `scope`, `weight` and `batch_sums`: as in `loser_scale`.
    """
    if guard <= 0:
        return d_left, d_right
    with torch.no_grad():
        winner, loser = winner_and_loser(error_left, error_right, left_wins)
        scale = loser_scale(winner, loser, guard, scope, weight, batch_sums)
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
