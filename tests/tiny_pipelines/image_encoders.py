"""Tiny image encoders with random weights, in the folders that a studio would bring."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPVisionConfig,
    CLIPVisionModel,
    ConvNextConfig,
    ConvNextModel,
    Dinov2Config,
    Dinov2Model,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
    DINOv3ViTConfig,
    DINOv3ViTModel,
    ResNetConfig,
    ResNetModel,
    SiglipConfig,
    SiglipModel,
    SiglipVisionConfig,
    SiglipVisionModel,
    SwinConfig,
    SwinModel,
    ViTConfig,
    ViTForImageClassification,
    ViTModel,
)

SIDE, WIDTH = 32, 16
VISION: dict[str, Any] = {
    "hidden_size": WIDTH,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": 8,
}
TEXT = {**VISION, "vocab_size": 60, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
SQUARE = {"height": SIDE, "width": SIDE}
CROPPED = {"size": {"shortest_edge": SIDE}, "crop_size": SQUARE, "do_center_crop": True}
MEAN = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}

# By kind: (the network, the class of its processor, what that says).
KINDS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "clip": (
        lambda: CLIPModel(CLIPConfig(vision_config=VISION, text_config=TEXT, projection_dim=8)),
        "CLIPImageProcessor",
        CROPPED,
    ),
    "clip vision": (lambda: CLIPVisionModel(CLIPVisionConfig(**VISION)), "CLIPImageProcessor", CROPPED),
    "siglip": (
        lambda: SiglipModel(SiglipConfig(vision_config=VISION, text_config=TEXT)),
        "SiglipImageProcessor",
        {"size": SQUARE},
    ),
    "siglip vision": (
        lambda: SiglipVisionModel(SiglipVisionConfig(**VISION)),
        "SiglipImageProcessor",
        {"size": SQUARE},
    ),
    "dinov2": (lambda: Dinov2Model(Dinov2Config(**VISION)), "BitImageProcessor", CROPPED),
    "dinov2 with registers": (
        lambda: Dinov2WithRegistersModel(Dinov2WithRegistersConfig(**VISION)),
        "BitImageProcessor",
        CROPPED,
    ),
    # Its processor is one of torchvision alone.
    "dinov3": (
        lambda: DINOv3ViTModel(DINOv3ViTConfig(**VISION)),
        "DINOv3ViTImageProcessorFast",
        {"size": SQUARE, "resample": 2, **MEAN},
    ),
    "vit": (lambda: ViTModel(ViTConfig(**VISION)), "ViTImageProcessor", {"size": SQUARE}),
    "vit of a classifier": (
        lambda: ViTForImageClassification(ViTConfig(**VISION)),
        "ViTImageProcessor",
        {"size": SQUARE},
    ),
    "swin": (
        lambda: SwinModel(
            SwinConfig(image_size=SIDE, patch_size=2, embed_dim=8, depths=[1, 1], num_heads=[1, 2], window_size=4)
        ),
        "ViTImageProcessor",
        {"size": SQUARE},
    ),
    "convnext": (
        lambda: ConvNextModel(ConvNextConfig(hidden_sizes=[8, WIDTH], depths=[1, 1], num_stages=2)),
        "ConvNextImageProcessor",
        {"size": {"shortest_edge": SIDE}},
    ),
}


def tiny_encoder(folder: Path, kind: str = "dinov2", seed: int = 0) -> Path:
    make, processor, settings = KINDS[kind]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        make().save_pretrained(folder)
    written = {"image_processor_type": processor, **settings}
    (folder / "preprocessor_config.json").write_text(json.dumps(written))
    return folder


UPRIGHT = np.zeros((7, 7))
UPRIGHT[3, :] = UPRIGHT[:, 3] = 1
SLANTED = np.maximum(np.eye(7), np.eye(7)[::-1])


def encoder_of_crosses(folder: Path) -> Path:
    """A network whose weights find crosses of seven pixels: upright ones by its first channel, slanted ones by its second."""
    model = ResNetModel(
        ResNetConfig(
            embedding_size=2, hidden_sizes=[2], depths=[1], layer_type="basic", downsample_in_first_stage=False
        )
    )
    weights = {name: torch.zeros_like(values) for name, values in model.state_dict().items()}
    weights |= {name: torch.ones_like(values) for name, values in weights.items() if name.endswith("running_var")}
    first = "embedder.embedder"
    for channel, cross in enumerate((UPRIGHT, SLANTED)):
        centred = torch.tensor(cross - cross.mean()).float() / 13
        weights[f"{first}.convolution.weight"][channel] = centred / 3
    weights[f"{first}.normalization.weight"][:] = 1
    weights[f"{first}.normalization.bias"][:] = -0.25  # above what noise and the other cross give
    model.load_state_dict(weights)
    model.save_pretrained(folder)
    written = {"size": {"shortest_edge": SIDE}, "do_normalize": False, "crop_pct": 1.0}
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"image_processor_type": "ConvNextImageProcessor", **written})
    )
    return folder


def crosses(upright: float, chance: np.random.Generator, frames: int = 1) -> bytes:
    """A noisy 32x32 still with six crosses, this share of them upright and the others slanted; in any colours."""
    pixels = chance.uniform(60, 120, 3) + 12 * chance.standard_normal((32, 32, 3))
    places = chance.permutation(9)[:6]
    for number, place in enumerate(places):
        y, x = 2 + 10 * (place // 3) + 2 * chance.integers(2), 2 + 10 * (place % 3) + 2 * chance.integers(2)
        cross = UPRIGHT if number < round(6 * upright) else SLANTED
        pixels[y - 1 : y + 6, x - 1 : x + 6] += 110 * cross[..., None]
    sink = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(sink, "PNG")
    return sink.getvalue()
