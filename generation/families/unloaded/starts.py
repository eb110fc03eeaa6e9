"""What a model can start from, besides noise: as `families.*.refuse_source` decides in a worker."""

from __future__ import annotations

from pathlib import Path

from generation.families.folder import parts_left_out, pipeline_class_in, read_json
from generation.request import STARTS, Start

STILLS: tuple[Start, ...] = ("image_to_image", "inpaint")
CLIPS: tuple[Start, ...] = tuple(STARTS)
STARTS_OF: dict[str, tuple[Start, ...]] = {
    "WanPipeline": CLIPS,
    "StableDiffusionPipeline": STILLS,
    "StableDiffusionXLPipeline": STILLS,
    "StableDiffusion3Pipeline": STILLS,
    "FluxPipeline": STILLS,
    "Flux2KleinPipeline": STILLS,
    "QwenImagePipeline": STILLS,
    "ZImagePipeline": STILLS,
    "LTXPipeline": CLIPS,
    "CogVideoXPipeline": CLIPS,
    "HunyuanVideoPipeline": CLIPS,
}
"""By the name of the pipeline class; what diffusers has no class for starts from noised latents."""


def starts_of(folder: Path) -> tuple[Start, ...]:
    """Of the model in this folder."""
    return STARTS_OF.get(pipeline_class_in(folder), ())


def has_part(folder: Path, part: str) -> bool:
    return part not in parts_left_out(folder) and part in read_json(folder / "model_index.json")


def has_second_denoiser(folder: Path) -> bool:
    """For low noise, with a guidance of its own."""
    return has_part(folder, "transformer_2")
