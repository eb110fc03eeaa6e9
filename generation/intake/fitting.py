"""Pixels of a file made elsewhere, in the size, the length and the rate that its brief asks for.

All takes of a brief have one size, so that the size tells nobody who made a take, and a run can learn from all of them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from feedback.errors import Invalid
from generation.media.decode import decode_still, frame_rate, open_clip, readable
from generation.media.sources import MeasuredFile, fit
from generation.request import Request

MOST_PIXELS = 2**29  # of all frames together, three bytes each
ALIKE = 0.02  # by which the proportions may differ before a part of the picture would be lost that somebody misses


@dataclass(frozen=True)
class Shape:
    """Of a file made elsewhere."""

    kind: str  # still or clip
    width: int  # pixels
    height: int
    frames: int
    fps: Fraction | None  # of a clip


def shape_of(file: MeasuredFile, name: str) -> Shape:
    """Invalid for a clip that was cut off, which can be read up to there."""
    if file.ext != "mp4":
        return Shape("still", file.width, file.height, 1, None)
    if file.frames < 2:
        raise Invalid(f"{name} is a clip of one frame: save it as a picture")
    with readable(name):
        refuse_cut_off(file.data)
        return Shape("clip", file.width, file.height, file.frames, frame_rate(file.data))


def refuse_cut_off(data: bytes) -> None:
    """ValueError when a clip holds less than its header promises."""
    with open_clip(io.BytesIO(data)) as opened:
        stream = opened.streams.video[0]
        packets = sum(bool(packet.size) for packet in opened.demux(stream))
        if packets < stream.frames:
            raise ValueError(f"it has {packets} of its {stream.frames} frames: it was cut off")


def check_fits(shape: Shape, brief: Request, name: str, cut: bool) -> None:
    """Invalid, with what can be done, for a file that is not what the brief asks for."""
    own = "or --shot, which makes a brief of its own size"
    if shape.kind != brief.kind:
        raise Invalid(f"{name} is a {shape.kind} and the brief asks for a {brief.kind}: name another brief")
    ratio = (shape.width * brief.height) / (shape.height * brief.width)
    if not cut and not 1 - ALIKE <= ratio <= 1 + ALIKE:
        sizes = f"{shape.width}x{shape.height} and the brief asks for {brief.width}x{brief.height}"
        raise Invalid(f"{name} is {sizes}: give --cut, which takes the middle, {own}")
    if brief.width * brief.height * brief.frames > MOST_PIXELS:
        raise Invalid(
            f"{name} has more pixels than can be taken, {brief.width}x{brief.height}, {brief.frames} frames: shorten it"
        )
    if shape.fps is not None and last_frame(shape.fps, brief) >= shape.frames:
        have = f"{shape.frames} frames at {float(shape.fps):.6g} frames a second"
        raise Invalid(
            f"{name} has {have}, too few for {brief.frames} at {float(brief.fps):.6g}: give a longer clip, {own}"
        )


def last_frame(fps: Fraction, brief: Request) -> int:
    return int((brief.frames - 1) * fps / brief.fps)


def fitted(file: MeasuredFile, shape: Shape, brief: Request, name: str) -> np.ndarray:
    """uint8 [F, H, W, 3] as the brief asks for; of a clip the frames that a screen would show at those times."""
    size = brief.width, brief.height
    with readable(name):
        if shape.fps is None:
            return scaled(decode_still(io.BytesIO(file.data))[0], size)[None]
        needed = [int(number * shape.fps / brief.fps) for number in range(brief.frames)]
        return np.stack(frames_at(file.data, needed, size))


def frames_at(data: bytes, needed: list[int], size: tuple[int, int]) -> list[np.ndarray]:
    """The frames of these numbers, which rise; each is scaled once."""
    frames: list[np.ndarray] = []
    with open_clip(io.BytesIO(data)) as opened:
        for number, frame in enumerate(opened.decode(video=0)):
            times = needed.count(number)
            if times:
                frames += [scaled(frame.to_ndarray(format="rgb24"), size)] * times
            if len(frames) == len(needed):
                return frames
    raise ValueError(f"it has {len(frames)} of the {len(needed)} frames that are needed: it was cut off")


def scaled(frame: Any, size: tuple[int, int]) -> np.ndarray:
    return fit(Image.fromarray(frame), size, Image.Resampling.LANCZOS)
