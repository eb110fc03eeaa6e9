"""A tiny, random FluxPipeline on disk, shaped like FLUX.1: double and single blocks, rotary positions on three axes."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from transformers import CLIPTextModel

from tests.tiny_pipelines.stable_diffusion import text_config, tiny_clip_tokenizer, tiny_vae
from tests.tiny_pipelines.text import tiny_t5
from tests.tiny_pipelines.wan import tiny_tokenizer


def tiny_flux(folder: Path | str, seed: int = 0, *, guidance: bool = True) -> Path:
    """Sides are multiples of 8. `guidance`: fed the guidance scale and shifted by size as dev is; else like schnell."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        clip = tiny_clip_tokenizer()
        pipe = FluxPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0 if guidance else 1.0, use_dynamic_shifting=guidance),
            vae=tiny_vae(4, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False),
            text_encoder=CLIPTextModel(text_config(16, clip)).eval(),
            tokenizer=clip,
            text_encoder_2=tiny_t5(32),
            tokenizer_2=tiny_tokenizer(),
            transformer=FluxTransformer2DModel(
                in_channels=16,
                num_layers=1,
                num_single_layers=1,
                attention_head_dim=16,
                num_attention_heads=2,
                joint_attention_dim=32,
                pooled_projection_dim=16,
                guidance_embeds=guidance,
                axes_dims_rope=(4, 6, 6),
            ).eval(),
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
