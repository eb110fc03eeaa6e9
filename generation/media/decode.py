"""Stored takes back to the pixels that they were written from."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from PIL import Image

from feedback.errors import Invalid, one_line


def read_frames(path: Path) -> np.ndarray:
    """A stored still or clip as uint8 [F, H, W, 3]; Invalid names a file that cannot be read."""
    try:
        if path.suffix == ".mp4":
            with av.open(str(path)) as file:
                return np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))[None]
    # Of a file that was cut off, Pillow raises the second and third, and PyAV misses the stream.
    except (OSError, ValueError, SyntaxError, IndexError, av.FFmpegError) as error:
        raise Invalid(f"media file {path} cannot be read: {one_line(error)}") from error
