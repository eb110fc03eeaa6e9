"""From trained parts to a finished model: one from_pretrained folder, fp16 safetensors, and the shapes it was trained on."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, WanPipeline
from safetensors.torch import load_model

from benchmarks.synthetic.training.architecture import build_autoencoder, build_scheduler, build_tokenizer
from benchmarks.synthetic.training.denoiser import Denoiser
from benchmarks.synthetic.training.mixture import latent_statistics
from benchmarks.synthetic.training.splits import DatasetSplit
from generation.families.folder import UsualSampling
from generation.models.limits import Limits, write_limits
from generation.starter import DEFAULT_GUIDANCE, DEFAULT_STEPS


def trained_limits(splits: Sequence[DatasetSplit]) -> Limits:
    """What the family must know and no diffusers config says: no other sizes were ever shown."""
    sides = [split.side for split in splits]
    kinds = tuple(dict.fromkeys(split.shape.kind for split in splits))
    shapes = tuple(split.shape for split in splits)
    sampling = UsualSampling(DEFAULT_STEPS, DEFAULT_GUIDANCE)
    return Limits(kinds, min(sides), max(sides), shapes, usual_sampling=sampling)


def with_statistics(vae: AutoencoderKLWan, latents: Sequence[torch.Tensor]) -> AutoencoderKLWan:
    """The same weights with the latents' measured mean and deviation in the config, where the pipeline reads them."""
    mean, std = latent_statistics(latents)
    config = {key: value for key, value in vae.config.items() if not key.startswith("_")}
    exported = AutoencoderKLWan(**{**config, "latents_mean": mean, "latents_std": std})
    exported.load_state_dict(vae.state_dict())
    return exported


def export_pipeline(
    vae: AutoencoderKLWan,
    denoiser: Denoiser,
    latents: Sequence[torch.Tensor],
    splits: Sequence[DatasetSplit],
    folder: Path,
) -> Path:
    """Writes the pipeline and its limits beside `folder` and swaps them in; `latents` are those of `splits`."""
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
    write_limits(partial, trained_limits(splits))
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
