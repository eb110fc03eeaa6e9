"""Trains the starter's decoder on cached latents, in every other step on latents that the denoiser predicted.

A decoder that only ever saw what the encoder makes of rendered scenes drew the borders of the denoiser's tokens, 32 pixels
a side, into takes: predicted latents of neighbouring tokens do not quite fit. It learns here what they mean.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from tqdm import tqdm

from benchmarks.synthetic.training.architecture import LATENT_SIDE
from benchmarks.synthetic.training.autoencoder import decode_stills, reconstruction_loss, single_frame_convolutions
from benchmarks.synthetic.training.checkpoints import load_state, save_state
from benchmarks.synthetic.training.denoiser import Denoiser
from benchmarks.synthetic.training.mixture import Mixture

CROP = 128  # pixels a side
BATCH = 8
LATENT_NOISE = 0.05  # of the divisor, added to latents that nothing predicted
MOST_NOISE = 0.4  # of what a latent is predicted from: beyond it is another picture
PEAK_RATE = 2e-3
WARMUP = 100  # steps
LOG_STEPS = 50
SAVE_SECONDS = 60


class Crops(NamedTuple):
    """What of one split a step learns from."""

    pixels: torch.Tensor  # [B, 3, 1, H, W] in [-1, 1]
    latents: torch.Tensor  # of the whole pictures, [B, C, 1, h, w]
    ids: torch.Tensor  # of the captions, [B, LONGEST_CAPTION]
    mask: torch.Tensor
    is_still: bool
    corner: tuple[int, int]  # row and column in the latents
    side: int  # in latents


def pick_crops(mixture: Mixture, groups: Sequence[np.ndarray], which: int, rng: np.random.Generator) -> Crops:
    """One crop each of BATCH frames of the split `which`; `groups` are pixels uint8 [N, F, H, W, 3] of each split."""
    pixels, latents, (ids, mask) = groups[which], mixture.latents[which], mixture.words[which]
    items, frames = rng.integers(len(pixels), size=BATCH), rng.integers(pixels.shape[1], size=BATCH)
    side = min(CROP, pixels.shape[2]) // LATENT_SIDE
    y, x = (int(start) for start in rng.integers(0, latents.shape[-1] - side + 1, 2))
    rows, columns = (slice(start * LATENT_SIDE, (start + side) * LATENT_SIDE) for start in (y, x))
    shown = np.stack([pixels[item, frame, rows, columns] for item, frame in zip(items, frames, strict=True)])
    coded = torch.stack([latents[item, :, frame] for item, frame in zip(items, frames, strict=True)])[:, :, None]
    floats = torch.from_numpy(shown).permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1
    picked = torch.from_numpy(items)
    return Crops(floats, coded.float(), ids[picked], mask[picked], pixels.shape[1] == 1, (y, x), side)


@torch.no_grad()
def disturb(
    crops: Crops, mixture: Mixture, denoiser: Denoiser, predicted: bool, generator: torch.Generator
) -> torch.Tensor:
    """The whole pictures' latents a little wrong: by noise, or as the denoiser makes them from a noisy one in one step."""
    noise = torch.randn(crops.latents.shape, generator=generator)
    if not predicted:
        return crops.latents + noise * LATENT_NOISE * mixture.divisor
    level = torch.rand(len(noise), generator=generator) * MOST_NOISE
    weight = level.view(-1, 1, 1, 1, 1)
    noisy = (1 - weight) * (crops.latents - mixture.mean) / mixture.divisor + weight * noise
    velocity = denoiser(noisy, level, crops.ids, crops.mask).float()
    return (noisy - weight * velocity) * mixture.divisor + mixture.mean


def silence_attention(vae: AutoencoderKLWan) -> None:
    """For good: what a place attends to is another thing in a crop than in the whole picture."""
    for attention in vae.decoder.mid_block.attentions:
        torch.nn.init.zeros_(attention.proj.weight)
        torch.nn.init.zeros_(attention.proj.bias)
        attention.requires_grad_(False)


def build_optimiser(vae: AutoencoderKLWan) -> torch.optim.Optimizer:
    """Of all that comes after the latents, but for attention."""
    weights = [*vae.post_quant_conv.parameters(), *vae.decoder.parameters()]
    trained = [weight for weight in weights if weight.requires_grad]
    return torch.optim.AdamW(trained, lr=PEAK_RATE, betas=(0.9, 0.99), weight_decay=0.0)


def learning_rate(step: int, spent: float) -> float:
    """A short rise, then a fall that grows steeper; spent is the share of the time in [0, 1]."""
    return PEAK_RATE * min(1.0, (step + 1) / WARMUP) * (0.02 + 0.98 * (1 - spent**2))


def take_step(vae: AutoencoderKLWan, optimiser: torch.optim.Optimizer, crops: Crops, latents: torch.Tensor) -> float:
    """The learning rate is set beforehand. latents: of the whole pictures."""
    (y, x), side = crops.corner, crops.side
    made = decode_stills(vae, latents[..., y : y + side, x : x + side])
    loss = reconstruction_loss(made, crops.pixels)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([weight for group in optimiser.param_groups for weight in group["params"]], 1.0)
    optimiser.step()
    return loss.item()


def train_decoder(
    vae: AutoencoderKLWan,
    denoiser: Denoiser,
    mixture: Mixture,
    groups: Sequence[np.ndarray],
    folder: Path,
    minutes: float,
) -> None:
    """Trains for `minutes` in all, resumed runs counted in; the encoder stays. `groups`: pixels of the mixture's splits.

    Checkpoints and a loss log (JSON lines) go to `folder`.
    """
    silence_attention(vae)
    optimiser = build_optimiser(vae)
    state = load_state(folder, {"vae": vae}, optimiser)
    rng, generator = np.random.default_rng(state["step"]), torch.Generator().manual_seed(state["step"])
    shares = np.array([split.share for split in mixture.splits])
    began, saved, recent = time.monotonic() - state["seconds"], time.monotonic(), []
    bar = tqdm(desc="decoder", initial=state["step"], file=sys.stderr)
    with single_frame_convolutions(), (folder / "loss.jsonl").open("a", buffering=1) as log:
        while (spent := (time.monotonic() - began) / 60 / minutes) < 1:
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(state["step"], spent)
            crops = pick_crops(mixture, groups, rng.choice(len(groups), p=shares / shares.sum()), rng)
            predicted = crops.is_still and state["step"] % 2 == 0  # a clip's frames are predicted together: too dear
            recent.append(take_step(vae, optimiser, crops, disturb(crops, mixture, denoiser, predicted, generator)))
            state = {"step": state["step"] + 1, "seconds": time.monotonic() - began}
            bar.update()
            if state["step"] % LOG_STEPS == 0:
                bar.set_postfix(loss=f"{np.mean(recent):.4f}")
                log.write(json.dumps({**state, "loss": float(np.mean(recent))}) + "\n")
                recent = []
            if time.monotonic() - saved > SAVE_SECONDS:
                saved = time.monotonic()
                save_state(folder, {"vae": vae}, optimiser, state)
    save_state(folder, {"vae": vae}, optimiser, {**state, "done": True})
