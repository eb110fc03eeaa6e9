"""A tiny, random StableDiffusion3Pipeline on disk, shaped like SD 3.5 medium: RMS norms, dual attention in the first block."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline

from tests.tiny_pipelines.stable_diffusion import tiny_clip_tokenizer, tiny_vae
from tests.tiny_pipelines.text import tiny_clip, tiny_t5
from tests.tiny_pipelines.wan import tiny_tokenizer


def tiny_stable_diffusion_3(folder: Path | str, seed: int = 0, *, t5: bool = True, latents: int = 4) -> Path:
    """Sides are multiples of 8 up to 128 pixels. `t5`: whether the third text encoder is there, which may be dropped."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        clip = tiny_clip_tokenizer()
        pipe = StableDiffusion3Pipeline(
            transformer=SD3Transformer2DModel(
                sample_size=8,
                patch_size=2,
                in_channels=latents,
                num_layers=2,
                attention_head_dim=8,
                num_attention_heads=2,
                joint_attention_dim=32,
                caption_projection_dim=16,
                pooled_projection_dim=12 + 10,
                out_channels=latents,
                pos_embed_max_size=16,
                dual_attention_layers=(0,),
                qk_norm="rms_norm",
            ).eval(),
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
            vae=tiny_vae(latents, shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
            text_encoder=tiny_clip(16, clip, projection_dim=12),
            tokenizer=clip,
            text_encoder_2=tiny_clip(16, clip, projection_dim=10),
            tokenizer_2=clip,
            text_encoder_3=tiny_t5(32) if t5 else None,
            tokenizer_3=tiny_tokenizer() if t5 else None,
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
