"""Films to read: rendered shots that pan over pictures of their own, and hours of them for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

SHOT = 5  # seconds
GRAIN = 5.0  # of 255
STEP = 3  # pixels of a pan from frame to frame


def scene(seed: int, width: int, height: int) -> np.ndarray:
    """Coarse shapes with finer ones on them, uint8 [H, W, 3], unlike those of any other seed."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for cells, strength in ((6, 110.0), (40, 40.0), (300, 12.0)):
        grid = random.uniform(-1, 1, (cells * height // width + 2, cells, 3))
        small = Image.fromarray(((grid + 1) * 127.5).astype(np.uint8))
        large = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        picture += (large / 127.5 - 1) * strength
    return (picture + 120 + random.normal(0, GRAIN, picture.shape)).clip(0, 255).astype(np.uint8)


def frames(seconds: int, size: tuple[int, int], rate: int) -> Iterator[np.ndarray]:
    width, height = size
    for shot in range(-(-seconds // SHOT)):
        wide = scene(shot, width + STEP * SHOT * rate, height)
        for number in range(min(SHOT, seconds - shot * SHOT) * rate):
            yield np.ascontiguousarray(wide[:, STEP * number : STEP * number + width])


def render(path: Path, seconds: int, size: tuple[int, int] = (1280, 720), rate: int = 24) -> Path:
    """H.264 with a keyframe each two seconds, at about the rate of a streaming service's."""
    with av.open(str(path), "w") as file:
        options = {"crf": "21", "preset": "fast", "g": str(2 * rate)}
        stream: Any = file.add_stream("libx264", rate=Fraction(rate), options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number, picture in enumerate(frames(seconds, size, rate)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p", dst_colorspace=1)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def repeat(path: Path, into: Path, times: int) -> Path:
    """The same film again and again, without encoding it again."""
    with av.open(str(into), "w") as out:
        stream: Any = None
        offset = 0
        for _ in range(times):
            with av.open(str(path)) as file:
                source = file.streams.video[0]
                stream = stream or out.add_stream_from_template(source)
                length = int(source.duration or 0)
                for packet in file.demux(source):
                    if packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    packet.stream = stream
                    out.mux(packet)
            offset += length
    return into


def decode(path: Path, threads: int) -> int:
    """Every frame, and nothing done with it; returns how many there are."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "AUTO", threads
        return sum(1 for _ in file.decode(stream))
