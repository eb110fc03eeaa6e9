"""Frames and clips of the library as pixels, in the size that they are learned in."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch

from feedback.store import Studio, media
from finetune.data.latent_cache import LatentCache
from finetune.data.library.split import Row, name_of
from generation.intake.fitting import scaled
from generation.media.decode import decode_frames, frame_rate
from generation.request import Request


def request_for(row: Row) -> Request:
    """What a take like it would be asked for by."""
    size = {"width": row["width"], "height": row["height"], "frames": row["frames"]}
    fps = Fraction(row["fps"]).limit_denominator(1001)
    return Request(row["prompt"], "", row["kind"], **size, steps=1, guidance=row["guidance"], fps=fps)


def add_pictures(cache: LatentCache, rows: Sequence[Row]) -> None:
    """Makes frames and clips known to a cache, which reads and encodes them when they are needed."""
    for row in rows:
        cache.add_drawn(name_of(row), request_for(row), lambda row=row: read_row(cache.studio, row))  # type: ignore[misc]


def read_row(studio: Studio, row: Row) -> torch.Tensor:
    """float32 [3, F, H, W] in [-1, 1]: cut around the middle to the row's proportions, then scaled to its size."""
    pixels = pixels_of(studio, row)
    return torch.from_numpy(pixels.copy()).permute(3, 0, 1, 2).float() / 127.5 - 1


def pixels_of(studio: Studio, row: Row) -> np.ndarray:
    """uint8 [F, H, W, 3]; of a clip the frames that a screen would show at those times, the last one again where it ends."""
    path, size = media.whole_path_of(studio, row["media"]), (row["width"], row["height"])
    is_clip, name = path.suffix == ".mp4", f"library file {row['media'][:12]}"
    if not is_clip:
        return decode_frames(str(path), False, name, fit=lambda frame: scaled(frame, size))
    times = float(frame_rate(path.read_bytes())) / row["fps"]
    numbers = [int(number * times + 1e-6) for number in range(row["frames"])]
    frames = decode_frames(str(path), True, name, most=numbers[-1] + 1, fit=lambda frame: scaled(frame, size))
    return frames[[min(number, len(frames) - 1) for number in numbers]]
