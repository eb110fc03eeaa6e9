"""Refines the starter's autoencoder on crops of rendered stills and frames, from its linear start.

Every frame is coded on its own: the temporal slices of all kernels are zero but for the last. So the training runs the causal
convolutions as plain 2-D ones, a third of the work for the same result.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import WanCausalConv3d, patchify, unpatchify
from tqdm import tqdm

from benchmarks.synthetic.training.checkpoints import load_state, save_state
from benchmarks.synthetic.training.linear_start import start_linear

CROP = 256  # pixels a side at most: whole pictures, since bars and horizons lie as they do in takes
BATCH = 8
# The decoder sees slightly wrong latents, as it will get them from the denoiser.
LATENT_NOISE = 0.05
PEAK_RATE = 2e-3
# What the linear start wrote is already the best of its kind: at the rate of the residual blocks, which start at nothing,
# it was shaken so much that 400 steps only just made up for it.
LINEAR_RATE = 0.2  # share of the rate
LEAST_ERROR = 1e-6  # a root's slope is endless at zero
COMPONENT_STILLS = 600  # pictures of each group whose patches decide the principal components
LOG_STEPS = 50
SAVE_SECONDS = 60


@contextmanager
def single_frame_convolutions() -> Iterator[None]:
    """Within this block every causal 3-D convolution is run as the 2-D one that it is for a single frame."""
    original = WanCausalConv3d.forward

    def forward(self: WanCausalConv3d, x: torch.Tensor, cache_x: torch.Tensor | None = None) -> torch.Tensor:
        if x.shape[2] != 1 or cache_x is not None:
            return original(self, x, cache_x)
        pad = self._padding
        flat = F.pad(x[:, :, 0], (pad[0], pad[1], pad[2], pad[3]))
        return F.conv2d(flat, self.weight[:, :, -1], self.bias, self.stride[1:])[:, :, None]

    WanCausalConv3d.forward = forward
    try:
        yield
    finally:
        WanCausalConv3d.forward = original


def forget_the_past(vae: AutoencoderKLWan) -> None:
    """Zeroes the temporal slices for earlier frames, which single frames never train."""
    for module in vae.modules():
        if isinstance(module, WanCausalConv3d) and module.weight.shape[2] > 1:
            module.weight.data[:, :, :-1] = 0


def encode_stills(vae: AutoencoderKLWan, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels [B, 3, 1, H, W] in [-1, 1] to the latent distribution's mean and log variance, [B, C, 1, h, w]."""
    moments = vae.quant_conv(vae.encoder(patchify(pixels, vae.config.patch_size)))
    mean, log_variance = moments.chunk(2, dim=1)
    return mean, log_variance.clamp(-30, 20)


def decode_stills(vae: AutoencoderKLWan, latents: torch.Tensor) -> torch.Tensor:
    return unpatchify(vae.decoder(vae.post_quant_conv(latents)), vae.config.patch_size)


def reconstruction_loss(made: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Root of the mean squared error of each picture, and of the differences between neighbours, where edges weigh more.

    Absolute errors instead made snow and rain fade, which the latents hold too coarsely: their median is the sky behind.
    """
    error = made - real
    parts = (error, error.diff(dim=-1), error.diff(dim=-2))
    return sum(((part**2).mean(dim=(1, 2, 3, 4)) + LEAST_ERROR).sqrt().mean() for part in parts)


def pick_crops(pixels: np.ndarray, rng: np.random.Generator, batch: int, crop: int) -> torch.Tensor:
    """Random crops as [B, 3, 1, crop, crop] in [-1, 1]; whole pictures where they are smaller."""
    size = pixels.shape[1]
    crop, picked = min(crop, size), []
    for index in rng.integers(len(pixels), size=batch):
        y, x = rng.integers(0, size - crop + 1, 2)
        picked.append(pixels[index, y : y + crop, x : x + crop])
    return torch.from_numpy(np.stack(picked)).permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1


def pick_spread(pixels: np.ndarray, count: int) -> np.ndarray:
    """About `count` pictures from all over: neighbouring frames of one clip have little new to say."""
    return pixels[:: max(1, len(pixels) // count)]


def build_optimiser(vae: AutoencoderKLWan) -> torch.optim.Optimizer:
    """Of the decoder; each group of weights knows its share of the learning rate."""
    decoder = vae.decoder
    linear = [vae.post_quant_conv, decoder.conv_in, decoder.norm_out, decoder.conv_out]
    groups = [
        {"params": _weights([decoder.mid_block, decoder.up_blocks]), "share": 1.0},
        {"params": _weights(linear), "share": LINEAR_RATE},
    ]
    return torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.99), weight_decay=0.0, fused=True)


def _weights(parts: Sequence[torch.nn.Module]) -> list[torch.nn.Parameter]:
    return [weight for part in parts for weight in part.parameters()]


def learning_rate(step: int, spent: float) -> float:
    """A short rise, then a fall that grows steeper; spent is the share of the time in [0, 1]."""
    return PEAK_RATE * min(1.0, (step + 1) / 100) * (0.02 + 0.98 * (1 - spent**2))


def take_step(
    vae: AutoencoderKLWan, optimiser: torch.optim.Optimizer, real: torch.Tensor, noise: torch.Generator
) -> float:
    """One step on crops [B, 3, 1, H, W]; the learning rate is set beforehand."""
    with torch.no_grad():
        mean, _ = encode_stills(vae, real)
    latents = mean + torch.randn(mean.shape, generator=noise) * LATENT_NOISE
    loss = reconstruction_loss(decode_stills(vae, latents), real)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([weight for group in optimiser.param_groups for weight in group["params"]], 1.0)
    optimiser.step()
    return loss.item()


def train_autoencoder(
    vae: AutoencoderKLWan,
    groups: Sequence[np.ndarray],
    folder: Path,
    minutes: float,
) -> None:
    """Refine the decoder for `minutes` in all, resumed runs counted in; the encoder stays the linear one.

    `groups` are pictures uint8[N, H, W, 3] of one size each; steps take turns between them. Latents may be cached, and
    the denoiser trained, before or while the decoder is refined. Checkpoints and a loss log (JSON lines) go to `folder`.
    """
    optimiser = build_optimiser(vae)
    state = load_state(folder, {"vae": vae}, optimiser)
    if not state["step"]:
        forget_the_past(vae)
        start_linear(vae, [pick_spread(pixels, COMPONENT_STILLS) for pixels in groups])
    rng, noise = np.random.default_rng(state["step"]), torch.Generator().manual_seed(state["step"])
    began, saved, recent = time.monotonic() - state["seconds"], time.monotonic(), []
    bar = tqdm(desc="autoencoder", initial=state["step"], file=sys.stderr)
    with single_frame_convolutions(), (folder / "loss.jsonl").open("a", buffering=1) as log:
        while (spent := (time.monotonic() - began) / 60 / minutes) < 1:
            for group in optimiser.param_groups:
                group["lr"] = group["share"] * learning_rate(state["step"], spent)
            real = pick_crops(groups[state["step"] % len(groups)], rng, BATCH, CROP)
            recent.append(take_step(vae, optimiser, real, noise))
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
