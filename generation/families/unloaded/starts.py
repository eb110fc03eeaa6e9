"""What a model can start from, besides noise: as `families.*.refuse_source` decides in a worker."""

from __future__ import annotations

from pathlib import Path

from generation.families.folder import parts_left_out, pipeline_class_in, read_json
from generation.request import Start

STILL_AND_MASK: tuple[Start, ...] = ("image_to_image", "inpaint")
STILL_AND_CLIP: tuple[Start, ...] = ("image_to_image", "video_to_video")
STARTS: dict[str, tuple[Start, ...]] = {
    "WanPipeline": STILL_AND_CLIP,
    "StableDiffusionPipeline": STILL_AND_MASK,
    "StableDiffusionXLPipeline": STILL_AND_MASK,
    "StableDiffusion3Pipeline": STILL_AND_MASK,
    "FluxPipeline": STILL_AND_MASK,
    "Flux2KleinPipeline": ("inpaint",),
    "QwenImagePipeline": STILL_AND_MASK,
    "ZImagePipeline": STILL_AND_MASK,
    "LTXPipeline": ("first_frame",),
    "CogVideoXPipeline": STILL_AND_CLIP,
    "HunyuanVideoPipeline": (),
}
"""By the name of the pipeline class, as each family's `siblings` has it."""
MASKED_CHANNELS = {"StableDiffusionPipeline": 4, "StableDiffusionXLPipeline": 4, "StableDiffusion3Pipeline": 16}
"""How deep latents have to be for a mask, as each family's `inpainted_channels` has it."""


def starts_of(folder: Path) -> tuple[Start, ...]:
    """Of the model in this folder; nothing where its checkpoint stands in the way."""
    name = pipeline_class_in(folder)
    starts = STARTS.get(name, ())
    if name in MASKED_CHANNELS and channels_of(folder) != MASKED_CHANNELS[name]:
        starts = tuple(start for start in starts if start != "inpaint")
    has_two_denoisers = name == "WanPipeline" and has_second_denoiser(folder)
    is_patched_in_time = name == "CogVideoXPipeline" and patches_frames(folder)
    return () if has_two_denoisers or is_patched_in_time else starts


def channels_of(folder: Path) -> int:
    part = "unet" if (folder / "unet").is_dir() else "transformer"
    return int(read_json(folder / part / "config.json").get("in_channels", 0))


def has_part(folder: Path, part: str) -> bool:
    return part not in parts_left_out(folder) and part in read_json(folder / "model_index.json")


def has_second_denoiser(folder: Path) -> bool:
    """For low noise, with a guidance of its own."""
    return has_part(folder, "transformer_2")


def patches_frames(folder: Path) -> bool:
    """Whether it is CogVideoX 1.5, whose pipeline does not fill up the frames that its patches lack."""
    return (read_json(folder / "transformer" / "config.json").get("patch_size_t") or 1) > 1
