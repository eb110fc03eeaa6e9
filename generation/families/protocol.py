"""What a model family is: all that sampling and tuning need to know about one diffusers pipeline class.

Conventions shared by every family:

- pixels are [B, C, F, H, W] in [-1, 1], a still being one frame;
- x0 are *normalised* latents (zero mean, unit spread as the denoiser sees them), never packed into tokens;
- t is the noise level in [0, 1], 0 clean and 1 pure noise, one per item [B]. The family turns it into whatever its
  denoiser is fed (an index, 0-1000, reversed, …), so that nobody else has to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch


@dataclass(frozen=True)
class Denoiser:
    """One trainable network of a pipeline and the noise levels it is used for."""

    name: str  # the pipeline's attribute, such as "transformer"
    module: torch.nn.Module
    low: float  # noise levels t with low <= t < high (t = 1 included) are this network's
    high: float


class Family(Protocol):
    """One pipeline class: how it is told what to draw, what it learns, and what it cannot draw."""

    pipeline_class: type
    denoisers: tuple[str, ...]  # attribute names, the first always present
    objective: str  # key of OBJECTIVES
    lora_targets: tuple[str, ...]  # module name endings that LoRA is put on
    kinds: tuple[str, ...]  # of "still", "clip"

    def denoisers_of(self, pipe: Any) -> list[Denoiser]:
        """The pipeline's networks with their ranges of t, which together cover [0, 1]."""
        ...

    def encode_prompt(self, pipe: Any, prompts: Sequence[str]) -> dict[str, torch.Tensor]:
        """Tensors with one row per prompt, the `condition` of `predict`; the same as sampling computes."""
        ...

    def encode_media(self, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels -> x0, the most likely latents (no sampling from the posterior), so that they may be cached."""
        ...

    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """x0 -> pixels."""
        ...

    def noise(self, x0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(x_t, target) of the family's objective."""
        ...

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """What `noise` calls the target, as the denoiser sees it; shaped like x_t. Differentiable."""
        ...

    def longest_prompt(self, pipe: Any) -> int:
        """Most tokens of a prompt, end token counted."""
        ...

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        """Tokens of a prompt after the pipeline's own cleaning, end token counted."""
        ...

    def refuse_size(self, pipe: Any, width: int, height: int, frames: int) -> str | None:
        """Why this size cannot be drawn, with the nearest that can, or None when it can."""
        ...

    def frames_to_ask(self, pipe: Any, frames: int) -> int:
        """What the pipeline must be asked for, so that it draws this many frames."""
        ...

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """Length of the sequence that the denoiser works on for one item of this size."""
        ...


def flow_noise(x0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rectified flow (arXiv 2209.03003): a straight line from data to noise; the target is its direction."""
    level = spread_out(t, x0)
    return (1 - level) * x0 + level * eps, eps - x0


def flow_clean(x_t: torch.Tensor, prediction: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Follows the predicted direction back to where it says the line began."""
    return x_t - spread_out(t, x_t) * prediction


def flow_guidance(t: torch.Tensor) -> torch.Tensor:
    """Classifier guidance (arXiv 2105.05233) written for directions: -t / (1 - t), held back near pure noise."""
    return -t / (1 - t).clamp(min=LEAST_SIGNAL)


LEAST_SIGNAL = 0.05  # share of x0 in x_t below which guidance grows no further: it would be endless at t = 1


def spread_out(t: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """[B] -> [B, 1, …], to multiply items with."""
    return t.reshape(-1, *[1] * (like.dim() - 1)).to(like)


@dataclass(frozen=True)
class Objective:
    """What a denoiser was trained to answer, as three functions; t is [B], all else [B, …]."""

    noise: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
    """(x0, eps, t) -> (x_t, target)."""
    clean: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
    """(x_t, prediction, t) -> the x0 that the prediction stands for."""
    guidance: Callable[[torch.Tensor], torch.Tensor]
    """t -> [B]: what the gradient of a log-weight by x_t is multiplied with to be a change of the prediction."""


OBJECTIVES: dict[str, Objective] = {"flow": Objective(flow_noise, flow_clean, flow_guidance)}


def noise(family: Family, x0: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(x_t, target) for x0 and eps of one shape [B, …] and t [B]; the same for every family of one objective."""
    return OBJECTIVES[family.objective].noise(x0, eps, t)
