"""The picture of a cell: the in frame of a select, as JPEG of the size it is printed in."""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from PIL import Image, ImageOps

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.edit.cut import Clip
from feedback.exchange.media.frames import decode_frame
from feedback.store.media import check_whole

WORKERS = min(4, os.cpu_count() or 1)
AHEAD = 24  # pictures that are made before they are needed: two pages
# No colour is halved: colour is what is judged.
JPEG = {"quality": 90, "subsampling": 0}
NEAR = 0.8  # what is hardly shrunk only gets softer
SIXTEEN_BITS = "I;16"  # grey, of which Pillow would cut off what is beyond 8 bits
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Invalid, NotFound)
"""Of a file that was cut off, Pillow raises the second and third."""


def pictures_of(clips: Iterable[Clip], box: tuple[int, int]) -> Iterator[tuple[Clip, bytes | None]]:
    """Each clip with its picture, about as large as fits into `box` (pixels); None where the media are missing.

    Decoding gives other threads their turn, so a few are made at once, and never more than are soon needed.
    """
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        waiting = deque[tuple[Clip, Future[bytes | None]]]()
        try:
            for clip in clips:
                waiting.append((clip, pool.submit(picture_of, clip, box)))
                if len(waiting) > AHEAD:
                    first, made = waiting.popleft()
                    yield first, made.result()
            for first, made in waiting:
                yield first, made.result()
        finally:
            pool.shutdown(cancel_futures=True)


def picture_of(clip: Clip, box: tuple[int, int]) -> bytes | None:
    """Refused, naming the take, when the media cannot be read."""
    if clip.location is None:
        return None
    try:
        check_whole(clip.select["path"])
        image = shrunk_still(clip, box) if clip.is_held else shrunk_frame(clip, box)
    except UNREADABLE:
        raise Refused(f"the picture of take {clip.select['take']} cannot be read: run circletake doctor") from None
    sink = io.BytesIO()
    image.save(sink, "JPEG", **JPEG)
    return sink.getvalue()


def shrunk_still(clip: Clip, box: tuple[int, int]) -> Image.Image:
    with Image.open(clip.select["path"]) as image:
        image.draft("RGB", box)  # a JPEG is decoded at the size that is needed
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith(SIXTEEN_BITS):
            upright = Image.fromarray((np.asarray(upright) // 257).astype(np.uint8))
        return upright.convert("RGB").resize(fitted(upright.size, box), Image.Resampling.LANCZOS, reducing_gap=3)


def shrunk_frame(clip: Clip, box: tuple[int, int]) -> Image.Image:
    frame = decode_frame(clip.select["path"], clip.first)
    width, height = fitted((frame.width, frame.height), box)
    return frame.to_image(width=width, height=height, interpolation="BICUBIC")


def fitted(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the same shape that fits into a box, a pixel at least; `size` itself where that is near it."""
    scale = min(box[0] / size[0], box[1] / size[1])
    if NEAR <= scale <= 1:
        return size
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
