"""What networks are used for while a model is tuned: each takes memory of its own for an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """One way in which a network is used."""

    name: str
    item: str  # what goes through it, one of them
    items: int = 1  # of the network's, in one
    gradient: bool = False  # whether activations are kept, which checkpointing saves
    vae: bool = False  # which can work in tiles
    denoiser: bool = True  # whether the denoisers, which may be sharded, are used


LOSS = Use("loss", "pair", items=2, gradient=True)
REWARD_GRADIENT = Use("reward gradient", "pair", items=2, gradient=True)
GUIDED_EVALUATION = Use("guided evaluation", "pair", items=2, gradient=True)
EVALUATION = Use("evaluation", "pair", items=2)
REFERENCE_ERRORS = Use("reference errors", "pair", items=2)
REWARD_UNDER_NOISE = Use("reward under noise", "take")
HIDDEN_STATES = Use("hidden states", "take")
MEDIA = Use("takes in the VAE", "take", vae=True, denoiser=False)
DRAWING = Use("drawing", "group of take", vae=True)
IMAGES = Use("takes in the image encoder", "take", denoiser=False)
PROMPTS = Use("prompts", "prompt", denoiser=False)


def key_of(use: Use, shape: Sequence[int]) -> str:
    """Such as "loss 16x21x60x104": as checkpoints and metrics have it."""
    return f"{use.name} {size_of(shape)}".strip()


def size_of(shape: Sequence[int]) -> str:
    return "x".join(str(side) for side in shape)
