"""Tiny, random CogVideoXPipelines on disk, shaped like CogVideoX 2b and 5b, and CogVideoX 1.5."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLCogVideoX,
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
)

from tests.tiny_pipelines.colour import colour_sighted
from tests.tiny_pipelines.text import tiny_t5
from tests.tiny_pipelines.wan import tiny_tokenizer

TOKENS = 40  # of the text, which the transformer's sequence begins with; not the tokenizer's own 64
LEVELS: dict[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "clip_sample": False,
}
ROTARY = {"use_rotary_positional_embeddings": True}
TRANSFORMERS: dict[str, dict[str, Any]] = {
    "2b": {},
    "5b": ROTARY,
    "1.5": {**ROTARY, "patch_size_t": 2, "patch_bias": False, "sample_height": 12, "sample_width": 16},
}
"""By model: 2b adds sines of the places; the others turn by them, 1.5 in patches of two frames."""


def scheduler_of(model: str) -> CogVideoXDDIMScheduler | CogVideoXDPMScheduler:
    """As the checkpoints have them: 5b and 1.5 draw noise in each step."""
    if model == "2b":
        return CogVideoXDDIMScheduler(**LEVELS, snr_shift_scale=3.0)
    return CogVideoXDPMScheduler(**LEVELS, snr_shift_scale=1.0)


def tiny_cogvideox_vae(model: str) -> AutoencoderKLCogVideoX:
    vae = AutoencoderKLCogVideoX(
        block_out_channels=(8, 8, 8, 8),
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=1,
        sample_height=32,
        sample_width=48,
        scaling_factor=0.7,
        invert_scale_latents=model == "1.5",  # of images that clips start from
    )
    return colour_sighted(vae)


def tiny_cogvideox(folder: Path | str, seed: int = 0, *, model: str = "2b", **transformer: Any) -> Path:
    """Sides are multiples of 16, frames 1, 9, 17, …, and 1, 17, 33, … of 1.5."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        sizes = {"sample_height": 4, "sample_width": 6, "sample_frames": 9}
        pipe = CogVideoXPipeline(
            tokenizer=tiny_tokenizer(),
            text_encoder=tiny_t5(32),
            vae=tiny_cogvideox_vae(model),
            transformer=CogVideoXTransformer3DModel(
                num_attention_heads=2,
                attention_head_dim=16,
                in_channels=4,
                out_channels=4,
                time_embed_dim=16,
                text_embed_dim=32,
                num_layers=2,
                max_text_seq_length=TOKENS,
                **{**sizes, **TRANSFORMERS[model], **transformer},
            ).eval(),
            scheduler=scheduler_of(model),
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
