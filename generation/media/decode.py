"""Stored media back to pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageOps

from feedback.errors import Invalid, one_line

SIXTEEN_BITS = "I;16"  # grey, of which Pillow would cut off what is beyond 8 bits


def read_frames(path: Path) -> np.ndarray:
    """A stored still or clip as uint8 [F, H, W, 3]; Invalid names a file that cannot be read."""
    return decode_frames(str(path), path.suffix == ".mp4", f"media file {path}")


def decode_frames(file: str | bytes, is_clip: bool, name: str, most: int | None = None) -> np.ndarray:
    """The same of a path or of a file's content, `most` frames of it; Invalid says that `name` cannot be read."""
    with readable(name):
        opened: Any = io.BytesIO(file) if isinstance(file, bytes) else file
        return decode_clip(opened, most) if is_clip else decode_still(opened)


def measure_media(file: bytes, is_clip: bool, name: str) -> tuple[int, int, int]:
    """(width, height, frames) of a file's content, one frame in memory at a time; Invalid when it cannot be read."""
    with readable(name):
        if not is_clip:
            _, height, width, _ = decode_still(io.BytesIO(file)).shape
            return width, height, 1
        with av.open(io.BytesIO(file)) as opened:
            sizes = [(frame.width, frame.height) for frame in opened.decode(video=0)]
        return *sizes[0], len(sizes)


def frame_rate(file: bytes) -> Fraction:
    """Frames per second of a clip's content."""
    with av.open(io.BytesIO(file)) as opened:
        return Fraction(opened.streams.video[0].average_rate or 24)


@contextmanager
def readable(name: str) -> Iterator[None]:
    """What the libraries say of a broken file becomes one line."""
    try:
        yield
    # Of a file that was cut off, Pillow raises the second and third, and PyAV misses the stream.
    except (OSError, ValueError, SyntaxError, IndexError, Image.DecompressionBombError, av.FFmpegError) as error:
        raise Invalid(f"{name} cannot be read: {one_line(error)}") from error


def decode_clip(file: Any, most: int | None) -> np.ndarray:
    frames = []
    with av.open(file) as opened:
        for frame in opened.decode(video=0):
            frames.append(frame.to_ndarray(format="rgb24"))
            if len(frames) == most:
                break
    return np.stack(frames)


def decode_still(file: Any) -> np.ndarray:
    """Upright, as a camera's file says; without its transparency."""
    with Image.open(file) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith(SIXTEEN_BITS):
            upright = Image.fromarray((np.asarray(upright) // 257).astype(np.uint8))
        return np.asarray(upright.convert("RGB"))[None]
