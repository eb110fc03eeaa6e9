"""Each objective's three functions agree with each other, with the samplers' levels, and with Bayes' rule."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import (
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EDMEulerScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)

from feedback.errors import Invalid
from generation.objectives import Epsilon, Flow, Objective, Velocity, discrete_objective, spread_out

SCALED = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
LEVELS = DDIMScheduler(**SCALED).alphas_cumprod
ZERO_SNR = DDIMScheduler(**SCALED, rescale_betas_zero_snr=True).alphas_cumprod
OBJECTIVES = [Flow(), Epsilon(LEVELS), Velocity(LEVELS), Velocity(ZERO_SNR)]
NAMES = ["flow", "epsilon", "v", "v without signal at the end"]


def shares(objective: Objective, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of x0 and of eps in x_t."""
    one, zero = torch.ones_like(t)[:, None], torch.zeros_like(t)[:, None]
    return objective.noise(one, zero, t)[0][:, 0], objective.noise(zero, one, t)[0][:, 0]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=NAMES)
def test_the_true_answer_leads_back_to_the_data(objective: Objective) -> None:
    x0, eps, t = torch.randn(9, 3, 1, 4, 4), torch.randn(9, 3, 1, 4, 4), torch.linspace(0, 1, 9)
    x_t, target = objective.noise(x0, eps, t)
    torch.testing.assert_close(objective.clean(x_t, target, t), x0, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=NAMES)
def test_guidance_is_what_bayes_rule_asks_for(objective: Objective) -> None:
    """Gaussian data, weighted by exp(w x0): the exact answers before and after differ by guidance times the gradient."""
    mean, variance, w = 0.7, 0.3, 1.3
    t, x_t = torch.linspace(0.1, 0.9, 9).double(), torch.randn(9, 1).double()
    alpha, sigma = (share[:, None] for share in shares(objective, t))
    gain = alpha * variance / (alpha**2 * variance + sigma**2)

    def answer(mean: float) -> torch.Tensor:
        x0 = mean + gain * (x_t - alpha * mean)
        eps = (x_t - alpha * x0) / sigma
        return objective.noise(x0, eps, t)[1]

    change = answer(mean + variance * w) - answer(mean)
    torch.testing.assert_close(objective.guidance(t)[:, None] * w * gain, change, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=NAMES)
def test_the_ends_are_finite(objective: Objective) -> None:
    x, t = torch.randn(2, 3, 1, 2, 2), torch.tensor([0.0, 1.0])
    for values in (*objective.noise(x, x, t), objective.clean(x, x, t), objective.guidance(t)):
        assert torch.isfinite(values).all()
    assert (objective.guidance(t) <= 0).all()


def test_v_and_epsilon_say_the_same() -> None:
    t, x0, eps = torch.linspace(0, 1, 7), torch.randn(7, 2), torch.randn(7, 2)
    x_t, v = Velocity(LEVELS).noise(x0, eps, t)
    assert torch.equal(x_t, Epsilon(LEVELS).noise(x0, eps, t)[0])
    alpha, sigma = (spread_out(share, x0) for share in shares(Epsilon(LEVELS), t))
    torch.testing.assert_close(sigma * x_t + alpha * v, eps, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("steps", [50, 1000])
def test_an_index_over_the_training_steps_is_that_index(steps: int) -> None:
    objective = Epsilon(DDIMScheduler(**SCALED, num_train_timesteps=steps).alphas_cumprod)
    t = torch.arange(steps) / steps
    assert torch.equal(objective.index(t), torch.arange(steps).float())
    torch.testing.assert_close(shares(objective, t)[0] ** 2, objective.alphas_cumprod)
    assert objective.index(torch.tensor([1.0])) == steps - 1


def test_between_two_levels_alpha_lies_between_theirs() -> None:
    objective = Epsilon(LEVELS)
    assert objective.index(torch.tensor([0.49925])).item() == pytest.approx(499.25, abs=1e-3)
    between = shares(objective, torch.tensor([0.49925]))[0] ** 2
    torch.testing.assert_close(between[0], 0.75 * LEVELS[499] + 0.25 * LEVELS[500])


SCHEDULERS: list[tuple[Any, dict[str, Any]]] = [
    (DDIMScheduler, {}),
    (DDIMScheduler, {"rescale_betas_zero_snr": True}),
    (DDPMScheduler, {"beta_schedule": "squaredcos_cap_v2"}),
    (PNDMScheduler, {"skip_prk_steps": True}),
    (DDIMScheduler, {"trained_betas": [0.001, 0.002, 0.004], "num_train_timesteps": 3}),
    (EulerDiscreteScheduler, {"timestep_spacing": "trailing"}),
    (EulerDiscreteScheduler, {"rescale_betas_zero_snr": True}),
    (HeunDiscreteScheduler, {}),
    (DPMSolverMultistepScheduler, {"use_karras_sigmas": True, "num_train_timesteps": 500}),
    (UniPCMultistepScheduler, {}),
    (CogVideoXDDIMScheduler, {"rescale_betas_zero_snr": True, "snr_shift_scale": 3.0}),
    (CogVideoXDPMScheduler, {"rescale_betas_zero_snr": True, "snr_shift_scale": 1.0}),
]


@pytest.mark.parametrize(("sampler", "more"), SCHEDULERS, ids=lambda value: getattr(value, "__name__", str(value)))
@pytest.mark.parametrize(("prediction", "kind"), [("epsilon", Epsilon), ("v_prediction", Velocity)])
def test_levels_are_those_of_the_checkpoints_scheduler(sampler: Any, more: dict, prediction: str, kind: type) -> None:
    """But for the last one, where samplers without a signal hold a trace of it back, to be able to divide."""
    scheduler = sampler(**{**SCALED, **more}, prediction_type=prediction)
    objective = discrete_objective(type(scheduler).__name__, scheduler.config)
    assert type(objective) is kind
    torch.testing.assert_close(objective.alphas_cumprod[:-1], scheduler.alphas_cumprod[:-1])
    assert objective.alphas_cumprod[-1].item() == pytest.approx(scheduler.alphas_cumprod[-1].item(), abs=1e-6)


def test_levels_that_a_configuration_leaves_to_its_scheduler_are_moved_too() -> None:
    """CogVideoXDDIMScheduler's own default divides the signal-to-noise ratio by 3."""
    objective = discrete_objective("CogVideoXDDIMScheduler", {**SCALED, "prediction_type": "v_prediction"})
    snr = LEVELS / (1 - LEVELS) / 3
    torch.testing.assert_close(objective.alphas_cumprod, snr / (1 + snr), check_dtype=False)


@pytest.mark.parametrize(
    ("scheduler", "message"),
    [
        (DDIMScheduler(prediction_type="sample"), "DDIMScheduler predicts 'sample', which cannot be tuned"),
        (EDMEulerScheduler(), "EDMEulerScheduler states no beta_schedule"),
        (
            UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
            "predicts 'flow_prediction'",
        ),
        (HeunDiscreteScheduler(beta_schedule="exp"), "exp is not implemented"),
    ],
)
def test_a_scheduler_of_another_kind_of_training_is_named(scheduler: Any, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        discrete_objective(type(scheduler).__name__, scheduler.config)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
