"""The losses against TRL's own code and against what they promise."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch

from finetune.methods.losses import both_bad_loss, dpo_loss, ipo_loss, kto_loss, linear_loss, mapo_loss, pair_margin


def trl_loss(kind: str, smoothing: float, beta: float, chosen: torch.Tensor, rejected: torch.Tensor) -> float:
    """`trl.DPOTrainer._compute_loss` itself, on a stand-in whose log-ratios are these numbers (shape [1])."""
    from trl import DPOTrainer

    trainer = MagicMock()
    trainer.accelerator.device = torch.device("cpu")
    trainer.loss_types, trainer.loss_weights = [kind], [1.0]
    trainer.beta, trainer.label_smoothing, trainer._tp_size = beta, smoothing, 1
    trainer.f_divergence_type, trainer.ld_alpha = "reverse_kl", None
    trainer.precompute_ref_logps, trainer.use_weighting, trainer.aux_loss_enabled = True, False, False
    trainer.accelerator.gather_for_metrics = trainer.accelerator.gather = lambda tensor: tensor
    ratios = torch.cat([chosen, rejected])[:, None]
    parts = {name: torch.zeros(2, 1) for name in ("entropy", "mean_logits", "is_top1")}
    answer = SimpleNamespace(log_probs=ratios, **{**parts, "is_top1": torch.zeros(2, 1, dtype=torch.bool)})
    model = MagicMock(return_value=answer)
    inputs = {
        "input_ids": torch.zeros(2, 2, dtype=torch.long),
        "attention_mask": torch.ones(2, 2, dtype=torch.long),
        "completion_mask": torch.ones(2, 2, dtype=torch.long),
        "ref_chosen_logps": torch.zeros(1),
        "ref_rejected_logps": torch.zeros(1),
    }
    return float(DPOTrainer._compute_loss(trainer, model, inputs, False))


@pytest.mark.parametrize(("kind", "smoothing"), [("sigmoid", 0.0), ("aot", 0.0), ("aot", 0.1), ("aot", 0.3)])
@pytest.mark.parametrize("d", [(-0.02, 0.01), (0.03, -0.01), (0.0, 0.0)])
def test_pair_loss_is_trls(kind: str, smoothing: float, d: tuple[float, float]) -> None:
    """An error's change d is a log-ratio of -d / 2. TRL smooths labels in "aot", which on one pair is "sigmoid"."""
    beta = 80.0
    d_winner, d_loser = torch.tensor([d[0]]), torch.tensor([d[1]])
    ours = dpo_loss(pair_margin(d_winner, d_loser, beta), torch.ones(1), smoothing)
    assert float(ours) == pytest.approx(trl_loss(kind, smoothing, beta, -d_winner / 2, -d_loser / 2), rel=1e-5)


@pytest.mark.parametrize("p", [0.0, 0.25, 0.5, 1.0])
def test_soft_labels_start_at_ln_2_and_pull_to_the_raters_share(p: float) -> None:
    z = torch.zeros(1, requires_grad=True)
    loss = dpo_loss(z, torch.tensor([p]))
    loss.sum().backward()
    assert float(loss.detach()) == pytest.approx(math.log(2))
    assert float(z.grad) == pytest.approx(0.5 - p)
    if 0 < p < 1:  # no pull where the model already says what people said
        z = torch.logit(torch.tensor([p])).requires_grad_()
        dpo_loss(z, torch.tensor([p])).sum().backward()
        assert float(z.grad) == pytest.approx(0.0, abs=1e-6)


def test_left_and_right_are_alike() -> None:
    d_left, d_right, p = torch.randn(8), torch.randn(8), torch.rand(8)
    for loss in (
        lambda a, b, q: dpo_loss(pair_margin(a, b, 3.0), q, 0.1),
        lambda a, b, q: ipo_loss(pair_margin(a, b, 3.0), q, 0.1),
        lambda a, b, q: linear_loss(pair_margin(a, b, 3.0), q, 0.1),
        lambda a, b, q: kto_loss(a, b, q, 3.0, 0.1),
        lambda a, b, q: mapo_loss(a.abs(), b.abs(), q, 3.0),
    ):
        torch.testing.assert_close(loss(d_left, d_right, p), loss(d_right, d_left, 1 - p))


def test_both_bad_pushes_both_errors_up_and_is_bounded() -> None:
    d = torch.zeros(2, requires_grad=True)
    both_bad_loss(d[:1], d[1:], 100.0).sum().backward()
    assert (d.grad < 0).all()
    far = torch.tensor([10.0])
    assert float(both_bad_loss(far, far, 100.0)) == pytest.approx(0.0)
    assert float(both_bad_loss(-far, -far, 100.0)) == pytest.approx(1.0)


def test_kto_and_mapo_prefer_the_chosen_take() -> None:
    errors = torch.tensor([0.3, 0.3], requires_grad=True)
    for loss in (
        kto_loss(errors[:1] - 0.3, errors[1:] - 0.3, torch.ones(1), 50.0),
        mapo_loss(errors[:1], errors[1:], torch.ones(1), 50.0),
    ):
        (gradient,) = torch.autograd.grad(loss.sum(), errors)
        assert gradient[0] > 0 > gradient[1]


def test_mapo_is_its_authors_formula_and_weighs_both_orders() -> None:
    """Written out as in their training script, with its snr_value 0.5 and beta_mapo 0.1; `beta` is its time steps."""
    winner, loser, steps = 0.3, 0.4, 1000.0
    odds = 0.5 * winner / (np.exp(0.5 * winner) - 1) - 0.5 * loser / (np.exp(0.5 * loser) - 1)
    theirs = winner - 0.1 * np.log(1 / (1 + np.exp(-odds * steps)))
    errors = torch.tensor([winner]), torch.tensor([loser])
    assert float(mapo_loss(*errors, torch.ones(1), steps)) == pytest.approx(theirs, rel=1e-4)
    other = float(mapo_loss(*errors, torch.zeros(1), steps))
    assert float(mapo_loss(*errors, torch.ones(1), steps, 0.25)) == pytest.approx(
        0.75 * theirs + 0.25 * other, rel=1e-4
    )


@pytest.mark.parametrize("d", [(-0.02, 0.01), (0.03, -0.01), (0.0, 0.0)])
def test_ipo_is_trls_times_beta_squared(d: tuple[float, float]) -> None:
    """TRL takes the mean over the stand-in's two tokens, so the sum that it is given is twice ours."""
    beta, d_winner, d_loser = 50.0, torch.tensor([d[0]]), torch.tensor([d[1]])
    ours = ipo_loss(pair_margin(d_winner, d_loser, beta), torch.ones(1)) / beta**2
    assert float(ours) == pytest.approx(trl_loss("ipo", 0.0, beta, -d_winner, -d_loser), rel=1e-5)


def test_ipo_never_asks_for_more_than_its_margin() -> None:
    assert pull(ipo_loss, [0.0, 0.5, 1.0]) == pytest.approx([-1.0, 0.0, 1.0])
    assert pull(ipo_loss, [0.0, 0.25], p=0.75) == pytest.approx([-0.5, 0.0])


def test_linear_has_the_slope_of_its_authors_script() -> None:
    """ratio = clip(0.2 beta d + 0.5, eta, 1 - eta) of d, winner less loser; the loss is ratio times the error."""
    beta, d = 40.0, torch.tensor([-0.2, -0.03, 0.0, 0.03, 0.2], requires_grad=True)
    linear_loss(pair_margin(d, torch.zeros(5), beta), torch.ones(5)).sum().backward()
    ratio = (0.2 * beta * d.detach() + 0.5).clamp(1e-3, 1 - 1e-3)
    assert (d.grad / (beta / 2)).tolist() == pytest.approx(ratio.tolist(), abs=1e-6)


def test_linear_starts_like_sigmoid_and_ends_sooner() -> None:
    assert pull(linear_loss, [0.0]) == pull(dpo_loss, [0.0]) == [-0.5]
    assert pull(linear_loss, [2.0])[0] == pytest.approx(-1e-3, abs=1e-6)
    assert pull(dpo_loss, [2.0])[0] < -0.1


def pull(loss: Callable[..., torch.Tensor], z: list[float], p: float = 1.0) -> list[float]:
    """The slope at each z."""
    at = torch.tensor(z, requires_grad=True)
    loss(at, torch.full_like(at, p)).sum().backward()
    return at.grad.tolist()


def test_noise_may_differ_from_pair_to_pair() -> None:
    z, p, noise = torch.randn(3), torch.tensor([1.0, 0.0, 0.7]), torch.tensor([0.0, 0.1, 0.3])
    for loss in (dpo_loss, ipo_loss, linear_loss):
        alone = [loss(z[k : k + 1], p[k : k + 1], float(noise[k])) for k in range(3)]
        torch.testing.assert_close(loss(z, p, noise), torch.cat(alone))
