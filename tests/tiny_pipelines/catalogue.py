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
from diffusers import Flux2KleinPipeline, FluxPipeline, LTXPipeline, QwenImagePipeline

from generation.request import Request
from tests.tiny_pipelines.cogvideox import TOKENS, tiny_cogvideox
from tests.tiny_pipelines.flux import tiny_flux
from tests.tiny_pipelines.flux_2 import tiny_flux_2_klein
from tests.tiny_pipelines.hunyuan_video import tiny_hunyuan_video
from tests.tiny_pipelines.ltx import tiny_ltx
from tests.tiny_pipelines.qwen import LONG
from tests.tiny_pipelines.qwen_image import tiny_qwen_image
from tests.tiny_pipelines.stable_diffusion import scheduler_of, tiny_stable_diffusion, tiny_stable_diffusion_xl
from tests.tiny_pipelines.stable_diffusion_3 import tiny_stable_diffusion_3
from tests.tiny_pipelines.wan import tiny_wan
from tests.tiny_pipelines.z_image import tiny_z_image


def texts(requests: Sequence[Request]) -> dict[str, Any]:
    """None in place of negative prompts that are all empty, as people call a pipeline."""
    negatives = [each.negative_prompt for each in requests]
    return {"prompt": [each.prompt for each in requests], "negative_prompt": negatives if any(negatives) else None}


def called_with_guidance(requests: Sequence[Request]) -> dict[str, Any]:
    return {**texts(requests), "guidance_scale": requests[0].guidance}


def called_without_negatives(requests: Sequence[Request]) -> dict[str, Any]:
    return {"prompt": texts(requests)["prompt"], "guidance_scale": requests[0].guidance}


def called_with_true_guidance(requests: Sequence[Request]) -> dict[str, Any]:
    """Qwen-Image: guided only when a negative prompt is given, if only a space, as its card has it."""
    negatives = [each.negative_prompt or " " for each in requests] if requests[0].guidance > 1 else None
    return {**texts(requests), "negative_prompt": negatives, "true_cfg_scale": requests[0].guidance}


def called_with_extra_guidance(requests: Sequence[Request]) -> dict[str, Any]:
    """Z-Image: prediction + scale * (prediction - negative), so that no guidance is 0."""
    return {**texts(requests), "guidance_scale": requests[0].guidance - 1}


def image(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    """[B, z, h, w] as [B, z, 1, h, w]."""
    return latents[:, :, None]


def flux_tokens(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    return FluxPipeline._unpack_latents(latents, request.height, request.width, pipe.vae_scale_factor)[:, :, None]


def flux_2_tokens(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    step = 2 * pipe.vae_scale_factor
    tall, wide = request.height // step, request.width // step
    ids = Flux2KleinPipeline._prepare_latent_ids(torch.empty(len(latents), 1, tall, wide))
    return Flux2KleinPipeline._unpack_latents_with_ids(latents, ids)[:, :, None]


def qwen_tokens(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    return QwenImagePipeline._unpack_latents(latents, request.height, request.width, pipe.vae_scale_factor)


PROMPTS = ("a red sun over the sea", "a wide forest at night")
UNEQUAL = ("a sea", "a wide red forest at night by the sea")  # where a prompt's length matters


def called_with_frame_rate(requests: Sequence[Request]) -> dict[str, Any]:
    return {**called_with_guidance(requests), "frame_rate": float(requests[0].fps)}


def clip(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    """[B, z, f, h, w] as it is."""
    return latents


def frames_first(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    """[B, f, z, h, w] as [B, z, f, h, w]."""
    return latents.permute(0, 2, 1, 3, 4)


def ltx_tokens(pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
    space, time = pipe.vae_spatial_compression_ratio, pipe.vae_temporal_compression_ratio
    shape = ((request.frames - 1) // time + 1, request.height // space, request.width // space)
    return LTXPipeline._unpack_latents(latents, *shape)


def first_three(arguments: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    return arguments[0], arguments[1], arguments[2]


def with_the_step_before(arguments: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Of a scheduler that is also given what it predicted before, and when."""
    answer, _, t, _, x_t = arguments
    return answer, t, x_t


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
    prompts: Sequence[str] = PROMPTS
    one_by_one: bool = False  # drawn in a call each, because a prompt's length changes how its neighbours are rounded
    step: Callable[[tuple[Any, ...]], tuple[Any, Any, Any]] = first_three  # answer, t, x_t of what a step is given
    undecoded: int = 0  # frames of latents at the front that the pipeline draws and leaves out before it decodes
    noiseless: Mapping[str, Any] = field(default_factory=dict)  # arguments without which noise is added before decoding


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
CLIP = {"kind": "clip", "frames": 9}
LTX_SIZE = {"width": 96, "height": 64, "fps_num": 30000, "fps_den": 1001}
DENOISING = {"decode_timestep": 0.05, "decode_noise_scale": 0.025}  # as recommended for LTX 0.9.1 and later
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
    "flux.2 klein": TinyPipeline(
        tiny_flux_2_klein, {}, {}, called_without_negatives, flux_2_tokens, {"max_sequence_length": LONG}
    ),
    "flux.2 klein base": TinyPipeline(
        tiny_flux_2_klein,
        {"distilled": False},
        {},
        called_without_negatives,
        flux_2_tokens,
        {"max_sequence_length": LONG},
    ),
    "qwen-image": TinyPipeline(
        tiny_qwen_image, call=called_with_true_guidance, as_latents=qwen_tokens, prompts=UNEQUAL, one_by_one=True
    ),
    "z-image": TinyPipeline(
        tiny_z_image,
        call=called_with_extra_guidance,
        more={"max_sequence_length": LONG},
        prompts=UNEQUAL,
        one_by_one=True,
    ),
    "wan 2.1 still": TinyPipeline(tiny_wan, as_latents=clip, more={"max_sequence_length": 64}),
    "wan 2.1 clip": TinyPipeline(tiny_wan, {}, CLIP, as_latents=clip, more={"max_sequence_length": 64}),
    "ltx 0.9.0 clip": TinyPipeline(
        tiny_ltx, {}, {**CLIP, **LTX_SIZE}, called_with_frame_rate, ltx_tokens, {"max_sequence_length": 64}
    ),
    "ltx 0.9.1 clip": TinyPipeline(
        tiny_ltx,
        {"release": "0.9.1"},
        {**CLIP, **LTX_SIZE},
        called_with_frame_rate,
        ltx_tokens,
        {"max_sequence_length": 64, **DENOISING},
        noiseless={"decode_noise_scale": 0.0},
    ),
    "ltx 0.9.5 still": TinyPipeline(
        tiny_ltx,
        {"release": "0.9.5"},
        LTX_SIZE,
        called_with_frame_rate,
        ltx_tokens,
        {"max_sequence_length": 64, **DENOISING},
        noiseless={"decode_noise_scale": 0.0},
    ),
    "cogvideox 2b clip": TinyPipeline(
        tiny_cogvideox, {}, CLIP, as_latents=frames_first, more={"max_sequence_length": TOKENS}
    ),
    "cogvideox 5b still": TinyPipeline(
        tiny_cogvideox,
        {"model": "5b"},
        as_latents=frames_first,
        more={"max_sequence_length": TOKENS},
        step=with_the_step_before,
    ),
    "cogvideox 5b clip": TinyPipeline(
        tiny_cogvideox,
        {"model": "5b"},
        CLIP,
        as_latents=frames_first,
        more={"max_sequence_length": TOKENS},
        step=with_the_step_before,
    ),
    "cogvideox 1.5 clip": TinyPipeline(
        tiny_cogvideox,
        {"model": "1.5"},
        {**CLIP, "frames": 17},
        as_latents=frames_first,
        more={"max_sequence_length": TOKENS},
        step=with_the_step_before,
        undecoded=1,
    ),
    "hunyuan video still": TinyPipeline(tiny_hunyuan_video, {}, {"guidance": 6.0}, called_without_negatives, clip),
    "hunyuan video clip": TinyPipeline(
        tiny_hunyuan_video, {}, {**CLIP, "guidance": 6.0}, called_without_negatives, clip
    ),
    "wan 2.2 A14B": TinyPipeline(tiny_wan, {"boundary": 0.5}, as_latents=clip, more={"max_sequence_length": 64}),
    "wan 2.2 TI2V": TinyPipeline(
        tiny_wan, {"expand_timesteps": True}, as_latents=clip, more={"max_sequence_length": 64}
    ),
}
ONE_OF_EACH_STILL = ("sd 1.5", "sdxl", "sd 3.5", "flux.1 dev", "flux.2 klein", "qwen-image", "z-image")
ONE_OF_EACH_CLIP = ("ltx 0.9.1 clip", "cogvideox 5b clip", "hunyuan video clip")
ONE_OF_EACH = ONE_OF_EACH_STILL + ONE_OF_EACH_CLIP
"""A checkpoint of each pipeline class, for tests that train; Wan is in all of those."""
