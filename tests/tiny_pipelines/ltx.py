"""Tiny, random LTXPipelines on disk, shaped like LTX-Video: latents of 1/32 of the sides and 1/8 of the frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXPipeline, LTXVideoTransformer3DModel

from tests.tiny_pipelines.text import tiny_t5
from tests.tiny_pipelines.wan import tiny_tokenizer

LATENTS = 8  # channels
DENOISING: dict[str, Any] = {
    "timestep_conditioning": True,
    "decoder_block_out_channels": (8, 16, 32),
    "decoder_spatio_temporal_scaling": (True, True, True),
    "decoder_layers_per_block": (1, 1, 1, 1),
    "upsample_residual": (True, True, True),
    "upsample_factor": (2, 2, 2),
}
VAES: dict[str, dict[str, Any]] = {
    "0.9.0": {
        "decoder_block_out_channels": (8, 8, 16, 16),
        "decoder_layers_per_block": (1,) * 5,
        "block_out_channels": (8, 8, 16, 16),
        "layers_per_block": (1,) * 5,
    },
    "0.9.1": {
        **DENOISING,
        "decoder_inject_noise": (True, True, True, False),
        "block_out_channels": (8, 8, 16, 16),
        "layers_per_block": (1,) * 5,
    },
    "0.9.5": {
        **DENOISING,
        "decoder_inject_noise": (False,) * 4,
        "block_out_channels": (8, 8, 16, 32, 32),
        "down_block_types": ("LTXVideo095DownBlock3D",) * 4,
        "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
        "spatio_temporal_scaling": (True,) * 4,
        "layers_per_block": (1,) * 5,
        "spatial_compression_ratio": 32,
        "temporal_compression_ratio": 8,
    },
}
"""By release: from 0.9.1 on the decoder does the last denoising step, and in 0.9.1 alone it adds noise of its own."""


def tiny_ltx_vae(release: str) -> AutoencoderKLLTXVideo:
    vae = AutoencoderKLLTXVideo(latent_channels=LATENTS, scaling_factor=0.8, **VAES[release])
    with torch.no_grad():
        vae.latents_mean.copy_(torch.linspace(-0.4, 0.3, LATENTS))
        vae.latents_std.copy_(torch.linspace(0.5, 2.0, LATENTS))
        for name, scale in vae.named_parameters():
            if "per_channel_scale" in name:  # zeros at first, with which the noise would change nothing
                scale.fill_(0.5)
    return vae.eval()


def tiny_ltx(folder: Path | str, seed: int = 0, *, release: str = "0.9.0") -> Path:
    """Sides are multiples of 32, frames 1, 9, 17, …"""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipe = LTXPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(
                use_dynamic_shifting=True,
                base_shift=0.95,
                max_shift=2.05,
                base_image_seq_len=1024,
                max_image_seq_len=4096,
                shift_terminal=0.1,
            ),
            vae=tiny_ltx_vae(release),
            text_encoder=tiny_t5(32),
            tokenizer=tiny_tokenizer(),
            transformer=LTXVideoTransformer3DModel(
                in_channels=LATENTS,
                out_channels=LATENTS,
                num_attention_heads=2,
                attention_head_dim=16,
                cross_attention_dim=32,
                num_layers=2,
                caption_channels=32,
            ).eval(),
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
