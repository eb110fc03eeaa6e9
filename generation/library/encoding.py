"""Chosen frames and clips as files of the studio, and the smaller ones that browsers show."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from PIL import Image

from feedback.store import Studio
from feedback.store.media import store_bytes
from generation.media.encode import BT709, SAME_BYTES

COMPRESSION = 1  # of PNGs: a fifth of the time of the usual 6, for files that are a little longer
QUALITY = 82  # of JPEGs for browsers
# Nearer to the film than what a model can tell, at a tenth of the time of the settings for takes.
H264 = {"crf": "14", "preset": "veryfast", "threads": "1", **SAME_BYTES}


def store_picture(studio: Studio, pixels: np.ndarray) -> str:
    """PNG of uint8 [H, W, 3]; returns its sha256."""
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG", compress_level=COMPRESSION)
    height, width, _ = pixels.shape
    return store_bytes(studio, sink.getvalue(), "png", "image/png", width, height, 1)


def store_proxy(studio: Studio, pixels: np.ndarray, longest: int) -> str:
    """A JPEG with no side over `longest`; returns its sha256."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((longest, longest), Image.Resampling.BICUBIC, reducing_gap=2.0)
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=QUALITY)
    return store_bytes(studio, sink.getvalue(), "jpg", "image/jpeg", *picture.size, 1)


def store_clip(studio: Studio, pixels: list[np.ndarray], rate: Fraction) -> str:
    """MP4 of uint8 [H, W, 3] with even sides, which browsers play; returns its sha256."""
    height, width, _ = pixels[0].shape
    data = encode_clip(pixels, rate)
    return store_bytes(studio, data, "mp4", "video/mp4", width, height, len(pixels))


def encode_clip(pixels: list[np.ndarray], rate: Fraction) -> bytes:
    with TemporaryDirectory() as folder:  # a named file: moving the index to the front takes a second pass over it
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
            stream = file.add_stream("libx264", rate=rate, options=H264)
            stream.height, stream.width, _ = pixels[0].shape
            stream.pix_fmt = "yuv420p"
            stream.time_base = stream.codec_context.time_base = 1 / rate
            context = stream.codec_context
            context.colorspace = context.color_primaries = context.color_trc = BT709
            context.color_range = 1  # limited
            converter = VideoReformatter()
            for number, picture in enumerate(pixels):
                rgb = av.VideoFrame.from_ndarray(picture, format="rgb24")
                colours = {"src_colorspace": BT709, "dst_colorspace": BT709, "dst_color_range": 1}
                frame = converter.reformat(rgb, format="yuv420p", threads=1, **colours)
                frame.pts, frame.time_base = number, 1 / rate
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        return path.read_bytes()
