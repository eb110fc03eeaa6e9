"""From latents to small pictures: latents are close to linear in a picture's colours, place by place."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch.nn.functional import adaptive_avg_pool3d, pixel_shuffle, pixel_unshuffle

from generation.residency import resident

FINER = 4  # a place of the latents stands for up to 4 x 4 places of the small picture
LARGEST = 96  # places along a side of the small picture, where that is still one for each of the latents


def fit_colour_map(latents: Iterable[torch.Tensor], pixels: Iterable[torch.Tensor], largest: int) -> torch.Tensor:
    """The least-squares map from latents [z, F', h, w] to colours of pixels [3, F, H, W] in [-1, 1]; [z + 1, 3 x k x k].

    A place of the latents stands for k x k places of the small picture: 4 x 4, or fewer where that would make it large.
    `largest`: places of the latents along their longest side. Takes are read one after the other: the pixels of many
    would fill the memory.
    """
    finer, square, product = max(1, min(FINER, LARGEST // largest)), None, None
    for latent, picture in zip(latents, pixels, strict=True):
        frames, height, width = latent.shape[1:]
        small = adaptive_avg_pool3d(picture[None], (frames, height * finer, width * finer))[0]
        target = pixel_unshuffle(small.transpose(0, 1), finer).transpose(0, 1).flatten(1).T.double()
        inputs = latent.flatten(1).T.double()
        inputs = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=inputs.dtype)], dim=1)
        square = inputs.T @ inputs + (0 if square is None else square)
        product = inputs.T @ target + (0 if product is None else product)
    assert isinstance(square, torch.Tensor)
    assert isinstance(product, torch.Tensor)
    # A channel that never varied has no information; without a trace of weight on zero its coefficients would be arbitrary.
    return torch.linalg.solve(
        square + 1e-9 * square.trace() * torch.eye(len(square), dtype=square.dtype), product
    ).float()


def small_pictures(x0: torch.Tensor, colour_map: torch.Tensor) -> torch.Tensor:
    """Latents [B, z, F, h, w] as small pictures [B, 3, F, k h, k w], in [-1, 1] as far as the map holds."""
    colour_map = resident(colour_map, x0.device).to(x0)
    mapped = torch.einsum("bzfhw,zc->bfchw", x0, colour_map[:-1]) + colour_map[-1].view(-1, 1, 1)
    finer = round((mapped.shape[2] / 3) ** 0.5)
    return pixel_shuffle(mapped, finer).transpose(1, 2)
