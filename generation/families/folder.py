"""What a `save_pretrained` folder says of its pipeline in its JSON files, read without torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedback.errors import Invalid

LIBRARIES = ("diffusers", "transformers", "stable_diffusion")
"""That a part of a pipeline may come from; the last is a folder of diffusers' own, with the safety checker."""


@dataclass(frozen=True)
class UsualClip:
    """What a model's clips are made as; its stills are one frame of that."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    frames: int
    fps: int | None = None
    """Frames per second that its motion is drawn for; None where the model is told those of the brief."""


@dataclass(frozen=True)
class UsualSampling:
    """What a brief has that says nothing of it."""

    steps: int
    guidance: float


def read_json(path: Path) -> dict[str, Any]:
    """Invalid, naming the file, when it is missing or is no JSON object."""
    try:
        content = json.loads(path.read_text())
        if not isinstance(content, dict):
            raise ValueError(f"{type(content).__name__} in place of an object")
        return content
    except (OSError, ValueError) as error:
        raise Invalid(f"model file {path} is broken: {' '.join(str(error).split())[:200]}") from error


def pipeline_class_in(folder: Path) -> str:
    """The pipeline's class name from model_index.json; Invalid when it cannot be read."""
    path = folder / "model_index.json"
    name = read_json(path).get("_class_name")
    if not isinstance(name, str):
        raise Invalid(f"model file {path} is broken: it has no _class_name")
    return name


def parts_left_out(folder: Path) -> dict[str, None]:
    """Components that model_index.json says are not there; from_pretrained has to be told of some of them."""
    return {name: None for name, value in read_json(folder / "model_index.json").items() if value == [None, None]}


def native_side_of_unet(folder: Path) -> int | None:
    """Pixels a side that a UNet over a VAE's latents was trained on, the longer one; None where its config has none."""
    return native_side(folder, "unet")


def native_side_of_transformer(folder: Path) -> int | None:
    """The same of a transformer whose config has a size."""
    return native_side(folder, "transformer")


def native_side(folder: Path, denoiser: str) -> int | None:
    sample_size = read_json(folder / denoiser / "config.json").get("sample_size")
    levels = read_json(folder / "vae" / "config.json").get("block_out_channels", [0] * 4)
    sides = sample_size if isinstance(sample_size, list) else [sample_size]
    if not all(isinstance(side, int) for side in sides):
        return None
    return max(sides) * 2 ** (len(levels) - 1)


def usual_sampling_of_flux_2(folder: Path) -> UsualSampling:
    """A distilled model needs few steps and takes no guidance, as its card says; the others the pipeline's defaults."""
    is_distilled = read_json(folder / "model_index.json").get("is_distilled", False)
    return UsualSampling(4, 1.0) if is_distilled else UsualSampling(50, 4.0)


def usual_clip_of_cogvideox(folder: Path) -> UsualClip:
    """1.0 states its size; 1.5 states the largest that its positions reach, and its model card what it was made for."""
    transformer = read_json(folder / "transformer" / "config.json")
    if transformer.get("patch_size_t") is not None:
        return UsualClip(1360, 768, 81, 16)
    levels = read_json(folder / "vae" / "config.json").get("block_out_channels", [0] * 4)
    wide, tall = transformer.get("sample_width", 90), transformer.get("sample_height", 60)
    space = 2 ** (len(levels) - 1)
    return UsualClip(wide * space, tall * space, transformer.get("sample_frames", 49), 8)


def usual_clip_of_wan(folder: Path) -> UsualClip:
    """2.2 TI2V, whose tokens have noise levels of their own, is for 720p; the others for 480p, the pipeline's default."""
    is_ti2v = read_json(folder / "model_index.json").get("expand_timesteps", False)
    return UsualClip(1280, 704, 121, 24) if is_ti2v else UsualClip(832, 480, 81, 16)
