"""Archived media back to the pixels that a family encodes."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import torch
from PIL import Image

from feedback.errors import Invalid


def read_pixels(path: Path) -> torch.Tensor:
    """A still or a clip as float32 [3, F, H, W] in [-1, 1]; Invalid names a file that cannot be read."""
    try:
        frames = read_clip(path) if path.suffix == ".mp4" else np.asarray(Image.open(path).convert("RGB"))[None]
    except (OSError, av.FFmpegError) as error:
        raise Invalid(f"media file {path} cannot be read: {' '.join(str(error).split())}") from error
    return torch.from_numpy(frames.copy()).permute(3, 0, 1, 2).float() / 127.5 - 1


def read_clip(path: Path) -> np.ndarray:
    """uint8 [F, H, W, 3]."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
