"""What Stable Diffusion 1.x, 2.x and XL share: a UNet over the latents of one image, epsilon or v by numbered levels.

Checked against diffusers 0.42.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import torch

from feedback.errors import Invalid
from generation.families.folder import read_json
from generation.families.progress import share_after_step
from generation.families.protocol import Condition, Denoiser, Drawn, OnProgress
from generation.objectives import Epsilon, Velocity, discrete_objective
from generation.request import Request

SIDE_STEP = 8  # pixels; the pipelines themselves insist on it
MOST_PIXELS = 2048 * 2048  # beyond any checkpoint's training: pictures of repeated subjects
ZERO_SNR_RESCALE = 0.7  # of guided predictions, where no signal is left at the end (arXiv 2305.08891, section 3.4)


@dataclass(frozen=True)
class UNetFamily(ABC):
    """Stills only. The prediction type and the alphas are those of the checkpoint's scheduler."""

    objective: Epsilon | Velocity
    guidance_rescale: float = 0.0

    pipeline_class: ClassVar[type]
    load_options: ClassVar[Mapping[str, Any]] = {}
    denoisers: ClassVar[tuple[str, ...]] = ("unet",)
    lora_targets: ClassVar[tuple[str, ...]] = (
        "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2",
    )  # fmt: skip
    """The attention layers that diffusers' own scripts adapt, and the rest of each attention block around them."""
    kinds: ClassVar[tuple[str, ...]] = ("still",)

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
        rescale = ZERO_SNR_RESCALE if scheduler.get("rescale_betas_zero_snr") else 0.0
        return cls(discrete_objective(scheduler_class, scheduler), rescale)

    def denoisers_of(self, pipe: Any) -> list[Denoiser]:
        return [Denoiser("unet", pipe.unet, 0.0, 1.0)]

    @abstractmethod
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition: ...

    def condition_key(self, request: Request) -> tuple[str, ...]:
        return (request.prompt,)

    @abstractmethod
    def network_inputs(self, condition: Condition) -> dict[str, Any]:
        """The condition under the names that the UNet gives it."""

    @abstractmethod
    def prompt_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        """What the pipeline is called with for these requests' texts."""

    @torch.no_grad()
    def encode_media(self, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels [B, 3, 1, H, W] -> x0 [B, z, 1, H / 8, W / 8] (the ratio is the VAE's own)."""
        images = pixels.squeeze(2).to(pipe.vae.device, pipe.vae.dtype)
        return self.normalise(pipe.vae, pipe.vae.encode(images).latent_dist.mode()).unsqueeze(2)

    @torch.no_grad()
    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """x0 -> pixels [B, 3, 1, H, W] in [-1, 1], in the VAE's own number format."""
        latents = x0.squeeze(2).to(pipe.vae.device, pipe.vae.dtype)
        return pipe.vae.decode(self.denormalise(pipe.vae, latents), return_dict=False)[0].unsqueeze(2)

    def normalise(self, vae: Any, latents: torch.Tensor) -> torch.Tensor:
        return latents * vae.config.scaling_factor

    def denormalise(self, vae: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0 / vae.config.scaling_factor

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps or v as the UNet sees it, which knows no axis of frames."""
        inputs = self.network_inputs(condition)
        return denoiser(x_t.squeeze(2), self.objective.index(t), **inputs, return_dict=False)[0].unsqueeze(2)

    def generate(
        self,
        pipe: Any,
        requests: Sequence[Request],
        generators: Sequence[torch.Generator],
        on_progress: OnProgress,
    ) -> list[Drawn]:
        """Through the pipeline up to the latents: it would decode in the denoiser's number format, not in the VAE's."""
        first = requests[0]
        latents = pipe(
            **self.prompt_arguments(pipe, requests),
            height=first.height,
            width=first.width,
            num_inference_steps=first.steps,
            guidance_scale=first.guidance,
            guidance_rescale=self.guidance_rescale,
            generator=list(generators),
            output_type="latent",
            callback_on_step_end=share_after_step(on_progress),
        ).images
        images = self.decode(pipe, latents.unsqueeze(2)).squeeze(2)
        reasons = self.reasons_withheld(pipe, images)
        return [
            Drawn((image / 2 + 0.5).clamp(0, 1).unsqueeze(0), reason)
            for image, reason in zip(images, reasons, strict=True)
        ]

    def reasons_withheld(self, pipe: Any, images: torch.Tensor) -> list[str | None]:
        """Per image [B, 3, H, W] in [-1, 1], why the pipeline's own checker withholds it; nothing where there is none."""
        return [None] * len(images)

    @abstractmethod
    def tokenizers(self, pipe: Any) -> list[Any]:
        """Those that read the prompt."""

    def longest_prompt(self, pipe: Any) -> int:
        return min(int(tokenizer.model_max_length) for tokenizer in self.tokenizers(pipe))

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        """Counted without truncation, so that a prompt which would be cut is seen."""
        return max(
            len(tokenizer(prompt, truncation=False, verbose=False).input_ids) for tokenizer in self.tokenizers(pipe)
        )

    def refuse_settings(self, pipe: Any, request: Request) -> str | None:
        """Nothing is refused."""
        return None

    def refuse_size(self, pipe: Any, width: int, height: int, frames: int) -> str | None:
        """Sides in multiples of 8 (or more), one frame, within limits."""
        step = math.lcm(SIDE_STEP, pipe.vae_scale_factor)
        if width % step or height % step or min(width, height) < step:
            nearest = "x".join(str(max(step, round(side / step) * step)) for side in (width, height))
            return f"size {width}x{height} cannot be drawn: sides are multiples of {step}, such as {nearest}"
        if frames != 1:
            return f"{frames} frames cannot be drawn: this model draws stills, of 1 frame"
        if width * height > MOST_PIXELS:
            return f"size {width}x{height} is too large: at most {MOST_PIXELS} pixels"
        return None

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """Places of the latents where the UNet first attends; it halves their sides before each further level."""
        levels = pipe.unet.config.down_block_types
        first = next((level for level, name in enumerate(levels) if "Attn" in name), 0)
        space = pipe.vae_scale_factor * 2**first
        return max(1, (height // space) * (width // space))
