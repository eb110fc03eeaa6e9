"""Stored media back to pixels."""

from __future__ import annotations

import io
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
    opened: Any = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        return decode_clip(opened, most) if is_clip else decode_still(opened)
    # Of a file that was cut off, Pillow raises the second and third, and PyAV misses the stream.
    except (OSError, ValueError, SyntaxError, IndexError, av.FFmpegError) as error:
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
