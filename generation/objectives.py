"""What a denoiser was trained to answer, as arithmetic on latents: flow, epsilon, v.

Everywhere t is the noise level in [0, 1], one per item [B]: 0 is clean, 1 the most noise that the model knows. With the
paper's symbols x_t = alpha x0 + sigma eps; the objectives differ in alpha and sigma as functions of t and in the answer:

    flow      alpha = 1 - t, sigma = t           eps - x0               (rectified flow, arXiv 2209.03003)
    epsilon   alpha^2 + sigma^2 = 1, by index    eps                    (DDPM, arXiv 2006.11239)
    v         the same                           alpha eps - sigma x0   (progressive distillation, arXiv 2202.00512)

Models of the last two were trained on N numbered levels (N = 1000 as a rule), 0 to N - 1, whose alphas the checkpoint's
scheduler states. There t = index / N. Samplers visit levels between two numbered ones too; alpha^2 is a straight line there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any, Protocol

import diffusers
import torch
from diffusers import DDPMScheduler

from feedback.errors import Invalid
from generation.residency import resident

LEAST_SIGNAL = 0.05  # alpha below which guidance grows no further: it would be endless in pure noise
WHOLE = 1e-3  # an index this near to a whole number is that number, but for the rounding of t


class Objective(Protocol):
    """Three functions; t is [B], all else [B, …]."""

    def noise(self, x0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(x_t, target): what the denoiser is shown, and what it ought to answer."""
        ...

    def clean(self, x_t: torch.Tensor, prediction: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """The x0 that the prediction stands for."""
        ...

    def guidance(self, t: torch.Tensor) -> torch.Tensor:
        """[B]: what the gradient of a log-weight by x_t is multiplied with to be a change of the prediction.

        Classifier guidance (arXiv 2105.05233) changes eps by -sigma times that gradient. With x_t held still, x0 follows
        as (x_t - sigma eps) / alpha, and with both the answer: -sigma / alpha times the gradient for flow and v.
        """
        ...


@dataclass(frozen=True)
class Flow:
    """A straight line from data to noise; the answer is its direction."""

    def noise(self, x0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        level = spread_out(t, x0)
        return (1 - level) * x0 + level * eps, eps - x0

    def clean(self, x_t: torch.Tensor, prediction: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return x_t - spread_out(t, x_t) * prediction

    def guidance(self, t: torch.Tensor) -> torch.Tensor:
        return -t / (1 - t).clamp(min=LEAST_SIGNAL)


@dataclass(frozen=True, eq=False)
class Discrete:
    """What epsilon and v share: alpha and sigma by the index of the level."""

    alphas_cumprod: torch.Tensor  # [N], alpha^2 of each level, falling

    @property
    def train_steps(self) -> int:
        return len(self.alphas_cumprod)

    def index(self, t: torch.Tensor) -> torch.Tensor:
        """[B] -> [B], 0 to N - 1: the time that the denoiser is fed; between whole numbers where t is."""
        index = (t * self.train_steps).clamp(0, self.train_steps - 1)
        whole = index.round()
        return torch.where((index - whole).abs() < WHOLE, whole, index)

    def alpha_sigma(self, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Shares of x0 and of eps in x_t, both [B]."""
        index, squares = self.index(t), resident(self.alphas_cumprod, t.device).to(t)
        below = index.floor().long()
        above = (below + 1).clamp(max=self.train_steps - 1)
        square = torch.lerp(squares[below], squares[above], index - below)
        return square.sqrt(), (1 - square).sqrt()

    def mixed(self, x0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        alpha, sigma = (spread_out(share, x0) for share in self.alpha_sigma(t))
        return alpha * x0 + sigma * eps


@dataclass(frozen=True, eq=False)
class Epsilon(Discrete):
    """The answer is the noise."""

    def noise(self, x0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.mixed(x0, eps, t), eps

    def clean(self, x_t: torch.Tensor, prediction: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        alpha, sigma = (spread_out(share, x_t) for share in self.alpha_sigma(t))
        return (x_t - sigma * prediction) / alpha.clamp(min=LEAST_SIGNAL)

    def guidance(self, t: torch.Tensor) -> torch.Tensor:
        return -self.alpha_sigma(t)[1]


@dataclass(frozen=True, eq=False)
class Velocity(Discrete):
    """The answer turns (x0, eps) by a quarter: what rotates x_t towards noise."""

    def noise(self, x0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        alpha, sigma = (spread_out(share, x0) for share in self.alpha_sigma(t))
        return self.mixed(x0, eps, t), alpha * eps - sigma * x0

    def clean(self, x_t: torch.Tensor, prediction: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        alpha, sigma = (spread_out(share, x_t) for share in self.alpha_sigma(t))
        return alpha * x_t - sigma * prediction

    def guidance(self, t: torch.Tensor) -> torch.Tensor:
        alpha, sigma = self.alpha_sigma(t)
        return -sigma / alpha.clamp(min=LEAST_SIGNAL)


PREDICTIONS: dict[str, type[Epsilon] | type[Velocity]] = {"epsilon": Epsilon, "v_prediction": Velocity}
"""By the scheduler's `prediction_type`."""


def discrete_objective(name: str, config: Mapping[str, Any]) -> Epsilon | Velocity:
    """The objective that a checkpoint's scheduler is configured for, betas rescaled to no signal at the end if it says so.

    `name` is the scheduler's class, `config` its configuration.

    Any of diffusers' samplers may be configured; all of them describe one training, which `DDPMScheduler` builds, but
    for those that move the levels of their betas: they build their own. Invalid names a configuration of another kind.
    """
    prediction = config.get("prediction_type", "epsilon")
    if prediction not in PREDICTIONS:
        raise Invalid(f"{name} predicts {prediction!r}, which cannot be tuned: use {' or '.join(PREDICTIONS)}")
    if "beta_schedule" not in config:
        raise Invalid(
            f"{name} states no beta_schedule: use a scheduler with numbered noise levels, such as DDIMScheduler"
        )
    own = shifted_scheduler(name)
    fields = BETAS if own is None else (*BETAS, SHIFT)
    try:
        levels = (own or DDPMScheduler)(**{field: config[field] for field in fields if field in config})
    except NotImplementedError as error:
        raise Invalid(f"{name} cannot be tuned: {error}") from error
    return PREDICTIONS[prediction](levels.alphas_cumprod)


BETAS = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "rescale_betas_zero_snr")
SHIFT = "snr_shift_scale"  # divides the signal-to-noise ratio of every level, before the last is rescaled


def shifted_scheduler(name: str) -> Any | None:
    """diffusers' scheduler of this name if it moves its levels by SHIFT, whether its configuration names that or not."""
    scheduler = getattr(diffusers, name, None)
    return scheduler if isinstance(scheduler, type) and SHIFT in signature(scheduler).parameters else None


def spread_out(t: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """[B] -> [B, 1, …], to multiply items with."""
    return t.reshape(-1, *[1] * (like.dim() - 1)).to(like)
