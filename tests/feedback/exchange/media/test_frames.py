"""A frame by its number is that frame, whatever the clip's rate, groups of pictures and times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from feedback.errors import Invalid
from feedback.exchange.media.frames import decode_frame
from generation.media.decode import read_frames
from generation.media.encode import encode_clip

HEIGHT, WIDTH = 64, 96


def read_frame(path: Path, number: int) -> np.ndarray:
    """uint8 [H, W, 3]."""
    return decode_frame(path, number).to_ndarray(format="rgb24")


def moving(count: int) -> np.ndarray:
    """Noise that moves three pixels a frame: no two frames are alike."""
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, 2 * WIDTH, 3), dtype=np.uint8)
    return np.stack([noise[:, 3 * number % WIDTH :][:, :WIDTH] for number in range(count)])


def encode(path: Path, frames: np.ndarray, options: dict[str, str], times: list[int]) -> None:
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for pixels, time in zip(frames, times, strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 200)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(16)])
@pytest.mark.parametrize("count", [1, 2, 81])
def test_every_frame_of_a_take_is_the_one_of_its_number(tmp_path: Path, rate: Fraction, count: int) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(encode_clip(moving(count), rate))
    whole = read_frames(path)
    assert all(
        np.array_equal(read_frame(path, number), whole[number]) for number in {0, 1, 40, 79, 80} if number < count
    )


@pytest.mark.parametrize("apart", [[8, 8, 8], [8, 11, 5]], ids=["one rate", "of no rate"])
@pytest.mark.parametrize(
    "options",
    [
        {"g": "12", "bf": "3"},
        {"g": "10", "bf": "3", "x264-params": "open-gop=1:b-pyramid=normal"},
        {"g": "1"},
        {"bf": "0"},
    ],
    ids=["short groups", "open groups", "keyframes alone", "no frames between"],
)
def test_so_is_every_frame_of_other_encoders(tmp_path: Path, options: dict[str, str], apart: list[int]) -> None:
    path = tmp_path / "clip.mp4"
    times = [24 * (number // 3) + sum(apart[: number % 3]) for number in range(40)]
    encode(path, moving(40), options, times)
    whole = read_frames(path)
    assert [number for number in range(40) if not np.array_equal(read_frame(path, number), whole[number])] == []


def test_a_frame_that_there_is_not_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(encode_clip(moving(3), Fraction(24)))
    for number in (-1, 3):
        with pytest.raises(Invalid, match=f"has 3 frames and no frame {number}"):
            read_frame(path, number)


@pytest.mark.parametrize("content", [b"", b"no clip", None], ids=["empty", "no clip", "cut off"])
def test_what_cannot_be_read_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "clip.mp4"
    whole = encode_clip(moving(9), Fraction(24))
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(Invalid, match=r"clip\.mp4 (cannot be read|has 1 frames and no frame 8)"):
        read_frame(path, 8)
