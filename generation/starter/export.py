"""From trained parts to the committed weights: one from_pretrained folder, fp16 safetensors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, WanPipeline
from safetensors.torch import load_model

from generation.starter.architecture import build_autoencoder, build_scheduler, build_tokenizer
from generation.starter.train_denoiser import Denoiser, latent_statistics

# What the family must know and no diffusers config says: the starter was never shown a clip or a larger picture.
LIMITS = {"kinds": ["still"], "largest_side": 128, "smallest_side": 128}


def with_statistics(vae: AutoencoderKLWan, latents: torch.Tensor) -> AutoencoderKLWan:
    """The same weights with the latents' measured mean and deviation in the config, where the pipeline reads them."""
    mean, std = latent_statistics(latents)
    config = {key: value for key, value in vae.config.items() if not key.startswith("_")}
    exported = AutoencoderKLWan(**{**config, "latents_mean": mean, "latents_std": std})
    exported.load_state_dict(vae.state_dict())
    return exported


def export_pipeline(vae: AutoencoderKLWan, denoiser: Denoiser, latents: torch.Tensor, folder: Path) -> Path:
    """Writes the pipeline beside `folder` and swaps it in."""
    pipe = WanPipeline(
        tokenizer=build_tokenizer(),
        text_encoder=denoiser.text_encoder,
        vae=with_statistics(vae, latents),
        transformer=denoiser.transformer,
        scheduler=build_scheduler(),
    ).to(torch.float16)
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    pipe.save_pretrained(partial, safe_serialization=True)
    (partial / "limits.json").write_text(json.dumps(LIMITS, indent=2) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return folder


def load_autoencoder(folder: Path) -> AutoencoderKLWan:
    """The autoencoder of a training folder's checkpoint."""
    vae = build_autoencoder()
    load_model(vae, folder / "checkpoint" / "vae.safetensors")
    return vae.eval().requires_grad_(False)


def load_averaged_denoiser(folder: Path) -> Denoiser:
    denoiser = Denoiser(len(build_tokenizer()))
    load_model(denoiser, folder / "checkpoint" / "average.safetensors")
    return denoiser.eval().requires_grad_(False)
