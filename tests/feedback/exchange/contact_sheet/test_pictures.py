"""Pictures of cells: their size, their colours, and in their order though several are made at once."""

from __future__ import annotations

import hashlib
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from feedback.exchange.contact_sheet.pictures import AHEAD, fitted, picture_of, pictures_of
from feedback.exchange.edit.cut import Clip
from generation.media.encode import encode_clip, encode_still
from tests.feedback.scene import picture

BOX = 480, 270


def clip_of(folder: Path, data: bytes, ending: str, first: int = 0) -> Clip:
    """A clip of a file that stands where a studio keeps it."""

    sha256 = hashlib.sha256(data).hexdigest()
    path = folder / sha256[:2] / f"{sha256[2:]}.{ending}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    select: Any = {
        "path": path,
        "take": 1,
        "frame_in": first,
        "frame_out": first,
        "kind": "clip" if ending == "mp4" else "still",
    }
    return Clip(select, "name", "file", "reel", Fraction(24), 0, 1, str(path))


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), BOX),
        ((480, 272), (480, 272)),
        ((64, 64), (270, 270)),
        ((1000, 10), (480, 5)),
        ((1, 5000), (1, 270)),
    ],
)
def test_a_picture_fits_its_cell_and_keeps_its_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted(size, BOX) == expected


@pytest.mark.parametrize("colour", [(200, 30, 40), (30, 180, 60), (40, 60, 220)])
def test_strong_colours_of_clips_and_stills_stay(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    frames = np.broadcast_to(np.array(colour, np.uint8), (4, 96, 128, 3)).copy()
    clip = clip_of(tmp_path, encode_clip(frames, Fraction(24)), "mp4", 2)
    still = clip_of(tmp_path, encode_still(frames), "png")
    for each in (clip, still):
        pixel = opened(picture_of(each, BOX)).getpixel((50, 50))
        assert np.abs(np.array(pixel) - colour).max() <= 4


def test_sixteen_bits_are_not_cut_off_and_turned_pictures_stand_upright(tmp_path: Path) -> None:
    sink = io.BytesIO()
    Image.fromarray(np.full((90, 160), 32896, np.uint16)).save(sink, "PNG")
    assert opened(picture_of(clip_of(tmp_path, sink.getvalue(), "png"), BOX)).getpixel((9, 9)) == (128, 128, 128)
    sink, turned = io.BytesIO(), Image.Exif()
    turned[0x0112] = 6  # a quarter to the right
    Image.new("RGB", (300, 200)).save(sink, "JPEG", exif=turned)
    assert opened(picture_of(clip_of(tmp_path, sink.getvalue(), "jpg"), BOX)).size == (200, 300)


def test_pictures_come_in_the_order_of_their_clips(tmp_path: Path) -> None:
    clips = [clip_of(tmp_path, picture(shade), "png") for shade in range(2 * AHEAD)]
    made = list(pictures_of(clips, BOX))
    assert [clip for clip, _ in made] == clips
    reds = [opened(data).getpixel((9, 9))[0] for _, data in made]
    assert all(abs(red - shade) <= 3 for shade, red in enumerate(reds))
