"""The pictures of a clip, frame by frame, as they stand in the cut."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from feedback.errors import Refused
from feedback.exchange.edit.cut import Clip
from feedback.exchange.media.frames import open_clip

BT709 = 1  # FFmpeg's number for the matrix of colours


def pictures_of(clip: Clip, rate: Fraction | None = None) -> Iterator[np.ndarray]:
    """uint8 [H, W, 3] from the clip's first frame to its last. A still is repeated; a missing one is grey.

    `rate`: of the cut: there are as many as the clip lasts there, and at another rate than the clip's they are repeated or
    left out. Refused, naming the take, when the file cannot be read.
    """
    count = clip.count if rate is None else clip.length
    if clip.location is None or clip.is_held:
        picture = grey(clip) if clip.location is None else read_still(clip)
        yield from (picture for _ in range(count))
        return
    if rate is None or rate == clip.rate:
        yield from read_frames(clip)
        return
    yield from retimed(clip, count, rate)


def grey(clip: Clip) -> np.ndarray:
    return np.full((clip.select["height"], clip.select["width"], 3), 46, np.uint8)


def read_still(clip: Clip) -> np.ndarray:
    try:
        with Image.open(clip.select["path"]) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise unreadable(clip, error) from error


def read_frames(clip: Clip) -> Iterator[np.ndarray]:
    """Those from the first to the last; Refused when the file has fewer."""
    number = -1
    try:
        with open_clip(Path(clip.select["path"])) as file:
            for number, frame in enumerate(file.decode(video=0)):
                if number > clip.last:
                    return
                if number >= clip.first:
                    yield frame.to_ndarray(format="rgb24", src_colorspace=BT709)
    except (OSError, av.FFmpegError) as error:
        raise unreadable(clip, error) from error
    if number < clip.last:
        raise unreadable(clip, f"it has {number + 1} frames, and frame {clip.last} is to be shown")


def retimed(clip: Clip, count: int, rate: Fraction) -> Iterator[np.ndarray]:
    """`count` frames at `rate`, each the one that is seen at its time."""
    shown = [min(clip.count - 1, int(number * clip.rate / rate)) for number in range(count)]
    place = 0
    for number, picture in enumerate(read_frames(clip)):
        while place < count and shown[place] == number:
            yield picture
            place += 1


def unreadable(clip: Clip, why: object) -> Refused:
    return Refused(f"the media of take {clip.select['take']} cannot be read ({why}): run circletake doctor")
