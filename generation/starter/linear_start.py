"""Starts the autoencoder as the best linear one, so that training only has to improve on it.

The principal components of 8x8 patches are written into the network's own weights. Two facts make its non-linear
parts transparent: silu(a) - silu(-a) = a, so a component carried once with each sign passes the activation unchanged;
and a large constant channel keeps the length that the RMS norm divides by nearly constant.
"""

from __future__ import annotations

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import WanAttentionBlock, WanResidualBlock, patchify

# Against components of the order of 1; larger is more linear, but costs half precision digits.
CONSTANT = 64.0
# Log variance of the encoder's distribution: nearly none, since samples of it are never trained on.
LOG_VARIANCE = -12.0


def find_components(pixels: np.ndarray, patch: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean [D] and leading principal components [count, D] of folded patches, D = 3 * patch * patch.

    `pixels` uint8[N, H, W, 3].
    """
    stills = torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1
    folded = patchify(stills, patch).transpose(0, 1).flatten(1)
    mean = folded.mean(1)
    _, vectors = torch.linalg.eigh(torch.cov(folded))
    return mean, vectors.flip(1)[:, :count].T.contiguous()


@torch.no_grad()
def start_linear(vae: AutoencoderKLWan, pixels: np.ndarray) -> None:
    """Write the principal components of `pixels` into the autoencoder's weights, in place."""
    z = vae.config.z_dim
    mean, components = find_components(pixels, vae.config.patch_size, z)
    for module in vae.modules():
        if isinstance(module, WanResidualBlock):
            _silence(module.conv2)
        elif isinstance(module, WanAttentionBlock):
            _silence(module.proj)
    _write_signed(vae.encoder.conv_in, components, -components @ mean)
    _read_signed(vae.encoder, torch.cat([torch.eye(z), torch.zeros(z, z)]))
    vae.encoder.conv_out.bias[z:] = LOG_VARIANCE
    _write_signed(vae.decoder.conv_in, torch.eye(z), torch.zeros(z))
    _read_signed(vae.decoder, components.T)
    vae.decoder.conv_out.bias.copy_(mean)
    for conv in (vae.quant_conv, vae.post_quant_conv):
        conv.bias.zero_()
        conv.weight.copy_(torch.eye(conv.weight.shape[0])[:, :, None, None, None])


def _silence(conv: torch.nn.Module) -> None:
    conv.weight.zero_()
    conv.bias.zero_()


def _write_signed(conv: torch.nn.Module, matrix: torch.Tensor, bias: torch.Tensor) -> None:
    """Make a 3x3x3 convolution carry matrix @ x + bias, once with each sign, and a constant in its last channel."""
    count = len(matrix)
    conv.weight[: 2 * count].zero_()
    conv.weight[-1].zero_()
    for sign, first in ((1, 0), (-1, count)):
        conv.weight[first : first + count, :, -1, 1, 1] = sign * matrix
        conv.bias[first : first + count] = sign * bias
    conv.bias[-1] = CONSTANT


def _read_signed(half: torch.nn.Module, matrix: torch.Tensor) -> None:
    """Make norm, activation and last convolution of encoder or decoder give matrix @ the carried components."""
    count, width = matrix.shape[1], half.conv_out.in_channels
    half.norm_out.gamma.fill_(CONSTANT / width**0.5)
    half.conv_out.weight.zero_()
    half.conv_out.bias.zero_()
    half.conv_out.weight[:, :count, -1, 1, 1] = matrix
    half.conv_out.weight[:, count : 2 * count, -1, 1, 1] = -matrix
