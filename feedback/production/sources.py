"""What a brief may start from: a still or a clip of the studio's media, with a mask for a part of the picture."""

from __future__ import annotations

import math
from typing import TypedDict

from feedback.errors import Invalid
from feedback.fields import check_number
from feedback.store import Studio
from feedback.store.media import MediaFile, describe

DEFAULT_STRENGTH = 0.6
"""What most of diffusers' image-to-image pipelines take; the others take 0.3 or 0.8."""


class Picture(TypedDict):
    """What matters of a file that a brief starts from."""

    width: int  # pixels
    height: int
    frames: int  # 1 for a still


def check_source(
    studio: Studio,
    source: str | None,
    mask: str | None,
    strength: float | None,
    *,
    kind: str,
    frames: int,
    steps: int,
) -> float | None:
    """The strength of a brief that starts from `source` and draws inside `mask` alone (sha256s), or None.

    A still as the source of a clip is its first frame, which is kept: there is no strength. NotFound: unknown media.
    Invalid: what does not go together.
    """
    if source is None:
        if mask is not None:
            raise Invalid("a mask needs a source, whose other parts are kept: give a source too")
        if strength is not None:
            raise Invalid("strength is for a brief with a source: give a source, or leave strength out")
        return None
    file = picture_of(describe(studio, source))
    return check_pictures(
        file,
        None if mask is None else picture_of(describe(studio, mask)),
        strength,
        kind=kind,
        frames=frames,
        steps=steps,
    )


def picture_of(file: MediaFile) -> Picture:
    return {"width": file["width"], "height": file["height"], "frames": file["frames"]}


def check_pictures(
    file: Picture, mask: Picture | None, strength: float | None, *, kind: str, frames: int, steps: int
) -> float | None:
    """The same of files that the studio need not have yet."""
    check_kind(file, kind, frames)
    if mask is not None:
        check_mask(file, mask, kind)
    if kind == "clip" and file["frames"] == 1:
        if strength is not None:
            raise Invalid("a still is the first frame of the clip that starts from it, as it is: leave strength out")
        return None
    strength = check_number("strength", DEFAULT_STRENGTH if strength is None else strength, 0, 1)
    check_strength(strength, steps)
    return strength


def check_kind(source: Picture, kind: str, frames: int) -> None:
    if kind == "still" and source["frames"] > 1:
        raise Invalid(f"the source is a clip of {source['frames']} frames and the brief asks for a still: give a still")
    if 1 < source["frames"] < frames:
        raise Invalid(f"the source has {source['frames']} frames and the brief asks for {frames}: give a longer clip")


def check_mask(source: Picture, mask: Picture, kind: str) -> None:
    if kind == "clip" and source["frames"] == 1:
        raise Invalid("a still is the first frame of the clip that starts from it: give a clip, or leave the mask out")
    if mask["frames"] > 1:
        raise Invalid(f"the mask is a clip of {mask['frames']} frames: give a still")
    sizes = [f"{file['width']}x{file['height']}" for file in (mask, source)]
    if sizes[0] != sizes[1]:
        raise Invalid(f"the mask has {sizes[0]} pixels and the source {sizes[1]}: give a mask of {sizes[1]}")


def fewest_steps(strength: float) -> int:
    """Of which a sampler takes one at this strength."""
    steps = math.ceil(1 / strength)
    return steps if steps * strength >= 1 else steps + 1


def check_strength(strength: float, steps: int) -> None:
    """Invalid where no step of the sampler would be left."""
    if steps * strength < 1:
        least = math.ceil(1000 / steps) / 1000
        raise Invalid(f"strength {strength:g} leaves none of {steps} steps: give {least:g} or more, or more steps")
