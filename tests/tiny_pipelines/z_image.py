"""A tiny, random ZImagePipeline on disk, shaped like Z-Image: refiners before the single stream, positions on three axes."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel

from tests.tiny_pipelines.qwen import LONG, tiny_qwen3, tiny_qwen_tokenizer
from tests.tiny_pipelines.stable_diffusion import tiny_vae

MOST_PLACES = 128  # rows and columns of tokens


def tiny_z_image(folder: Path | str, seed: int = 0) -> Path:
    """Sides are multiples of 8 up to 1024 pixels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vae = tiny_vae(4, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False)
        transformer = ZImageTransformer2DModel(
            in_channels=4,
            dim=48,
            n_layers=2,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=32,
            axes_dims=[8, 8, 8],
            axes_lens=[2 * LONG, MOST_PLACES, MOST_PLACES],
        ).eval()
        with torch.no_grad():  # zeros as they are made: trained ones are seen
            for token in (transformer.x_pad_token, transformer.cap_pad_token):
                token.normal_()
        pipe = ZImagePipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
            vae=vae,
            text_encoder=tiny_qwen3(32, layers=3).model,
            tokenizer=tiny_qwen_tokenizer(LONG),
            transformer=transformer,
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
