"""What a brief asks of a model: prompt, size and settings, without the shot that it is for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np

BriefRow = Mapping[str, Any]  # of the table `briefs`, or any mapping with its columns
BRIEF_FIELDS = (
    "id",
    "prompt",
    "negative_prompt",
    "kind",
    "width",
    "height",
    "frames",
    "fps_num",
    "fps_den",
    "steps",
    "guidance",
    "guidance_2",
    "source_media",
    "mask_media",
    "strength",
)
"""Those that a take's provenance has."""


class Size(NamedTuple):
    """Of a take."""

    width: int  # pixels
    height: int  # pixels
    frames: int  # 1 for a still


@dataclass(frozen=True, eq=False)
class Source:
    """What a take starts from, in the size that the brief asks for."""

    frames: np.ndarray  # uint8 [F, H, W, 3]
    mask: np.ndarray | None = (
        None  # float [H, W], of all frames: 0 is kept, above 0 drawn; the share that is seen of it
    )


Start = Literal["image_to_image", "inpaint", "video_to_video", "inpaint_clip", "first_frame"]
STARTS: Mapping[Start, str] = {
    "image_to_image": "a still",
    "inpaint": "a still with a mask",
    "video_to_video": "a clip",
    "inpaint_clip": "a clip with a mask",
    "first_frame": "a still as a clip's first frame",
}
"""In words."""


def refuse_among(start: Start, able: Collection[Start]) -> str | None:
    """Why a model that can start from these alone cannot start from this, or None."""
    if start in able:
        return None
    if not able:
        return "this model draws from text alone: remove the brief's source media and mask"
    return f"this model cannot start from {STARTS[start]}, only from {' or '.join(STARTS[each] for each in able)}"


@dataclass(frozen=True)
class Request:
    """One brief as sampling reads it; the fields are those of the table `briefs`."""

    prompt: str
    negative_prompt: str
    kind: str  # still or clip
    width: int  # pixels
    height: int  # pixels
    frames: int  # 1 for a still
    steps: int  # of the sampler
    guidance: float  # scale of classifier-free guidance; 1 is none
    fps: Fraction
    guidance_2: float | None = None  # of a second denoiser, for low noise; None is the same as guidance
    source_media: str | None = None  # sha256 of a plate to start from
    mask_media: str | None = None
    strength: float | None = None  # of the noise that the source gets, 0 to 1; None without one and for a first frame
    read_source: Callable[[], Source] | None = field(default=None, compare=False, repr=False)
    """Gives the pixels of source and mask, which the hashes name; whoever has the studio, or its files, sets it."""

    @property
    def size(self) -> Size:
        return Size(self.width, self.height, self.frames)

    @property
    def start(self) -> Start | None:
        """What the source is for, or None where prompts are all there is."""
        if self.source_media is None:
            return None
        if self.mask_media is not None:
            return "inpaint" if self.kind == "still" else "inpaint_clip"
        if self.kind == "still":
            return "image_to_image"
        return "first_frame" if self.strength is None else "video_to_video"


def request_of(brief: BriefRow | Request) -> Request:
    """A row as a request; a request as it is."""
    if isinstance(brief, Request):
        return brief
    return Request(
        prompt=brief["prompt"] or "",
        negative_prompt=brief["negative_prompt"] or "",
        kind=brief["kind"],
        width=brief["width"],
        height=brief["height"],
        frames=brief["frames"],
        steps=brief["steps"],
        guidance=brief["guidance"],
        fps=Fraction(brief.get("fps_num", 24), brief.get("fps_den", 1)),
        guidance_2=brief.get("guidance_2"),
        source_media=brief.get("source_media"),
        mask_media=brief.get("mask_media"),
        strength=brief.get("strength"),
        read_source=brief.get("read_source"),
    )
