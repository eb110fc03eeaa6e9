"""Films and pictures that are rendered for tests, in every odd form that a library holds."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from feedback.rights.licences import add_licence
from feedback.store import Studio
from generation.library.adding import Adding, Outcome, Request
from generation.library.choice import Choice
from tests.factories import new_studio

SIZE = (320, 180)
TURNS = {"right": (0, 1, -1, 0), "left": (0, -1, 1, 0), "around": (-1, 0, 0, -1), "mirror": (-1, 0, 0, 1)}
SMALL = Choice(size=320, clip_size=160, clip_seconds=1.0, every=2.0)


@lru_cache(64)
def scene(seed: int, width: int, height: int) -> np.ndarray:
    """A picture wider than the frame, uint8 [H, 2 W, 3], unlike that of any other seed."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(40, 215, (5, 12, 3))
    picture = np.stack([resized(coarse[..., c], height, 2 * width) for c in range(3)], axis=-1)
    return (picture + random.normal(0, 12, picture.shape)).clip(0, 255).astype(np.uint8)


def resized(grid: np.ndarray, height: int, width: int) -> np.ndarray:
    y, x = np.linspace(0, grid.shape[0] - 1, height), np.linspace(0, grid.shape[1] - 1, width)
    rows = np.stack([np.interp(x, np.arange(grid.shape[1]), row) for row in grid])
    return np.stack([np.interp(y, np.arange(grid.shape[0]), column) for column in rows.T], axis=-1)


def shot(seed: int, seconds: float, rate: float = 24, size: tuple[int, int] = SIZE) -> Iterator[np.ndarray]:
    """A slow pan over a scene of its own."""
    width, height = size
    for number in range(round(seconds * rate)):
        yield np.ascontiguousarray(scene(seed, width, height)[:, number : number + width])


def pictures(shots: Sequence[tuple[int, float]], rate: float = 24, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    return [picture for seed, seconds in shots for picture in shot(seed, seconds, rate, size)]


def write_film(
    path: Path,
    frames: Sequence[np.ndarray],
    rate: Fraction | int = 24,
    codec: str = "libx264",
    layout: str = "yuv420p",
    *,
    options: dict[str, str] | None = None,
    colours: dict[str, int] | None = None,
    ratio: Fraction | None = None,
    times: Sequence[int] | None = None,
    container: str | None = None,
) -> Path:
    """`colours`: colorspace, color_primaries, color_trc, color_range. `times`: of each frame, in units of 1 / `rate`."""
    with av.open(str(path), "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate, options=options or {})
        stream.height, stream.width, depth = frames[0].shape
        stream.pix_fmt = layout
        if ratio:
            stream.sample_aspect_ratio = ratio
        for name, value in (colours or {}).items():
            setattr(stream.codec_context, name, value)
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1) / rate
        for number, pixels in enumerate(frames):
            frame = as_frame(pixels, layout, colours or {}, depth)
            frame.pts, frame.time_base = times[number] if times else number, Fraction(1, 1) / rate
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def as_frame(pixels: np.ndarray, layout: str, colours: dict[str, int], depth: int) -> Any:
    kind = {"uint16": "rgb48le"}.get(str(pixels.dtype), "rgba" if depth == 4 else "rgb24")
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=kind)
    matrix = colours.get("colorspace", 5 if pixels.shape[0] < 720 else 1)
    made = frame.reformat(
        format=layout,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        dst_color_range=colours.get("color_range", 1),
        interpolation="BICUBIC",
    )
    for name, value in colours.items():
        setattr(made, name, value)
    return made


def turn_film(path: Path, how: str) -> Path:
    """Writes the display matrix of an MP4, as cameras do that are held otherwise."""
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4
    place = start + (40 if data[start] == 0 else 52)
    a, b, c, d = TURNS[how]
    data[place : place + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def library_studio(folder: Path) -> Studio:
    """With a licence that lets it learn."""
    studio = new_studio(folder)
    add_licence(studio, "catalogue", holder="the studio", uses=["training", "drawing"])
    return studio


def add(studio: Studio, path: Path, title: str = "Film", **more: Any) -> Outcome:
    settings = {"licence": "catalogue", "recursive": True, "choice": SMALL, "threads": 1, **more}
    return Adding(studio, Request(path, title, **settings)).run()
