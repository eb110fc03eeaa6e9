"""Every kind of tiny pipeline that the tests of all families go through, with what a family may not be asked about itself.

How a pipeline is called, and how what its sampler steps through lies in memory, is written down here once more, by the
pipeline's own documentation and functions: a test that used the family's would prove nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers import FluxPipeline

from generation.request import Request
from tests.tiny_pipelines.flux import tiny_flux
from tests.tiny_pipelines.stable_diffusion import scheduler_of, tiny_stable_diffusion, tiny_stable_diffusion_xl
from tests.tiny_pipelines.stable_diffusion_3 import tiny_stable_diffusion_3
from tests.tiny_pipelines.wan import tiny_wan


def texts(requests: Sequence[Request]) -> dict[str, Any]:
    """None in place of negative prompts that are all empty, as people call a pipeline."""
    negatives = [each.negative_prompt for each in requests]
    return {"prompt": [each.prompt for each in requests], "negative_prompt": negatives if any(negatives) else None}


def called_with_guidance(requests: Sequence[Request]) -> dict[str, Any]:
    return {**texts(requests), "guidance_scale": requests[0].guidance}


def called_without_negatives(requests: Sequence[Request]) -> dict[str, Any]:
    return {"prompt": texts(requests)["prompt"], "guidance_scale": requests[0].guidance}


def image(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    """[B, z, h, w] as [B, z, 1, h, w]."""
    return latents[:, :, None]


def as_they_are(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    return latents


def flux_tokens(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    return FluxPipeline._unpack_latents(latents, request.height, request.width, pipe.vae_scale_factor)[:, :, None]


@dataclass(frozen=True)
class TinyPipeline:
    """One kind of checkpoint."""

    make: Callable[..., Path]  # (folder, seed, **options): writes a save_pretrained folder
    options: Mapping[str, Any] = field(default_factory=dict)  # of make
    brief: Mapping[str, Any] = field(default_factory=dict)  # what differs from BRIEF
    call: Callable[[Sequence[Request]], dict[str, Any]] = called_with_guidance  # as the pipeline's documentation has it
    as_latents: Callable[[Any, torch.Tensor, Request], torch.Tensor] = image  # what is stepped through, [B, z, F, h, w]
    more: Mapping[str, Any] = field(default_factory=dict)  # arguments of every call
    denoiser: str = "transformer"


BRIEF: dict[str, Any] = {
    "prompt": "a red sun over the sea",
    "negative_prompt": "",
    "kind": "still",
    "width": 48,
    "height": 32,
    "frames": 1,
    "steps": 3,
    "guidance": 1.0,
}
PROMPTS = ["a red sun over the sea", "a wide forest at night"]
TINY: dict[str, TinyPipeline] = {
    "sd 1.5": TinyPipeline(tiny_stable_diffusion, denoiser="unet"),
    "sd v": TinyPipeline(tiny_stable_diffusion, {"scheduler": scheduler_of("v_prediction")}, denoiser="unet"),
    "sdxl": TinyPipeline(tiny_stable_diffusion_xl, denoiser="unet"),
    "sd 3.5": TinyPipeline(tiny_stable_diffusion_3, more={"max_sequence_length": 64}),
    "sd 3.5 without T5": TinyPipeline(tiny_stable_diffusion_3, {"t5": False}),
    "flux.1 dev": TinyPipeline(
        tiny_flux, {}, {"guidance": 3.5}, called_without_negatives, flux_tokens, {"max_sequence_length": 64}
    ),
    "flux.1 schnell": TinyPipeline(
        tiny_flux, {"guidance": False}, {}, called_without_negatives, flux_tokens, {"max_sequence_length": 64}
    ),
    "wan 2.1": TinyPipeline(tiny_wan, as_latents=as_they_are, more={"max_sequence_length": 64}),
    "wan 2.2 A14B": TinyPipeline(tiny_wan, {"boundary": 0.5}, as_latents=as_they_are, more={"max_sequence_length": 64}),
    "wan 2.2 TI2V": TinyPipeline(
        tiny_wan, {"expand_timesteps": True}, as_latents=as_they_are, more={"max_sequence_length": 64}
    ),
}
