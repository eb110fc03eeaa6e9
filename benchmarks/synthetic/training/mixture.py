"""What the denoiser learns from: cached latents of all splits, with captions, picked in batches of one split each."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from tqdm import tqdm

from benchmarks.synthetic.training.architecture import LONGEST_CAPTION, build_tokenizer
from benchmarks.synthetic.training.autoencoder import encode_stills, single_frame_convolutions
from benchmarks.synthetic.training.splits import DatasetSplit, step_shares
from feedback.durable_files import whole_file

CAPTION_DROPOUT = 0.12  # share trained on the empty caption, for classifier-free guidance
MEASURED_ITEMS = 2000  # of each split, for the statistics of the latents
PIXELS_AT_ONCE = 32 * 256 * 256


@torch.no_grad()
def cache_latents(vae: AutoencoderKLWan, pixels: np.ndarray, path: Path) -> torch.Tensor:
    """Latent means of pixels uint8[N, F, H, W, 3], each frame on its own: fp16 [N, C, F, h, w].

    Computed once for each encoder: the decoder may be refined before or after.
    """
    encoder = encoder_digest(vae)
    if path.exists() and (kept := torch.load(path, weights_only=True))["encoder"] == encoder:
        return kept["latents"]
    batch = max(1, PIXELS_AT_ONCE // pixels[0, ..., 0].size)
    with single_frame_convolutions():
        starts = tqdm(range(0, len(pixels), batch), desc=f"latents {path.stem}", file=sys.stderr)
        latents = torch.cat([encode_clips(vae, np.array(pixels[start : start + batch])).half() for start in starts])
    with whole_file(path, durable=False) as partial:
        torch.save({"encoder": encoder, "latents": latents}, partial)
    return latents


def encoder_digest(vae: AutoencoderKLWan) -> str:
    digest = hashlib.sha256()
    for part in (vae.encoder, vae.quant_conv):
        for value in part.state_dict().values():
            digest.update(value.numpy().tobytes())
    return digest.hexdigest()


def encode_clips(vae: AutoencoderKLWan, pixels: np.ndarray) -> torch.Tensor:
    """Latent means [B, C, F, h, w] of pixels uint8[B, F, H, W, 3]."""
    frames = torch.from_numpy(pixels).flatten(0, 1).permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1
    mean, _ = encode_stills(vae, frames)
    return mean[:, :, 0].unflatten(0, pixels.shape[:2]).transpose(1, 2)


def latent_statistics(latents: Sequence[torch.Tensor]) -> tuple[list[float], list[float]]:
    """Mean and divisor per channel, as the autoencoder's config wants them (`latents_mean`, `latents_std`).

    The channels are principal components, from the brightness of a patch (large) to its grain (small). Divided by their
    own deviation all would be equally loud, and the noise would drown the composition no later than the grain: patches
    came out one by one, without a whole. Divided by its root, the large ones are settled first, as in pixels.
    Every split, [N, C, F, h, w], weighs the same.
    """
    flat = [each[:MEASURED_ITEMS].float().transpose(0, 1).flatten(1) for each in latents]
    mean = torch.stack([each.mean(1) for each in flat]).mean(0)
    variance = torch.stack([((each - mean[:, None]) ** 2).mean(1) for each in flat]).mean(0)
    deviation = variance.sqrt()
    return mean.tolist(), (deviation.sqrt() * deviation.mean().sqrt()).tolist()  # so that the mean variance is 1


def tokenize(captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, [N, LONGEST_CAPTION], as WanPipeline makes them."""
    made = build_tokenizer()(
        captions, padding="max_length", max_length=LONGEST_CAPTION, truncation=True, return_tensors="pt"
    )
    return made.input_ids, made.attention_mask


@dataclass(frozen=True)
class Batch:
    """Items of one split."""

    split: str  # its name
    x0: torch.Tensor  # scaled latents [B, C, F, h, w]
    ids: torch.Tensor  # [B, LONGEST_CAPTION]
    mask: torch.Tensor
    subject: torch.Tensor  # share of every token that shows it, [B, F, h / 2, w / 2]


@dataclass(frozen=True)
class Mixture:
    """All splits; every batch is a function of the generator alone."""

    splits: tuple[DatasetSplit, ...]
    latents: list[torch.Tensor]  # per split, fp16 [N, C, F, h, w]
    words: list[tuple[torch.Tensor, torch.Tensor]]  # per split, ids and mask [N, LONGEST_CAPTION]
    subjects: list[torch.Tensor]  # per split, of dataset.load_subjects
    shares: torch.Tensor  # of the steps, per split
    mean: torch.Tensor
    divisor: torch.Tensor
    empty: tuple[torch.Tensor, torch.Tensor]  # ids and mask of the empty caption

    @classmethod
    def of(
        cls,
        splits: tuple[DatasetSplit, ...],
        latents: list[torch.Tensor],
        captions: list[list[str]],
        subjects: list[torch.Tensor],
    ) -> Mixture:
        mean, divisor = (torch.tensor(values).view(1, -1, 1, 1, 1) for values in latent_statistics(latents))
        words = [tokenize(texts) for texts in captions]
        shares = torch.tensor(step_shares(splits))
        return cls(splits, latents, words, subjects, shares, mean, divisor, tokenize([""]))

    def pick(self, generator: torch.Generator) -> Batch:
        """A batch of a split drawn by its share of the steps, some captions left out."""
        which = int(torch.multinomial(self.shares, 1, generator=generator))
        split, latents, (ids, mask) = self.splits[which], self.latents[which], self.words[which]
        picked = torch.randint(len(latents), (split.batch,), generator=generator)
        dropped = (torch.rand(split.batch, generator=generator) < CAPTION_DROPOUT)[:, None]
        x0 = (latents[picked].float() - self.mean) / self.divisor
        no_ids, no_mask = self.empty
        ids, mask = torch.where(dropped, no_ids, ids[picked]), torch.where(dropped, no_mask, mask[picked])
        return Batch(split.name, x0, ids, mask, self.subjects[which][picked])
