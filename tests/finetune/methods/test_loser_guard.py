"""The loser guard: what it promises to first order, on a network small enough to step exactly."""

from __future__ import annotations

import pytest
import torch

from finetune.methods.loser_guard import guard_losers, left_is_winner, loser_scale
from finetune.methods.losses import dpo_loss, pair_margin


def step_changes_winner_by(guard: float, seed: int) -> float:
    """Change of the winner's squared error after a tiny step on outputs that move together (one shared output)."""
    chance = torch.Generator().manual_seed(seed)
    target_winner, target_loser, start = torch.randn(3, 1, 1, 12, generator=chance)
    # The output-space view of the guard: one prediction answers for winner and loser alike.
    prediction = start.clone().requires_grad_()
    winner, loser = prediction - target_winner, prediction - target_winner - 3 * target_loser
    d_winner, d_loser = winner.square().flatten(1).mean(1), loser.square().flatten(1).mean(1)
    d_winner, d_loser = d_winner - d_winner.detach(), d_loser - d_loser.detach()
    safe = guard_losers(d_winner, d_loser, winner.detach(), loser.detach(), torch.tensor([True]), guard)
    dpo_loss(pair_margin(*safe, 20.0), torch.ones(1)).sum().backward()
    stepped = start - 1e-3 * prediction.grad
    return float((stepped - target_winner).square().mean() - (start - target_winner).square().mean())


@pytest.mark.parametrize("guard", [0.1, 0.5, 0.9])
def test_winners_error_never_rises_to_first_order(guard: float) -> None:
    changes = [step_changes_winner_by(guard, seed) for seed in range(40)]
    assert max(changes) < 0


def test_without_the_guard_it_does_rise() -> None:
    assert max(step_changes_winner_by(0.0, seed) for seed in range(40)) > 0


def test_scale_is_the_safe_share_and_one_where_nothing_threatens() -> None:
    winner = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    loser = torch.tensor([[4.0, 0.0], [-4.0, 0.0], [0.1, 5.0]])
    assert loser_scale(winner, loser, 0.5).tolist() == pytest.approx([0.125, 1.0, 1.0])
    assert loser_scale(winner, loser, 1.0).tolist() == pytest.approx([0.0, 1.0, 0.0])


def test_guard_changes_gradients_and_not_values() -> None:
    d = torch.randn(2, 5, requires_grad=True)
    left, right = torch.randn(2, 5, 3)
    p = torch.tensor([1.0, 0.0, 0.5, 0.9, 0.2])
    wins = left_is_winner(d[1].detach() - d[0].detach(), p)
    safe_left, safe_right = guard_losers(d[0], d[1], left, right, wins, 0.5)
    torch.testing.assert_close(safe_left, d[0])
    torch.testing.assert_close(safe_right, d[1])
    (safe_left.sum() + safe_right.sum()).backward()
    assert ((d.grad >= 0) & (d.grad <= 1)).all()
    assert d.grad[0, 0] == d.grad[1, 1] == d.grad[0, 3] == d.grad[1, 4] == 1  # winners keep all of theirs


def test_batch_scope_lets_one_pair_pay_for_another() -> None:
    winner, loser = torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([[4.0, 0.0], [1.0, 0.0]])
    apart, together = (loser_scale(winner, loser, 0.0, scope) for scope in ("sample", "batch"))
    assert apart.tolist() == pytest.approx([1 / 4, 1.0])
    assert together.tolist() == [1.0, 1.0]  # (1 + 9) / (4 + 3) is above 1: on average no winner is threatened
    assert loser_scale(winner, loser, 0.5, "batch").tolist() == pytest.approx([5 / 7] * 2)


def test_batch_scope_counts_each_pair_by_its_weight() -> None:
    winner, loser = torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([[4.0, 0.0], [1.0, 0.0]])
    assert loser_scale(winner, loser, 0.0, "batch", torch.tensor([1.0, 0.0])).tolist() == pytest.approx([1 / 4] * 2)
    assert loser_scale(winner, loser, 0.0, "batch", torch.tensor([2.0, 0.5])).tolist() == pytest.approx([6.5 / 9.5] * 2)
    assert loser_scale(winner, loser, 0.0, "batch", torch.zeros(2)).tolist() == [1.0, 1.0]


def test_guarded_side_is_the_chosen_one_and_in_a_tie_the_one_the_loss_lowers() -> None:
    z, p = torch.tensor([-1.0, 1.0, -1.0, 1.0]), torch.tensor([0.2, 0.8, 0.5, 0.5])
    assert left_is_winner(z, p).tolist() == [False, True, True, False]
