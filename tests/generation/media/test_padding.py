"""Files of one shape are equally long, and readers see what they saw before."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from feedback.store import media, thumbnails
from feedback.store.padding import pad
from generation.media.archive import EncodedTake, bare_mp4, bare_png, store_take
from generation.media.decode import decode_frames, frame_rate
from generation.media.encode import encode_clip, encode_still, name_encoder
from tests.factories import new_studio

RNG = np.random.default_rng(0)


def noise(size: tuple[int, int], frames: int = 1) -> np.ndarray:
    return RNG.integers(0, 256, (frames, *size, 3), dtype=np.uint8)


def flat(size: tuple[int, int], frames: int = 1) -> np.ndarray:
    return np.full((frames, *size, 3), 97, np.uint8)


@pytest.mark.parametrize("size", [(16, 16), (32, 48), (240, 416), (256, 256), (720, 1280)])
def test_all_stills_of_a_size_are_equally_long(size: tuple[int, int]) -> None:
    files = [bare_png(pixels(size)).data for pixels in (noise, flat)]
    assert len({len(file) for file in files}) == 1
    bare = encode_still(flat(size))
    assert len(bare) < len(files[1]) == len(pad(bare, "png", size[1], size[0], 1))


def test_a_padded_still_is_the_same_picture_and_says_nothing() -> None:
    pixels = noise((64, 64))
    file = bare_png(pixels).data
    np.testing.assert_array_equal(decode_frames(file, False, "it"), pixels)
    with Image.open(io.BytesIO(file)) as image:
        image.verify()  # checksums
        assert image.info == {}


def test_a_padded_clip_is_the_same_clip() -> None:
    pixels = flat((64, 64), 9)
    bare, file = encode_clip(pixels, Fraction(24)), bare_mp4(pixels, Fraction(24)).data
    np.testing.assert_array_equal(decode_frames(file, True, "it"), decode_frames(bare, True, "it"))
    assert len(file) % 4096 == 0
    assert file.startswith(bare)


def test_clips_of_a_shape_have_few_lengths() -> None:
    lengths = set()
    for strength in (0, 2, 8, 30, 90):
        pixels = np.clip(flat((64, 64), 9) + RNG.normal(0, strength, (9, 64, 64, 3)), 0, 255).astype(np.uint8)
        lengths.add(len(bare_mp4(pixels, Fraction(24)).data))
    shortest = min(lengths)
    assert all(length / shortest in (1, 2, 4, 8) for length in lengths)


@pytest.mark.parametrize("missing", range(20))
def test_padding_fits_whatever_is_missing(missing: int) -> None:
    """A chunk has twelve bytes at least, and a box eight: what is a little shorter takes the next length."""
    box = len(pad(b"x", "mp4", 8, 8, 1)) - missing
    padded = pad(bytes(box), "mp4", 8, 8, 1)
    assert len(padded) in (box + missing, 2 * (box + missing))
    assert pad(padded, "mp4", 8, 8, 1) == padded


def test_what_is_padded_or_no_picture_stays_as_it_is() -> None:
    once = bare_png(noise((32, 32))).data
    assert pad(once, "png", 32, 32, 1) == once
    assert pad(b"no picture", "png", 32, 32, 1) == b"no picture"
    assert pad(b"\xff\xd8", "jpg", 32, 32, 1) == b"\xff\xd8"


def test_the_rate_of_a_clip_is_read_back() -> None:
    for fps in (Fraction(24), Fraction(24000, 1001), Fraction(25)):
        assert frame_rate(bare_mp4(flat((16, 16), 9), fps).data) == fps


def test_what_another_encoder_made_for_raters_is_encoded_again(tmp_path: Path) -> None:
    """A machine draws one version's takes together: the habits of its encoder would tell them apart."""
    studio, still, clip = new_studio(tmp_path / "studio"), noise((32, 32)), flat((32, 32), 5)
    sink = io.BytesIO()
    Image.fromarray(still[0]).save(sink, "PNG", compress_level=1)
    foreign = replace(bare_png(still), data=sink.getvalue())
    foreign_clip = replace(bare_mp4(clip, Fraction(25)), data=encode_clip(clip, Fraction(25)) + b"\0\0\0\x08zzzz")
    take = EncodedTake(foreign_clip, foreign, foreign_clip, foreign, encoder="of another machine")
    files = store_take(studio, take)
    poster = media.path_of(studio, files["rendition_poster"]).read_bytes()
    assert poster == bare_png(still).data != foreign.data
    served = media.path_of(studio, files["rendition"]).read_bytes()
    assert b"zzzz" not in served
    np.testing.assert_allclose(decode_frames(served, True, "it").astype(int), clip, atol=3)
    assert media.path_of(studio, files["media"]).read_bytes() == foreign_clip.data, "the archive is as it was drawn"
    ours = replace(take, encoder=name_encoder())
    assert media.path_of(studio, store_take(studio, ours)["rendition_poster"]).read_bytes() == foreign.data


def test_a_large_take_is_stored_with_the_picture_that_screens_show(tmp_path: Path) -> None:
    studio = new_studio(tmp_path / "studio")
    large = bare_png(flat((1100, 1100), 9))
    files = store_take(studio, EncodedTake(large, None, large, None, encoder=name_encoder()))
    kept = thumbnails.kept_at(studio, media.describe(studio, files["rendition"]), 1024)
    assert kept
    assert kept.is_file()
