"""Latents of one image as tokens: each 2x2 places of all channels are one, as FLUX, FLUX.2 and Qwen-Image have them."""

from __future__ import annotations

import torch

PATCH = 2  # places a side


def pack(x: torch.Tensor) -> torch.Tensor:
    """[B, z, 1, h, w] -> [B, h / 2 * w / 2, 4 z], row by row; a token holds channel after channel."""
    batch, channels, _, tall, wide = x.shape
    patches = x.reshape(batch, channels, tall // PATCH, PATCH, wide // PATCH, PATCH)
    return patches.permute(0, 2, 4, 1, 3, 5).reshape(batch, -1, channels * PATCH**2)


def unpack(tokens: torch.Tensor, tall: int, wide: int) -> torch.Tensor:
    """The inverse; `tall` and `wide` are places of the latents."""
    batch, _, width = tokens.shape
    patches = tokens.reshape(batch, tall // PATCH, wide // PATCH, width // PATCH**2, PATCH, PATCH)
    return patches.permute(0, 3, 1, 4, 2, 5).reshape(batch, -1, 1, tall, wide)
