"""The starter's autoencoder as training uses it: its encoder is written, its decoder trained (`decoder.py`).

Every frame is coded on its own: the temporal slices of all kernels are zero but for the last. So the training runs the causal
convolutions as plain 2-D ones, a third of the work for the same result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import WanCausalConv3d, patchify, unpatchify

from benchmarks.synthetic.training.checkpoints import save_state
from benchmarks.synthetic.training.linear_start import start_linear

LEAST_ERROR = 1e-6  # a root's slope is endless at zero
COMPONENT_STILLS = 600  # pictures of each group whose patches decide the principal components


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


def pick_spread(pixels: np.ndarray, count: int) -> np.ndarray:
    """About `count` pictures from all over: neighbouring frames of one clip have little new to say."""
    return pixels[:: max(1, len(pixels) // count)]


def write_encoder(vae: AutoencoderKLWan, groups: Sequence[np.ndarray], folder: Path) -> None:
    """Writes the linear encoder, of pictures uint8 [N, H, W, 3] of one size each, and keeps the whole in `folder`.

    It is not trained, so that latents can be cached at once. An autoencoder that is there already stays.
    """
    if (folder / "checkpoint" / "state.json").exists():
        return
    forget_the_past(vae)
    start_linear(vae, [pick_spread(pixels, COMPONENT_STILLS) for pixels in groups])
    save_state(folder, {"vae": vae}, None, {"step": 0, "done": True})
