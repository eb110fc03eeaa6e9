"""A tiny, random QwenImagePipeline on disk, shaped like Qwen-Image: two streams, positions from the middle of the image."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)

from tests.tiny_pipelines.qwen import LONG, tiny_qwen2_5_vl, tiny_qwen_tokenizer

DROPPED = 34  # tokens of the template's beginning


def tiny_qwen_image(folder: Path | str, seed: int = 0, *, guidance: bool = False) -> Path:
    """Sides are multiples of 16. `guidance`: as the configuration of a guidance-distilled checkpoint would say."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vae = AutoencoderKLQwenImage(
            base_dim=4,
            z_dim=4,
            dim_mult=[1, 2, 2, 2],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            latents_mean=[0.1, -0.2, 0.3, -0.4],
            latents_std=[1.5, 2.0, 0.5, 1.25],
        )
        with torch.no_grad():  # takes must be told apart by their pixels
            vae.decoder.conv_out.weight.mul_(6)
        pipe = QwenImagePipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(
                use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9, shift_terminal=0.02
            ),
            vae=vae.eval(),
            text_encoder=tiny_qwen2_5_vl(32),
            tokenizer=tiny_qwen_tokenizer(DROPPED + LONG),
            transformer=QwenImageTransformer2DModel(
                in_channels=16,
                out_channels=4,
                num_layers=2,
                attention_head_dim=16,
                num_attention_heads=2,
                joint_attention_dim=32,
                guidance_embeds=guidance,
                axes_dims_rope=(4, 6, 6),
            ).eval(),
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
