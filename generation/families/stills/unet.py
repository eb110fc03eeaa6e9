"""What Stable Diffusion 1.x, 2.x and XL share: a UNet over the latents of one image, epsilon or v by numbered levels.

Checked against diffusers 0.42.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import torch

from feedback.errors import Invalid
from generation.families.folder import read_json
from generation.families.hidden import run_to
from generation.families.protocol import Condition
from generation.families.stills.stills_family import StillsFamily
from generation.objectives import Epsilon, Velocity, discrete_objective
from generation.request import Request

SIDE_STEP = 8  # pixels; the pipelines themselves insist on it
ZERO_SNR_RESCALE = 0.7  # of guided predictions, where no signal is left at the end (arXiv 2305.08891, section 3.4)


@dataclass(frozen=True)
class UNetFamily(StillsFamily):
    """Stills only. The prediction type and the alphas are those of the checkpoint's scheduler."""

    objective: Epsilon | Velocity
    guidance_rescale: float = 0.0

    denoisers: ClassVar[tuple[str, ...]] = ("unet",)
    inpainted_channels: ClassVar[int | None] = 4
    lora_targets: ClassVar[tuple[str, ...]] = (
        "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2",
    )  # fmt: skip
    """The attention layers that diffusers' own scripts adapt, and the rest of each attention block around them."""

    @classmethod
    def of(cls, pipe: Any) -> Self:
        return cls.configured(pipe.unet.config, type(pipe.scheduler).__name__, pipe.scheduler.config)

    @classmethod
    def check_folder(cls, folder: Path) -> None:
        scheduler = read_json(folder / "scheduler" / "scheduler_config.json")
        cls.configured(read_json(folder / "unet" / "config.json"), str(scheduler.get("_class_name")), scheduler)

    @classmethod
    def configured(cls, unet: Mapping[str, Any], scheduler_class: str, scheduler: Mapping[str, Any]) -> Self:
        """Invalid for a checkpoint that predicts otherwise, or that is fed the guidance scale."""
        if unet.get("time_cond_proj_dim") is not None:
            raise Invalid(
                "its unet is fed the guidance scale (a distilled model), which cannot be tuned: use its teacher"
            )
        if unet.get("in_channels") != unet.get("out_channels"):
            raise Invalid(
                f"its unet takes {unet.get('in_channels')} channels and answers {unet.get('out_channels')}, as one for "
                "inpainting does: use the model that it was made from, which takes masks too"
            )
        rescale = ZERO_SNR_RESCALE if scheduler.get("rescale_betas_zero_snr") else 0.0
        return cls(discrete_objective(scheduler_class, scheduler), rescale)

    @abstractmethod
    def network_inputs(self, condition: Condition) -> dict[str, Any]:
        """The condition under the names that the UNet gives it."""

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps or v as the UNet sees it, which knows no axis of frames."""
        inputs = self.network_inputs(condition)
        return denoiser(x_t.squeeze(2), self.objective.index(t), **inputs, return_dict=False)[0].unsqueeze(2)

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """A map, as small as the UNet makes it; a distilled UNet may have no block below its lowest level."""
        block = denoiser.down_blocks[-1] if denoiser.mid_block is None else denoiser.mid_block
        answer = run_to(block, denoiser, partial(self.predict, denoiser, x_t, t, condition))
        return (answer[0] if isinstance(answer, tuple) else answer).unsqueeze(2)

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        guidance = {"guidance_scale": requests[0].guidance, "guidance_rescale": self.guidance_rescale}
        return {**self.prompt_arguments(pipe, requests), **guidance}

    @abstractmethod
    def prompt_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        """What the pipeline is called with for these requests' texts."""

    def side_step(self, pipe: Any) -> int:
        return math.lcm(SIDE_STEP, pipe.vae_scale_factor)

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """Places of the latents where the UNet first attends; it halves their sides before each further level."""
        levels = pipe.unet.config.down_block_types
        first = next((level for level, name in enumerate(levels) if "Attn" in name), 0)
        space = pipe.vae_scale_factor * 2**first
        return max(1, (height // space) * (width // space))
