"""Movies that an export writes: H.264 in MP4, ProRes in MOV, with timecode and reel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from feedback.errors import Invalid, Refused

BT709, LIMITED = 1, 1  # FFmpeg's numbers for colours and their range
H264, PRORES = "h264", "prores"
CODECS = (H264, PRORES)
ENDINGS = {H264: ".mp4", PRORES: ".mov"}
ENCODERS: dict[str, tuple[str, str, dict[str, str]]] = {
    H264: ("libx264", "yuv420p", {"crf": "17", "preset": "veryfast"}),
    PRORES: ("prores_ks", "yuv422p10le", {"profile": "hq", "vendor": "apl0"}),
}


def check_codec(codec: str) -> str:
    """Invalid for one that there is not; Refused where this machine's FFmpeg cannot write it."""
    if codec not in CODECS:
        raise Invalid(f"codec {codec!r}: choose one of {', '.join(CODECS)}")
    try:
        av.Codec(ENCODERS[codec][0], "w")
    except ValueError:
        raise Refused(f"this FFmpeg has no encoder for {codec}: choose {H264}") from None
    return codec


class Movie:
    """Takes pictures one by one."""

    def __init__(self, container: Any, stream: Any, rate: Fraction) -> None:
        self.container, self.stream, self.rate, self.count = container, stream, rate, 0

    def write(self, picture: np.ndarray) -> None:
        """`picture`: uint8 [H, W, 3], both sides even."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame = frame.reformat(format=self.stream.pix_fmt, dst_colorspace=BT709, dst_color_range=LIMITED)
        frame.pts, frame.time_base = self.count, 1 / self.rate
        self.container.mux(self.stream.encode(frame))
        self.count += 1


@contextmanager
def movie(
    path: Path, codec: str, size: tuple[int, int], rate: Fraction, start: str = "", reel: str = ""
) -> Iterator[Movie]:
    """A movie of `size` (width, height; even pixels) at `rate` frames a second. `start`: the timecode of its first frame."""
    encoder, pixels, options = ENCODERS[codec]
    container = "mp4" if codec == H264 else "mov"
    with av.open(str(path), "w", format=container, options={"movflags": "+faststart"}) as file:
        stream: Any = file.add_stream(encoder, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        context = stream.codec_context
        context.thread_count = 0  # as many as there are processors
        context.time_base = stream.time_base = 1 / rate
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED
        labels = {"timecode": start, "reel_name": reel}
        stream.metadata.update({name: text for name, text in labels.items() if text})
        made = Movie(file, stream, rate)
        yield made
        file.mux(stream.encode(None))
