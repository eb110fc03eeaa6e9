"""Chosen frames and clips as files of the studio, and the smaller ones that browsers show."""

from __future__ import annotations

import io
import zlib
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from PIL import Image

from feedback.store import Studio
from feedback.store.media import store_bytes
from generation.media.encode import BT709, SAME_BYTES
from generation.opencv import is_there, need_opencv

COMPRESSION = 1  # of PNGs
QUALITY = 82  # of JPEGs for browsers
# Nearer to the film than what a model can tell, at a tenth of the time of the settings for takes.
H264 = {"crf": "14", "preset": "veryfast", "threads": "1", **SAME_BYTES}


def store_picture(studio: Studio, pixels: np.ndarray) -> str:
    """PNG of uint8 [H, W, 3]; returns its sha256."""
    height, width, _ = pixels.shape
    return store_bytes(studio, encode_picture(pixels), "png", "image/png", width, height, 1)


def encode_picture(pixels: np.ndarray) -> bytes:
    """Runs are all that is sought in the filtered rows: smaller files than zlib's level 1 gives, in two thirds of its time."""
    if is_there():
        cv2 = need_opencv()
        how = [cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
        return bytes(cv2.imencode(".png", pixels[..., ::-1], how)[1])
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG", compress_level=COMPRESSION, compress_type=zlib.Z_RLE)
    return sink.getvalue()


def store_proxy(studio: Studio, pixels: np.ndarray, longest: int) -> str:
    """A JPEG with no side over `longest`; returns its sha256."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((longest, longest), Image.Resampling.BICUBIC, reducing_gap=2.0)
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=QUALITY)
    return store_bytes(studio, sink.getvalue(), "jpg", "image/jpeg", *picture.size, 1)


def store_clip(studio: Studio, frames: list[Any], rate: Fraction) -> str:
    """MP4 of frames as `clip_picture` makes them, which browsers play; returns its sha256."""
    data = encode_clip(frames, rate)
    return store_bytes(studio, data, "mp4", "video/mp4", frames[0].width, frames[0].height, len(frames))


def encode_clip(frames: list[Any], rate: Fraction) -> bytes:
    with TemporaryDirectory() as folder:  # a named file: moving the index to the front takes a second pass over it
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
            stream = file.add_stream("libx264", rate=rate, options=H264)
            stream.width, stream.height = frames[0].width, frames[0].height
            stream.pix_fmt = "yuv420p"
            stream.time_base = stream.codec_context.time_base = 1 / rate
            context = stream.codec_context
            context.colorspace = context.color_primaries = context.color_trc = BT709
            context.color_range = 1  # limited
            for number, frame in enumerate(frames):
                frame.pict_type = 0  # the film's own need not be this one's
                frame.pts, frame.time_base = number, 1 / rate
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        return path.read_bytes()
