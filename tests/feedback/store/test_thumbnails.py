"""Small pictures of large ones: which there are, how long they are, and what is not in them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from feedback.store import Studio, media, padding, thumbnails
from feedback.store.media import MediaFile


def store(studio: Studio, width: int, height: int, seed: int, mode: str = "RGB") -> MediaFile:
    """A picture of noise for odd seeds, and of one colour for even ones."""
    shape = (height, width, len(mode))
    pixels = np.random.default_rng(seed).integers(0, 256, shape) if seed % 2 else np.full(shape, seed)
    info, sink = PngInfo(), io.BytesIO()
    info.add_text("circletake", "drawn by v0007")
    Image.fromarray(pixels.astype(np.uint8).squeeze(), mode).save(sink, "PNG", pnginfo=info)
    return media.describe(studio, media.store_bytes(studio, sink.getvalue(), "png", "image/png", width, height, 1))


@pytest.mark.parametrize(
    ("width", "height", "size"), [(2048, 1024, (640, 320)), (300, 3000, (64, 640)), (641, 641, (640, 640))]
)
def test_a_large_picture_has_a_small_one(studio: Studio, width: int, height: int, size: tuple[int, int]) -> None:
    path = thumbnails.thumbnail_file(studio, store(studio, width, height, 2))
    assert path is not None
    with Image.open(path) as small:
        small.load()
        assert (small.format, small.size) == ("JPEG", size)
        assert not small.getexif()
    assert b"v0007" not in path.read_bytes()


@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_pictures_of_other_kinds_have_one_too(studio: Studio, mode: str) -> None:
    assert thumbnails.thumbnail_file(studio, store(studio, 700, 700, 2, mode)) is not None


def test_all_of_one_size_are_as_long_or_twice(studio: Studio) -> None:
    plain = {thumbnails.thumbnail_file(studio, store(studio, 1024, 1024, seed)).stat().st_size for seed in (2, 4, 60)}  # type: ignore[union-attr]
    assert len(plain) == 1
    (length,) = plain
    noise = thumbnails.thumbnail_file(studio, store(studio, 1024, 1024, 3)).stat().st_size  # type: ignore[union-attr]
    assert noise in {length * 2**power for power in range(1, 5)}


def test_small_pictures_and_clips_have_none(studio: Studio) -> None:
    assert thumbnails.thumbnail_file(studio, store(studio, 640, 480, 2)) is None
    clip = media.describe(studio, media.store_bytes(studio, b"clip", "mp4", "video/mp4", 1920, 1080, 24))
    assert thumbnails.thumbnail_file(studio, clip) is None


def test_a_picture_that_cannot_be_read_has_none(studio: Studio) -> None:
    broken = media.store_bytes(studio, b"no picture", "png", "image/png", 2000, 2000, 1)
    assert thumbnails.thumbnail_file(studio, media.describe(studio, broken)) is None


def test_pictures_for_screens_are_smaller_than_the_take_and_of_few_sizes(studio: Studio) -> None:
    assert thumbnails.screen_sides("png", 2048, 1152) == [1024, 1440]
    assert thumbnails.screen_sides("png", 1024, 1024) == []
    assert thumbnails.screen_sides("png", 3000, 4096) == [1024, 1440, 2048]
    assert thumbnails.screen_sides("mp4", 1920, 1080) == []
    file = store(studio, 2048, 1152, 2)
    assert thumbnails.thumbnail_file(studio, file, 2048) is None
    for longest in thumbnails.screen_sides("png", 2048, 1152):
        with Image.open(thumbnails.thumbnail_file(studio, file, longest)) as picture:  # type: ignore[arg-type]
            assert max(picture.size) == longest


def test_a_picture_for_a_screen_looks_like_the_take(studio: Studio) -> None:
    """As near to the take, made smaller without loss, as nobody sees: its edges too."""
    ramp = np.linspace(0, 255, 2048)
    pixels = np.stack(
        [np.tile(ramp, (2048, 1)), np.tile(ramp[:, None], (1, 2048)), np.full((2048, 2048), 90.0)], axis=-1
    )
    pixels[600:1400, 600:1400] = (200, 30, 60)
    picture, sink = Image.fromarray(pixels.astype(np.uint8)), io.BytesIO()
    picture.save(sink, "PNG")
    sha256 = media.store_bytes(studio, sink.getvalue(), "png", "image/png", 2048, 2048, 1)
    thumbnails.make_for_screens(studio, sha256)
    kept = thumbnails.kept_at(studio, media.describe(studio, sha256), 1024)
    assert kept
    with Image.open(kept) as small:
        lossless = picture.resize((1024, 1024), Image.Resampling.LANCZOS)
        apart = np.abs(np.asarray(small, float) - np.asarray(lossless, float))
    assert apart.mean() < 1
    assert np.percentile(apart, 99.9) < 12


def test_making_one_before_it_is_needed_never_fails(studio: Studio) -> None:
    thumbnails.make_for_screens(studio, "0" * 64)
    thumbnails.make_for_screens(studio, media.store_bytes(studio, b"broken", "png", "image/png", 2000, 2000, 1))
    assert not list((studio.folder / "cache").rglob("*.jpg"))


def test_padding_is_skipped_whatever_its_length(tmp_path: Path) -> None:
    sink = io.BytesIO()
    Image.new("RGB", (8, 8), (10, 20, 30)).save(sink, "JPEG")
    for side in (8, 100, 300, 600, 1000):
        data = padding.pad_jpeg(sink.getvalue(), side, side, 3)
        assert len(data) % padding.PAGE == 0
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.convert("RGB").getpixel((0, 0)) == (10, 20, 30)
