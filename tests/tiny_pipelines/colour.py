"""Random video VAEs whose latents tell colours apart, so that a reward model can learn a taste for red."""

from __future__ import annotations

from typing import TypeVar

import torch

VAE = TypeVar("VAE", bound=torch.nn.Module)


def colour_sighted(vae: VAE) -> VAE:
    """Quietens what the encoder's residual blocks add: group norms take the level of the colours out of that."""
    with torch.no_grad():
        for name, weights in vae.get_submodule("encoder").named_parameters():
            if "conv2" in name or "to_out" in name:
                weights.mul_(0.1)
    return vae.eval()
