"""HunyuanVideo text-to-video (`diffusers.HunyuanVideoPipeline`): Llama reads the prompt in a template, CLIP sums it up.

Checked against diffusers 0.42.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from diffusers import HunyuanVideoPipeline
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE

from generation.families.clips.clips_family import ClipsFamily, Grid
from generation.families.hidden import middle, on_grid, run_to
from generation.families.protocol import Condition
from generation.objectives import Flow, Objective
from generation.request import Request

TRAIN_STEPS = 1000  # the transformer is fed 0-1000 whatever the scheduler's shift
GUIDANCE_SCALE = 1000  # what the guidance that it is fed is multiplied with
MOST_TEXT = 256  # tokens of Llama beyond the template's beginning; the pipeline's own ceiling
SIDE_STEP = 16  # pixels; the pipeline itself insists on it


class HunyuanVideo(ClipsFamily):
    """Flow matching; the transformer is fed the guidance scale instead of being asked twice."""

    pipeline_class: ClassVar[type] = HunyuanVideoPipeline
    lora_targets: ClassVar[tuple[str, ...]] = (
        "attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0",
        "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out",
    )  # fmt: skip
    most_pixels: ClassVar[int] = 1280 * 720  # the largest that the released model was made for

    objective: Objective = Flow()

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, MOST_TEXT, D], "encoder_attention_mask": [B, MOST_TEXT] (whole numbers),
        "pooled_projections": [B, P], "guidance": [B]}."""
        prompts = [request.prompt for request in requests]
        embeds, pooled, mask = pipe.encode_prompt(prompts, max_sequence_length=MOST_TEXT)
        guidance = torch.tensor([request.guidance for request in requests], device=embeds.device)
        return {
            "encoder_hidden_states": embeds,
            "encoder_attention_mask": mask,
            "pooled_projections": pooled,
            "guidance": guidance,
        }

    def condition_key(self, request: Request) -> tuple[str, ...]:
        return request.prompt, f"guidance {request.guidance:g}"

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps - x0; times and guidance are rounded to the latents' number format, as the pipeline does."""
        inputs = {name: rows.to(x_t.dtype) for name, rows in condition.items()}
        guidance, times = inputs.pop("guidance") * GUIDANCE_SCALE, (t * TRAIN_STEPS).to(x_t.dtype)
        return denoiser(x_t, times, **inputs, guidance=guidance, return_dict=False)[0]

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """Blocks of both kinds answer the picture and the text."""
        config, blocks = denoiser.config, [*denoiser.transformer_blocks, *denoiser.single_transformer_blocks]
        picture, _ = run_to(middle(blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition))
        return on_grid(picture, x_t, (config.patch_size_t, config.patch_size, config.patch_size))

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        return {
            "prompt": [request.prompt for request in requests],
            "guidance_scale": requests[0].guidance,
            "max_sequence_length": MOST_TEXT,
        }

    def longest_prompt(self, pipe: Any) -> int:
        return MOST_TEXT

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        """Llama's, from where the pipeline crops the template's beginning; CLIP reads the beginning of a long prompt."""
        text = DEFAULT_PROMPT_TEMPLATE["template"].format(prompt)
        return super().count_tokens(pipe, text) - DEFAULT_PROMPT_TEMPLATE["crop_start"]

    def refuse_settings(self, pipe: Any, request: Request) -> str | None:
        """A negative prompt, which only a model that is asked twice could read."""
        if request.negative_prompt:
            return "this model reads no negative prompt: remove it and say in the prompt what the take should show"
        return None

    def grid(self, pipe: Any) -> Grid:
        space, time = pipe.vae_scale_factor_spatial, pipe.vae_scale_factor_temporal
        patch = pipe.transformer.config.patch_size
        return Grid(space, time, math.lcm(SIDE_STEP, space * patch), time, patch)

    def most_frames(self, pipe: Any) -> int:
        return 129
