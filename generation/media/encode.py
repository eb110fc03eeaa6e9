"""Takes as files: PNG stills and H.264 clips, each in two versions, and each the same bytes for the same pixels.

The archived file carries the take's provenance. The rendition that raters see carries nothing: nobody may learn from a
file which model drew it.
"""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from PIL import Image, PngImagePlugin, features

from feedback.errors import Invalid, one_line

KEY = "circletake"
# x264's AVX-512 code for its rate control reads memory that nobody wrote: 60 encodings of one clip of 9 frames made 14
# different files. These instructions are in every 64-bit processor of x86 since 2008, and cost no time that was measured.
SAME_BYTES = {"x264-params": "asm=SSE4.2"} if platform.machine() in ("x86_64", "AMD64") else {}
# CRF 12 is beyond what an eye can tell from the pixels at these sizes; one thread, since x264's output depends on it.
H264 = {"crf": "12", "preset": "medium", "threads": "1", **SAME_BYTES}
BT709 = 1  # FFmpeg's number for matrix, primaries and transfer alike: what editing systems expect of HD H.264


def name_encoder() -> str:
    """What decides about the bytes of a file, in which two machines may differ."""
    return json.dumps([Image.__version__, features.version("zlib"), av.library_versions, H264], sort_keys=True)


def encode_still(frames: np.ndarray, provenance: Mapping[str, Any] | None = None) -> bytes:
    """PNG of the first of uint8 frames [F, H, W, 3]; provenance goes into a text chunk, None leaves the file bare."""
    info = PngImagePlugin.PngInfo()
    if provenance is not None:
        info.add_itxt(KEY, as_text(provenance))
    buffer = io.BytesIO()
    Image.fromarray(frames[0]).save(buffer, "PNG", pnginfo=info, compress_level=6)
    return buffer.getvalue()


def encode_clip(frames: np.ndarray, fps: Fraction, provenance: Mapping[str, Any] | None = None) -> bytes:
    """MP4 of uint8 frames [F, H, W, 3] (even sides), H.264 yuv420p, BT.709, index at the front for browsers."""
    with TemporaryDirectory() as folder:  # a named file: moving the index to the front takes a second pass over it
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart+use_metadata_tags"}) as file:
            if provenance is not None:
                file.metadata[KEY] = as_text(provenance)
            write_frames(file, frames, fps)
        return path.read_bytes()


def write_frames(file: Any, frames: np.ndarray, fps: Fraction) -> None:
    stream = open_h264(file, frames.shape[2], frames.shape[1], fps)
    for number, pixels in enumerate(frames):
        frame = to_yuv(pixels)
        frame.pts, frame.time_base = number, 1 / fps
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


def open_h264(file: Any, width: int, height: int, fps: Fraction) -> Any:
    """An H.264 stream with its colours labelled, so that a player does not have to guess them."""
    stream = file.add_stream("libx264", rate=fps, options=H264)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.time_base = stream.codec_context.time_base = 1 / fps
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.color_range = 1  # limited ("TV") range
    return stream


def to_yuv(pixels: np.ndarray) -> Any:
    """One RGB frame as limited-range BT.709."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return frame.reformat(format="yuv420p", src_colorspace=BT709, dst_colorspace=BT709, dst_color_range=1)


def as_text(provenance: Mapping[str, Any]) -> str:
    return json.dumps(provenance, sort_keys=True, ensure_ascii=False)


def read_provenance(path: Path | str) -> dict[str, Any] | None:
    """What a take's file says of its making, or None when it says nothing; Invalid when it is not a take's file."""
    path = Path(path)
    try:
        text = still_text(path) if path.suffix == ".png" else clip_text(path)
        return None if text is None else json.loads(text)
    except (OSError, ValueError, SyntaxError, av.FFmpegError) as error:
        raise Invalid(f"media file {path} cannot be read: {one_line(error)}") from error


def still_text(path: Path) -> str | None:
    with Image.open(path) as image:
        image.load()
        return image.info.get(KEY)


def clip_text(path: Path) -> str | None:
    with av.open(str(path)) as file:
        return file.metadata.get(KEY)
