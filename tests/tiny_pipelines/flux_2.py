"""A tiny, random Flux2KleinPipeline on disk, shaped like FLUX.2 Klein: double and single blocks, positions on four axes."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
)

from tests.tiny_pipelines.qwen import LONG, tiny_qwen3, tiny_qwen_tokenizer

LATENTS = 4  # channels, before 2x2 places become channels too
LAYERS_READ = 3  # of the text encoder: the 9th, 18th and 27th


def tiny_flux_2_vae() -> AutoencoderKLFlux2:
    vae = AutoencoderKLFlux2(
        block_out_channels=(8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=LATENTS,
        norm_num_groups=4,
        sample_size=32,
    )
    with torch.no_grad():
        vae.decoder.conv_out.weight.mul_(2)  # takes must be told apart by their pixels
        vae.bn.running_mean.normal_()
        vae.bn.running_var.uniform_(0.2, 3)
    return vae.eval()


def tiny_flux_2_klein(folder: Path | str, seed: int = 0, *, distilled: bool = True) -> Path:
    """Sides are multiples of 8. `distilled`: not guided, like Klein; else like Klein base."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipe = Flux2KleinPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
            vae=tiny_flux_2_vae(),
            text_encoder=tiny_qwen3(16, layers=28),
            tokenizer=tiny_qwen_tokenizer(LONG),
            transformer=Flux2Transformer2DModel(
                in_channels=4 * LATENTS,
                num_layers=1,
                num_single_layers=2,
                attention_head_dim=16,
                num_attention_heads=2,
                joint_attention_dim=LAYERS_READ * 16,
                timestep_guidance_channels=32,
                axes_dims_rope=(4, 4, 4, 4),
                guidance_embeds=False,
            ).eval(),
            is_distilled=distilled,
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
