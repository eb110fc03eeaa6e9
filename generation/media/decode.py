"""Stored media back to pixels."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from feedback.errors import Invalid, one_line

FORMATS = ("PNG", "JPEG", "WEBP")
CLIP_OPTIONS = {"protocol_whitelist": "file", "enable_drefs": "0"}
"""A clip is read from itself alone: FFmpeg would follow addresses and other files that some formats name."""
# Of a file that was cut off, Pillow raises several, and PyAV misses the stream; others are of headers that lie.
UNREADABLE = (
    *(OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, OverflowError, ZeroDivisionError, EOFError),
    *(struct.error, zlib.error, MemoryError, Image.DecompressionBombError, av.FFmpegError),
)
ORIENTATION = 0x0112  # in EXIF
SIXTEEN_BITS = "I;16"  # grey, of which Pillow would cut off what is beyond 8 bits

Fit = Callable[[np.ndarray], np.ndarray]


def read_frames(path: Path) -> np.ndarray:
    """A stored still or clip as uint8 [F, H, W, 3]; Invalid names a file that cannot be read."""
    return decode_frames(str(path), path.suffix == ".mp4", f"media file {path}")


def decode_frames(
    file: str | bytes, is_clip: bool, name: str, most: int | None = None, fit: Fit = lambda frame: frame
) -> np.ndarray:
    """The same of a path or of a file's content, `most` frames of it; Invalid says that `name` cannot be read.

    `fit` makes each frame what is wanted of it, so that many large ones are never in memory together.
    """
    with readable(name):
        opened: Any = io.BytesIO(file) if isinstance(file, bytes) else file
        return decode_clip(opened, most, fit) if is_clip else fit(decode_still(opened)[0])[None]


def frame_rate(file: bytes) -> Fraction:
    """Frames per second of a clip's content."""
    with open_clip(io.BytesIO(file)) as opened:
        return Fraction(opened.streams.video[0].average_rate or 24)


@contextmanager
def readable(name: str) -> Iterator[None]:
    """What the libraries say of a broken file becomes one line."""
    try:
        yield
    except UnidentifiedImageError:  # its words are of an object in memory
        raise Invalid(f"{name} cannot be read: it is no PNG, JPEG or WebP picture") from None
    except UNREADABLE as error:
        raise Invalid(f"{name} cannot be read: {one_line(error)}") from error


def open_clip(file: Any) -> Any:
    """As MP4, whatever else its content may look like."""
    return av.open(file, format="mp4", options=CLIP_OPTIONS)


def decode_clip(file: Any, most: int | None, fit: Fit) -> np.ndarray:
    frames = []
    with open_clip(file) as opened:
        for frame in opened.decode(video=0):
            frames.append(fit(frame.to_ndarray(format="rgb24")))
            if len(frames) == most:
                break
    return np.stack(frames)


def decode_still(file: Any) -> np.ndarray:
    """Upright, as a camera's file says; without its transparency."""
    with Image.open(file, formats=FORMATS) as image:
        image.load()
        upright = (
            ImageOps.exif_transpose(image) if ORIENTATION in image.getexif() else image
        )  # it would copy in any case
        if upright.mode.startswith(SIXTEEN_BITS):
            upright = Image.fromarray((np.asarray(upright) // 257).astype(np.uint8))
        return np.asarray(upright if upright.mode == "RGB" else upright.convert("RGB"))[None]
