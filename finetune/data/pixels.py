"""Archived media as the pixels that a family encodes."""

from __future__ import annotations

from pathlib import Path

import torch

from generation.media.decode import read_frames


def read_pixels(path: Path) -> torch.Tensor:
    """A still or a clip as float32 [3, F, H, W] in [-1, 1]; Invalid names a file that cannot be read."""
    return torch.from_numpy(read_frames(path).copy()).permute(3, 0, 1, 2).float() / 127.5 - 1
