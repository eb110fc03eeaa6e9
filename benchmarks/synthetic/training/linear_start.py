"""Writes a linear map of 16x16 patches into the encoder's weights: it is not trained, so latents can be cached at once.

The map is the principal components of patches. The encoder halves its input twice, and so the map is split into three:
4x4 pixels as they are, 8x8 pixels as the 64 numbers that the components need most, and the components. What makes the
norm and silu at the end transparent: a large constant channel keeps the length that the RMS norm divides by nearly
constant, and the components are lifted so high above zero that silu changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import (
    WanAttentionBlock,
    WanResample,
    WanResidualBlock,
    patchify,
)

from benchmarks.synthetic.training.architecture import LATENT_SIDE

# Lifted components are component / SHRINK + LIFT; all three are powers of two or small integers, exact in half precision.
SHRINK, LIFT, CONSTANT = 8.0, 12.0, 1024.0
# Log variance of the encoder's distribution: nearly none, since samples of it are never trained on.
LOG_VARIANCE = -12.0
HALF = LATENT_SIDE // 2


def fold_patches(pixels: np.ndarray, patch: int) -> torch.Tensor:
    """uint8 [N, H, W, 3] to patches in [-1, 1] as the autoencoder folds them, [D, M] with D = 3 * patch * patch."""
    stills = torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1
    return patchify(stills, patch).transpose(0, 1).flatten(1)


def find_components(groups: Sequence[np.ndarray], patch: int, count: int) -> tuple[torch.Tensor, ...]:
    """Mean [D], leading principal components [count, D] and their deviations [count] of folded patches.

    `groups` are uint8 [N, H, W, 3] of one size each and weigh the same, however many patches they have.
    """
    mean, covariance = find_statistics(groups, patch)
    components = torch.linalg.eigh(covariance)[1].flip(1)[:, :count].T
    return mean, components, (components @ covariance * components).sum(1).clamp(min=1e-8).sqrt()


def find_statistics(groups: Sequence[np.ndarray], patch: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean [D] and covariance [D, D] of folded patches."""
    folded = [fold_patches(pixels, patch) for pixels in groups]
    mean = torch.stack([each.mean(1) for each in folded]).mean(0)
    centred = [each - mean[:, None] for each in folded]
    return mean, torch.stack([each @ each.T / each.shape[1] for each in centred]).mean(0)


@torch.no_grad()
def start_linear(vae: AutoencoderKLWan, groups: Sequence[np.ndarray]) -> None:
    """Writes the principal components of `groups` (see `find_components`) into the encoder's weights, in place.

    The latents are the components themselves, the largest first.
    """
    mean, components, _ = find_components(groups, LATENT_SIDE, vae.config.z_dim)
    write_map(vae, components, -components @ mean, find_statistics(groups, HALF)[1])


@torch.no_grad()
def write_map(vae: AutoencoderKLWan, matrix: torch.Tensor, bias: torch.Tensor, covariance: torch.Tensor) -> None:
    """Makes the encoder's latents matrix @ patch + bias.

    `matrix` [count, 3 * 16 * 16] is of folded patches; `covariance` of 8x8 ones says which part of the map weighs most
    where 8x8 pixels have to go through fewer numbers than the map asks of them.
    """
    for module in vae.encoder.modules():
        if isinstance(module, WanResidualBlock):
            _silence(module.conv2)
        elif isinstance(module, WanAttentionBlock):
            _silence(module.proj)
    first, second = (module for module in vae.encoder.down_blocks if isinstance(module, WanResample))
    _copy_channels(vae.encoder.conv_in)
    for block in vae.encoder.down_blocks:
        if isinstance(block, WanResidualBlock) and not isinstance(block.conv_shortcut, torch.nn.Identity):
            _copy_channels(block.conv_shortcut)
    numbers, joined = split_map(matrix, covariance, first.dim)
    _gather(first.resample[1], _quarters(numbers))
    _gather(second.resample[1], joined / SHRINK)
    second.resample[1].bias[: len(bias)] = LIFT
    second.resample[1].bias[-1] = CONSTANT
    _read_lifted(vae, bias)


def split_map(matrix: torch.Tensor, covariance: torch.Tensor, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(numbers [width, 3 * 8 * 8] of 8x8 pixels, joined [4, count, width]: the map of the numbers of each quarter)."""
    quarters = _quarters(matrix)
    values, vectors = torch.linalg.eigh(covariance.double())
    root = vectors * values.clamp(min=1e-9).sqrt() @ vectors.T
    left, size, right = torch.linalg.svd(quarters.flatten(0, 1).double() @ root, full_matrices=False)
    numbers = right[:width] @ torch.linalg.inv(root)
    padding = (0, 0, 0, max(0, width - len(numbers)))
    joined = F.pad((left[:, :width] * size[:width]).T, padding).T
    return F.pad(numbers, padding).float(), joined.unflatten(0, (4, -1)).float()


def _quarters(matrix: torch.Tensor) -> torch.Tensor:
    """Maps of folded patches [count, D] to maps of the quarters' folded patches [4, count, D / 4], row by row."""
    side = round((matrix.shape[1] / 3) ** 0.5)
    pixels = matrix.unflatten(1, (3, side, side)).transpose(2, 3)  # folding puts columns before rows
    halves = [slice(0, side // 2), slice(side // 2, side)]
    return torch.stack([pixels[:, :, y, x].transpose(2, 3).flatten(1) for y in halves for x in halves])


def _gather(conv: torch.nn.Conv2d, quarters: torch.Tensor) -> None:
    """A halving convolution that gives quarters[0] @ top left + ... + quarters[3] @ bottom right."""
    _silence(conv)
    _, count, width = quarters.shape
    conv.weight[:count, :width, :2, :2] = quarters.permute(1, 2, 0).unflatten(2, (2, 2))


def _silence(conv: torch.nn.Module) -> None:
    conv.weight.zero_()
    conv.bias.zero_()


def _copy_channels(conv: torch.nn.Module) -> None:
    """Passes the input on in the first channels."""
    _silence(conv)
    middle = conv.weight.shape[-1] // 2
    count = conv.weight.shape[1]
    conv.weight[:count, :, -1, middle, middle] = torch.eye(count)


def _read_lifted(vae: AutoencoderKLWan, bias: torch.Tensor) -> None:
    """Undo the lift, and what the norm and silu did to it.

    The lift is undone by numbers that half precision holds exactly; the small rest, in which its rounding does not
    matter, goes to the 1x1x1 convolution behind.
    """
    count, half = len(bias), vae.encoder
    width = half.conv_out.in_channels
    half.norm_out.gamma.fill_(CONSTANT / width**0.5)
    _silence(half.conv_out)
    half.conv_out.weight[:count, :count, -1, 1, 1] = torch.eye(count) * SHRINK
    half.conv_out.bias[:count] = -LIFT * SHRINK
    half.conv_out.bias[count:] = LOG_VARIANCE
    scale = CONSTANT / (CONSTANT**2 + count * LIFT**2) ** 0.5  # what the norm leaves of everything
    left = SHRINK * (F.silu(torch.tensor(LIFT * scale)) - LIFT)  # and what so is left of the lift
    vae.quant_conv.bias.zero_()
    vae.quant_conv.weight.copy_(torch.eye(2 * count)[:, :, None, None, None])
    vae.quant_conv.weight[:count] /= scale
    vae.quant_conv.bias[:count] = bias - left / scale
