"""Starts the autoencoder as the best linear one, so that training only has to improve on it.

The principal components of 16x16 patches are written into the network's own weights. What makes its non-linear parts
transparent: a large constant channel keeps the length that the RMS norm divides by nearly constant, and a component
passes silu either carried once with each sign, since silu(a) - silu(-a) = a, or lifted so high above zero that silu
changes nothing. The decoder has room for the first, which leaves its components around zero, where training can use
them. The encoder, which is never trained, is too narrow for that and lifts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import WanAttentionBlock, WanResidualBlock, patchify

# Lifted components are component / SHRINK + LIFT; all three are powers of two or small integers, exact in half precision.
SHRINK, LIFT, ENCODER_CONSTANT = 8.0, 12.0, 1024.0
# Against signed components of unit deviation, of which the busiest patches carry some hundreds of squares.
DECODER_CONSTANT = 256.0
# Log variance of the encoder's distribution: nearly none, since samples of it are never trained on.
LOG_VARIANCE = -12.0


def fold_patches(pixels: np.ndarray, patch: int) -> torch.Tensor:
    """uint8 [N, H, W, 3] to patches in [-1, 1] as the autoencoder folds them, [D, M] with D = 3 * patch * patch."""
    stills = torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1
    return patchify(stills, patch).transpose(0, 1).flatten(1)


def find_components(groups: Sequence[np.ndarray], patch: int, count: int) -> tuple[torch.Tensor, ...]:
    """Mean [D], leading principal components [count, D] and their deviations [count] of folded patches.

    `groups` are uint8 [N, H, W, 3] of one size each and weigh the same, however many patches they have.
    """
    folded = [fold_patches(pixels, patch) for pixels in groups]
    mean = torch.stack([each.mean(1) for each in folded]).mean(0)
    covariance = torch.stack(
        [(each - mean[:, None]) @ (each - mean[:, None]).T / each.shape[1] for each in folded]
    ).mean(0)
    components = torch.linalg.eigh(covariance)[1].flip(1)[:, :count].T
    return mean, components, (components @ covariance * components).sum(1).clamp(min=1e-8).sqrt()


@torch.no_grad()
def start_linear(vae: AutoencoderKLWan, groups: Sequence[np.ndarray]) -> None:
    """Write the principal components of `groups` (see `find_components`) into the autoencoder's weights, in place.

    The latents are the components themselves, the largest first.
    """
    mean, components, deviation = find_components(groups, vae.config.patch_size, vae.config.z_dim)
    for module in vae.modules():
        if isinstance(module, WanResidualBlock):
            _silence(module.conv2)
        elif isinstance(module, WanAttentionBlock):
            _silence(module.proj)
    _write_lifted(vae.encoder, components)
    _read_lifted(vae, -components @ mean)
    _write_signed(vae.decoder, 1 / deviation)
    _read_signed(vae.decoder, components.T * deviation, mean)
    _pass_through(vae.post_quant_conv)


def _silence(conv: torch.nn.Module) -> None:
    conv.weight.zero_()
    conv.bias.zero_()


def _pass_through(conv: torch.nn.Module) -> None:
    conv.bias.zero_()
    conv.weight.copy_(torch.eye(conv.weight.shape[0])[:, :, None, None, None])


def _write_lifted(encoder: torch.nn.Module, components: torch.Tensor) -> None:
    count, conv = len(components), encoder.conv_in
    if count >= conv.out_channels:
        raise ValueError(f"an encoder {conv.out_channels} wide cannot carry {count} components and a constant")
    _silence(conv)
    conv.weight[:count, :, -1, 1, 1] = components / SHRINK
    conv.bias[:count] = LIFT
    conv.bias[-1] = ENCODER_CONSTANT


def _read_lifted(vae: AutoencoderKLWan, bias: torch.Tensor) -> None:
    """Undo the lift, and what the norm and silu did to it.

    The lift is undone by numbers that half precision holds exactly; the small rest, in which its rounding does not
    matter, goes to the 1x1x1 convolution behind.
    """
    count, half = len(bias), vae.encoder
    width = half.conv_out.in_channels
    half.norm_out.gamma.fill_(ENCODER_CONSTANT / width**0.5)
    _silence(half.conv_out)
    half.conv_out.weight[:count, :count, -1, 1, 1] = torch.eye(count) * SHRINK
    half.conv_out.bias[:count] = -LIFT * SHRINK
    half.conv_out.bias[count:] = LOG_VARIANCE
    scale = ENCODER_CONSTANT / (ENCODER_CONSTANT**2 + count * LIFT**2) ** 0.5  # what the norm leaves of everything
    left = SHRINK * (F.silu(torch.tensor(LIFT * scale)) - LIFT)  # and what so is left of the lift
    _pass_through(vae.quant_conv)
    vae.quant_conv.weight[:count] /= scale
    vae.quant_conv.bias[:count] = bias - left / scale


def _write_signed(decoder: torch.nn.Module, scale: torch.Tensor) -> None:
    """Carry scale * latents once with each sign and a constant in the last channel, and open the residual blocks to them.

    Beside the constant the components are small: the norms in front of the residual branches would show them nothing
    else. Their gains are set so that the branches see the components at unit deviation and the constant not at all.
    """
    count, conv = len(scale), decoder.conv_in
    if 2 * count >= conv.out_channels:
        raise ValueError(f"a decoder {conv.out_channels} wide cannot carry {count} components twice and a constant")
    _silence(conv)
    conv.weight[:count, :, -1, 1, 1] = torch.diag(scale)
    conv.weight[count : 2 * count, :, -1, 1, 1] = -torch.diag(scale)
    conv.bias[-1] = DECODER_CONSTANT
    for module in decoder.modules():
        if isinstance(module, WanResidualBlock):
            _see_components(module.norm1)
        elif isinstance(module, WanAttentionBlock):
            _see_components(module.norm)


def _see_components(norm: torch.nn.Module) -> None:
    norm.gamma.fill_(DECODER_CONSTANT / norm.gamma.shape[0] ** 0.5)
    norm.gamma[-1] = 0


def _read_signed(decoder: torch.nn.Module, matrix: torch.Tensor, bias: torch.Tensor) -> None:
    """Make norm, activation and last convolution give matrix @ the carried components + bias."""
    count = matrix.shape[1]
    _see_components(decoder.norm_out)
    _silence(decoder.conv_out)
    decoder.conv_out.weight[:, :count, -1, 1, 1] = matrix
    decoder.conv_out.weight[:, count : 2 * count, -1, 1, 1] = -matrix
    decoder.conv_out.bias.copy_(bias)
