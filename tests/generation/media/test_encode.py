"""Files of takes: same pixels, same bytes; provenance in the archive, nothing in what raters see."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from feedback.errors import Invalid
from generation.media.encode import encode_clip, encode_still, read_provenance

PROVENANCE = {"brief": {"prompt": 'été, “nuit”\nand "quotes"'}, "seed": 2**62, "version": "v0007"}


def moving_frames(count: int = 9) -> np.ndarray:
    """A colour ramp that moves one step per frame: [count, 48, 64, 3]."""
    across, down = np.meshgrid(np.arange(64) * 3, np.arange(48) * 4)
    frames = [np.stack([across + step, down, np.full_like(down, 90 + step)], -1) for step in range(count)]
    return np.stack(frames).clip(0, 255).astype(np.uint8)


def test_still_keeps_pixels_and_provenance(tmp_path: Path) -> None:
    frames = moving_frames(1)
    path = tmp_path / "still.png"
    path.write_bytes(encode_still(frames, PROVENANCE))
    assert read_provenance(path) == PROVENANCE
    np.testing.assert_array_equal(np.asarray(Image.open(path)), frames[0])


def test_clip_keeps_rate_frames_and_provenance(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(encode_clip(moving_frames(), Fraction(24000, 1001), PROVENANCE))
    assert read_provenance(path) == PROVENANCE
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == Fraction(24000, 1001)
        drawn = [frame.to_ndarray(format="rgb24") for frame in file.decode(stream)]
    assert len(drawn) == 9
    assert np.abs(np.stack(drawn).astype(int) - moving_frames()).mean() < 3


@pytest.mark.parametrize("colour", [(200, 30, 40), (10, 180, 90), (40, 60, 220), (128, 128, 128)])
def test_clip_shows_the_colours_of_the_take(colour: tuple[int, int, int]) -> None:
    """A player that believes the file's labels gets the colour back, to the rounding of 8-bit video."""
    frames = np.broadcast_to(np.array(colour, np.uint8), (3, 32, 32, 3))
    with av.open(io.BytesIO(encode_clip(frames, Fraction(24)))) as file:
        context = file.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (1, 1)
        shown = next(file.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(shown.astype(int) - frames[0]).max() <= 3


def test_same_pixels_give_the_same_bytes() -> None:
    frames = moving_frames()
    assert encode_still(frames, PROVENANCE) == encode_still(frames.copy(), PROVENANCE)
    assert encode_clip(frames, Fraction(25), PROVENANCE) == encode_clip(frames.copy(), Fraction(25), PROVENANCE)


@pytest.mark.parametrize("size", [(128, 224), (64, 96), (32, 32)])
def test_a_clip_depends_on_nothing_that_was_in_memory_before(size: tuple[int, int]) -> None:
    """Noise over blocks that change from frame to frame, for which x264 weighs much; sizes and counts are any."""
    chance = np.random.default_rng(0)
    blocks = np.kron(chance.random((9, size[0] // 8, size[1] // 8, 3)), np.ones((1, 8, 8, 1))) * 60
    frames = (blocks + 90 + chance.random(blocks.shape) * 30).astype(np.uint8)
    made = set()
    for _ in range(12):
        left_in_memory = [chance.bytes(int(length)) for length in chance.integers(10, 40_000, 20)]
        made.add(encode_clip(frames, Fraction(8)))
        del left_in_memory
    assert len(made) == 1


def test_renditions_say_nothing(tmp_path: Path) -> None:
    for name, data in (("a.png", encode_still(moving_frames())), ("b.mp4", encode_clip(moving_frames(), Fraction(24)))):
        path = tmp_path / name
        path.write_bytes(data)
        assert read_provenance(path) is None
        assert b"circletake" not in data
        assert b"v0007" not in data
    assert set(Image.open(tmp_path / "a.png").info) == set()


def test_clip_can_be_played_while_it_loads() -> None:
    data = encode_clip(moving_frames(), Fraction(24))
    assert 0 < data.find(b"moov") < data.find(b"mdat")


@pytest.mark.parametrize("name", ["broken.png", "broken.mp4", "missing.png"])
def test_broken_files_are_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if not name.startswith("missing"):
        path.write_bytes(b"not a picture")
    with pytest.raises(Invalid, match=name):
        read_provenance(path)


def test_truncated_still_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.png"
    data = encode_still(moving_frames(), PROVENANCE)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(Invalid, match=r"half\.png"):
        read_provenance(path)
