"""The pipeline classes that Circletake can draw with and tune, one small file each (see `protocol.Family`).

A family's own file loads torch and diffusers, and is imported when it is first needed. What the web process asks of a
model's folder (which kinds of take, in which size) is answered here without either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.errors import Invalid
from generation.families.folder import (
    UsualClip,
    native_side_of_transformer,
    native_side_of_unet,
    pipeline_class_in,
    usual_clip_of_cogvideox,
    usual_clip_of_wan,
)

if TYPE_CHECKING:
    from generation.families.protocol import Family

STILLS_ONLY, STILLS_AND_CLIPS = ("still",), ("still", "clip")


def unstated(folder: Path) -> None:
    """What a folder does not say."""


@dataclass(frozen=True)
class Registered:
    """Where a family is, and what is known of it before its file is imported."""

    module: str
    name: str  # of the class
    kinds: tuple[str, ...]  # as the class has them
    native_side: Callable[[Path], int | None]  # of the model folder, in pixels; None where the folder does not say
    usual_clip: Callable[[Path], UsualClip | None] = (
        unstated  # likewise, where clips, and stills with them, are not square
    )

    def load(self) -> type[Family]:
        return getattr(import_module(self.module), self.name)


FAMILIES: dict[str, Registered] = {
    "WanPipeline": Registered("generation.families.clips.wan", "Wan", STILLS_AND_CLIPS, unstated, usual_clip_of_wan),
    "StableDiffusionPipeline": Registered(
        "generation.families.stills.stable_diffusion", "StableDiffusion", STILLS_ONLY, native_side_of_unet
    ),
    "StableDiffusionXLPipeline": Registered(
        "generation.families.stills.stable_diffusion_xl", "StableDiffusionXL", STILLS_ONLY, native_side_of_unet
    ),
    "StableDiffusion3Pipeline": Registered(
        "generation.families.stills.stable_diffusion_3", "StableDiffusion3", STILLS_ONLY, native_side_of_transformer
    ),
    "FluxPipeline": Registered("generation.families.stills.flux", "Flux", STILLS_ONLY, lambda folder: 1024),
    "Flux2KleinPipeline": Registered(
        "generation.families.stills.flux_2", "Flux2Klein", STILLS_ONLY, lambda folder: 1024
    ),
    "QwenImagePipeline": Registered(
        "generation.families.stills.qwen_image", "QwenImage", STILLS_ONLY, lambda folder: 1024
    ),
    "ZImagePipeline": Registered("generation.families.stills.z_image", "ZImage", STILLS_ONLY, lambda folder: 1024),
    # Where a folder does not say, the pipeline's own defaults. LTX is told the frame rate, and draws at any.
    "LTXPipeline": Registered(
        "generation.families.clips.ltx", "LTX", STILLS_AND_CLIPS, unstated, lambda folder: UsualClip(704, 512, 161)
    ),
    "CogVideoXPipeline": Registered(
        "generation.families.clips.cogvideox", "CogVideoX", STILLS_AND_CLIPS, unstated, usual_clip_of_cogvideox
    ),
    "HunyuanVideoPipeline": Registered(
        "generation.families.clips.hunyuan_video",
        "HunyuanVideo",
        STILLS_AND_CLIPS,
        unstated,
        lambda folder: UsualClip(1280, 720, 129, 24),
    ),
}
"""By the name of the pipeline class, as `model_index.json` gives it."""


def registered(class_name: str) -> Registered:
    """The entry of a pipeline class; Invalid when there is none."""
    if class_name not in FAMILIES:
        known = ", ".join(sorted(FAMILIES))
        raise Invalid(f"pipeline class {class_name!r} is not one this studio can draw with: use one of {known}")
    return FAMILIES[class_name]


def registered_in(folder: Path) -> Registered:
    """The entry of the pipeline in a model folder; Invalid when the folder is broken or there is none."""
    return registered(pipeline_class_in(folder))


def family_named(class_name: str) -> type[Family]:
    """The family whose pipeline class has this name; Invalid when there is none."""
    return registered(class_name).load()


def family_of(pipe: Any) -> Family:
    """The family of a loaded diffusers pipeline, as its checkpoint has it; Invalid when there is none."""
    return family_named(type(pipe).__name__).of(pipe)
