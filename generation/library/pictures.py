"""A frame of a film as a picture: upright, with square pixels, of a bounded size, in the colours of an ordinary screen."""

from __future__ import annotations

import struct
import threading
from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from av.video.reformatter import VideoReformatter

from generation.library.hdr import needs_grading, to_screen
from generation.media.encode import to_yuv

BT709, UNKNOWN, BT601, SMPTE240, BT2020, BT2020_CONSTANT = 1, 2, 5, 7, 9, 10  # FFmpeg's numbers of colour matrices
RGB = 0
LIMITED = 1  # range, in FFmpeg's numbers
HD = 720  # lines; from there up a film that does not say so is BT.709
BACKGROUND = 0  # what is transparent is seen on black, as in a cutting room
UPRIGHT = (65536, 0, 0, 65536)  # of a display matrix
Matrix = tuple[int, int, int, int]


def shown_size(frame: Any, ratio: float, longest: int, even: bool = False) -> tuple[int, int]:
    """(width, height) before turning, with square pixels and no side over `longest`; never larger than it was."""
    width, height = frame.width * max(ratio, 1.0), frame.height / min(ratio, 1.0)
    scale = min(1.0, longest / max(width, height))
    step = 2 if even else 1
    return max(step, round(width * scale / step) * step), max(step, round(height * scale / step) * step)


def matrix_of(frame: Any) -> int | None:
    """Of its colours, as swscale wants it; None for RGB."""
    space = int(frame.colorspace)
    if space == RGB and not frame.format.name.startswith("yuv"):
        return None
    if space in (BT2020, BT2020_CONSTANT):
        return BT2020
    if space in (BT709, SMPTE240):
        return space
    if space in (RGB, UNKNOWN):
        return BT709 if frame.height >= HD or frame.width >= 1280 else BT601
    return BT601


def picture_of(frame: Any, ratio: float, longest: int, turn: Matrix = UPRIGHT, even: bool = False) -> np.ndarray:
    """uint8 [H, W, 3].

    `ratio`: a pixel's width by its height. `turn`: of the film's display matrix. `even`: both sides are even.
    """
    width, height = shown_size(frame, ratio, longest, even)
    transfer, primaries = int(frame.color_trc), int(frame.color_primaries)
    graded, clear = needs_grading(transfer, primaries), has_alpha(frame)
    layout = "rgba" if clear else "rgb48le" if graded else "rgb24"
    pixels = convert(frame, width, height, layout, "AREA" if even else "BICUBIC")  # of clips there are many
    if clear:
        pixels = flatten(pixels)
    elif graded:
        pixels = to_screen(pixels, transfer, primaries)
    return turned(pixels, turn)


def clip_picture(frame: Any, ratio: float, longest: int, turn: Matrix = UPRIGHT) -> Any:
    """A frame as clips are encoded: yuv420p in BT.709, limited range, even sides. Arguments as of `picture_of`.

    What is BT.709 already and needs no turn is scaled as it is: colours are not taken through 8 bits of RGB.
    """
    if not is_plain(frame, turn):
        return to_yuv(picture_of(frame, ratio, longest, turn, even=True))
    width, height = shown_size(frame, ratio, longest, even=True)
    return reformatted(frame, width, height, "yuv420p", "AREA", dst_color_range=LIMITED)


def is_plain(frame: Any, turn: Matrix) -> bool:
    graded = needs_grading(int(frame.color_trc), int(frame.color_primaries))
    is_709 = frame.format.name.startswith("yuv") and matrix_of(frame) == BT709
    return is_709 and not graded and not has_alpha(frame) and turn == UPRIGHT


class ClipPictures(Sequence[np.ndarray]):
    """Frames of a clip, of which those that are asked for become pictures, uint8 [H, W, 3]."""

    def __init__(self, frames: list[Any]) -> None:
        """`frames`: as `clip_picture` makes them."""
        self.frames = frames

    def __len__(self) -> int:
        return len(self.frames)

    @overload
    def __getitem__(self, place: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, place: slice) -> ClipPictures: ...
    def __getitem__(self, place: int | slice) -> np.ndarray | ClipPictures:
        if isinstance(place, slice):
            return ClipPictures(self.frames[place])
        frame = self.frames[place]
        return reformatted(frame, frame.width, frame.height, "rgb24", "BICUBIC", matrix=BT709).to_ndarray()


_converters = threading.local()
MOST_CONVERTERS = 32  # of a thread


def converter(key: tuple[Any, ...]) -> Any:
    """One for each kind of conversion: to set one up takes longer than to use it."""
    kept = _converters.__dict__.setdefault("kept", {})
    if key not in kept:
        if len(kept) >= MOST_CONVERTERS:
            kept.clear()
        kept[key] = VideoReformatter()
    return kept[key]


FAST = "FAST_BILINEAR"  # for what is only measured


def convert(frame: Any, width: int, height: int, layout: str, method: str = "BICUBIC") -> np.ndarray:
    return reformatted(frame, width, height, layout, method).to_ndarray()


def reformatted(
    frame: Any, width: int, height: int, layout: str, method: str, matrix: int | None = None, **more: Any
) -> Any:
    """The frame in another size and layout. `matrix`: of its colours, where it is not what the frame says."""
    key = (frame.format.name, frame.width, frame.height, width, height, layout, method)
    matrix = matrix or matrix_of(frame)
    return converter(key).reformat(
        frame,
        width=width,
        height=height,
        format=layout,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        interpolation=method,
        threads=1,
        **more,
    )


def has_alpha(frame: Any) -> bool:
    name = frame.format.name
    return name.startswith(("yuva", "gbrap", "ya8", "ya16", "rgba", "bgra", "argb", "abgr", "pal8"))


def flatten(pixels: np.ndarray) -> np.ndarray:
    """RGBA on the background."""
    share = pixels[..., 3:].astype(np.float32) / 255.0
    return (pixels[..., :3] * share + BACKGROUND * (1.0 - share) + 0.5).astype(np.uint8)


def display_matrix(frame: Any) -> Matrix:
    """How a player turns and mirrors the film (a camera's sensor is where it is); upright where it does not say."""
    data = next((each for each in frame.side_data if "DISPLAYMATRIX" in str(each.type)), None)
    if data is None:
        return UPRIGHT
    a, b, _, c, d, _, _, _, _ = struct.unpack("<9i", bytes(data)[:36])
    return a, b, c, d


def turned_size(size: tuple[int, int], turn: Matrix) -> tuple[int, int]:
    """(width, height) after turning."""
    return (size[1], size[0]) if round(turn[0] / 65536) == 0 and round(turn[1] / 65536) else size


def turned(pixels: np.ndarray, turn: Matrix) -> np.ndarray:
    """Quarters of a turn, and mirrors. Any other angle is left as it is."""
    a, b, c, d = (round(value / 65536) for value in turn)
    match (a, b, c, d):
        case (0, 1, -1, 0):
            return np.ascontiguousarray(np.rot90(pixels, -1))
        case (0, -1, 1, 0):
            return np.ascontiguousarray(np.rot90(pixels, 1))
        case (-1, 0, 0, -1):
            return np.ascontiguousarray(pixels[::-1, ::-1])
        case (-1, 0, 0, 1):
            return np.ascontiguousarray(pixels[:, ::-1])
        case (1, 0, 0, -1):
            return np.ascontiguousarray(pixels[::-1])
        case (0, 1, 1, 0):
            return np.ascontiguousarray(pixels.transpose(1, 0, 2))
        case (0, -1, -1, 0):
            return np.ascontiguousarray(pixels.transpose(1, 0, 2)[::-1, ::-1])
    return pixels
