"""The pipeline classes that Circletake can draw with and tune, one small file each (see `protocol.Family`).

A family's own file loads torch and diffusers, and is imported when it is first needed. What the web process asks of a
model's folder (which kinds of take, in which size) is answered here without either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from feedback.errors import Invalid
from generation.families.folder import (
    UsualClip,
    UsualSampling,
    native_side_of_transformer,
    native_side_of_unet,
    pipeline_class_in,
    usual_clip_of_cogvideox,
    usual_clip_of_wan,
    usual_sampling_of_flux_2,
)

if TYPE_CHECKING:
    from generation.families.protocol import Family

Answer = TypeVar("Answer")
STILLS_ONLY, STILLS_AND_CLIPS = ("still",), ("still", "clip")


def unstated(folder: Path) -> None:
    """What a folder does not say."""


def always(answer: Answer) -> Callable[[Path], Answer]:
    """The same whatever the folder says."""
    return lambda folder: answer


@dataclass(frozen=True)
class Registered:
    """Where a family is, and what is known of it before its file is imported."""

    module: str
    name: str  # of the class
    kinds: tuple[str, ...]  # as the class has them
    usual_sampling: Callable[[Path], UsualSampling]  # of the model folder: the pipeline's own defaults
    native_side: Callable[[Path], int | None] = unstated  # likewise, in pixels; None where the folder does not say
    usual_clip: Callable[[Path], UsualClip | None] = (
        unstated  # likewise, where clips, and stills with them, are not square
    )

    def load(self) -> type[Family]:
        return getattr(import_module(self.module), self.name)


def stills(module: str, name: str, *facts: Callable[[Path], Any]) -> Registered:
    return Registered(f"generation.families.stills.{module}", name, STILLS_ONLY, *facts)


def clips(module: str, name: str, sampling: Callable[[Path], UsualSampling], clip: Callable[[Path], Any]) -> Registered:
    return Registered(f"generation.families.clips.{module}", name, STILLS_AND_CLIPS, sampling, usual_clip=clip)


def sampling(steps: int, guidance: float) -> Callable[[Path], UsualSampling]:
    return always(UsualSampling(steps, guidance))


FAMILIES: dict[str, Registered] = {
    "WanPipeline": clips("wan", "Wan", sampling(50, 5.0), usual_clip_of_wan),
    "StableDiffusionPipeline": stills("stable_diffusion", "StableDiffusion", sampling(50, 7.5), native_side_of_unet),
    "StableDiffusionXLPipeline": stills(
        "stable_diffusion_xl", "StableDiffusionXL", sampling(50, 5.0), native_side_of_unet
    ),
    "StableDiffusion3Pipeline": stills(
        "stable_diffusion_3", "StableDiffusion3", sampling(28, 7.0), native_side_of_transformer
    ),
    "FluxPipeline": stills("flux", "Flux", sampling(28, 3.5), always(1024)),
    "Flux2KleinPipeline": stills("flux_2", "Flux2Klein", usual_sampling_of_flux_2, always(1024)),
    "QwenImagePipeline": stills("qwen_image", "QwenImage", sampling(50, 4.0), always(1024)),
    # The pipeline's own scale begins at 0, a brief's at 1.
    "ZImagePipeline": stills("z_image", "ZImage", sampling(50, 6.0), always(1024)),
    # Where a folder does not say, the pipeline's own defaults. LTX is told the frame rate, and draws at any.
    "LTXPipeline": clips("ltx", "LTX", sampling(50, 3.0), always(UsualClip(704, 512, 161))),
    "CogVideoXPipeline": clips("cogvideox", "CogVideoX", sampling(50, 6.0), usual_clip_of_cogvideox),
    "HunyuanVideoPipeline": clips(
        "hunyuan_video", "HunyuanVideo", sampling(50, 6.0), always(UsualClip(1280, 720, 129, 24))
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
