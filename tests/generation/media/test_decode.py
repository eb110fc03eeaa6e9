"""Stored takes come back as the pixels they were, and a broken file is named in one line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from feedback.errors import Invalid
from generation.media.decode import read_frames
from generation.media.encode import encode_clip, encode_still


def picture(frames: int) -> np.ndarray:
    ramp = np.linspace(0, 255, 32 * 32 * 3).reshape(32, 32, 3)
    return np.stack([(ramp + 20 * number) % 256 for number in range(frames)]).astype(np.uint8)


def test_stills_come_back_to_the_bit_and_clips_nearly(tmp_path: Path) -> None:
    still, clip = tmp_path / "take.png", tmp_path / "take.mp4"
    still.write_bytes(encode_still(picture(1)))
    np.testing.assert_array_equal(read_frames(still), picture(1))
    smooth = np.stack([np.full((32, 32, 3), 40 * number, np.uint8) for number in range(1, 6)])
    clip.write_bytes(encode_clip(smooth, Fraction(24)))
    assert read_frames(clip).shape == (5, 32, 32, 3)
    assert np.abs(read_frames(clip).astype(int) - smooth).max() <= 4


@pytest.mark.parametrize("name", ["take.png", "take.mp4"])
@pytest.mark.parametrize("keep", [0, 20, 100, None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, keep: int | None) -> None:
    path = tmp_path / name
    data = encode_still(picture(1)) if name.endswith("png") else encode_clip(picture(5), Fraction(24))
    if keep is not None:
        path.write_bytes(data[:keep])
    with pytest.raises(Invalid, match=f"{name} cannot be read") as reason:
        read_frames(path)
    assert "\n" not in str(reason.value)
    assert " object at 0x" not in str(reason.value)
