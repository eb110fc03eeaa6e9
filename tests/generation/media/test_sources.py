"""Files that takes start from: kept as they came, and read in the size that a brief asks for."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from feedback.errors import Invalid, NotFound, Refused
from feedback.production.render_queue import queue_takes
from feedback.store import Studio, media
from generation.media import measuring
from generation.media.encode import encode_clip
from generation.media.sources import SourceFiles, check_files, media_of_take, open_source, store_source, with_source
from generation.request import Request, request_of
from tests.factories import add_brief, add_takes, new_studio
from tests.faults import hostile_media
from tests.tiny_pipelines.catalogue import BRIEF


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return new_studio(tmp_path / "studio")


def colours(width: int, height: int, frames: int = 1) -> np.ndarray:
    """uint8 [F, H, W, 3]: red from left to right, green from the top, blue with time."""
    pixels = np.zeros((frames, height, width, 3), dtype=np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width)
    pixels[..., 1] = np.linspace(0, 255, height)[:, None]
    pixels[..., 2] = np.linspace(0, 255, frames)[:, None, None]
    return pixels


def picture(format: str, pixels: np.ndarray | None = None, **options: Any) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(colours(48, 32)[0] if pixels is None else pixels).save(sink, format, **options)
    return sink.getvalue()


def request(**changes: Any) -> Request:
    return request_of({**BRIEF, **changes})


@pytest.mark.parametrize(
    ("format", "options", "ext", "most"),
    [("PNG", {}, "png", 0), ("JPEG", {"quality": 95}, "jpg", 20), ("WEBP", {"lossless": True}, "webp", 0)],
)
def test_pictures_are_kept_as_they_came(
    studio: Studio, tmp_path: Path, format: str, options: dict[str, Any], ext: str, most: int
) -> None:
    path = tmp_path / "named.anyhow"
    path.write_bytes(picture(format, **options))
    sha256 = store_source(studio, path)
    assert media.path_of(studio, sha256).read_bytes() == path.read_bytes()
    row = media.describe(studio, sha256)
    assert (row["ext"], row["width"], row["height"], row["frames"]) == (ext, 48, 32, 1)
    source = with_source(studio, {**BRIEF, "source_media": sha256})["read_source"]()
    assert np.abs(source.frames.astype(int) - colours(48, 32)).max() <= most
    assert store_source(studio, path) == sha256


def test_clips_give_their_first_frames(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(encode_clip(colours(48, 32, 9), Fraction(24)))
    sha256 = store_source(studio, path)
    assert media.describe(studio, sha256)["frames"] == 9
    brief = {**BRIEF, "kind": "clip", "frames": 5, "source_media": sha256}
    frames = with_source(studio, brief)["read_source"]().frames
    assert frames.shape == (5, 32, 48, 3)
    assert np.abs(frames[:, 16, 24, 2].astype(int) - colours(48, 32, 9)[:5, 16, 24, 2]).max() < 16


def test_a_cameras_picture_is_turned_upright(studio: Studio, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn to the right
    path = tmp_path / "a.jpg"
    path.write_bytes(picture("JPEG", exif=exif))
    row = media.describe(studio, store_source(studio, path))
    assert (row["width"], row["height"]) == (32, 48)


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (None, NotFound, "no file"),
        (b"hello", Invalid, "is no PNG, JPEG, WebP or MP4 file"),
        (b"GIF89a", Invalid, "is no PNG, JPEG, WebP or MP4 file"),
        (picture("PNG")[:60], Invalid, "cannot be read"),
        (b"\x00\x00\x00\x20ftypisom", Invalid, "cannot be read"),
    ],
)
def test_what_is_no_picture_or_clip_is_refused(
    studio: Studio, tmp_path: Path, content: bytes | None, error: type[Exception], reason: str
) -> None:
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=reason):
        store_source(studio, path)


def test_a_picture_that_no_memory_holds_is_refused(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = tmp_path / "a.png"
    path.write_bytes(picture("PNG"))
    with pytest.raises(Invalid, match="exceeds limit"):
        store_source(studio, path)


def test_another_size_is_cut_around_the_middle_and_scaled() -> None:
    wide = picture("PNG", colours(400, 100)[0])
    source = open_source(SourceFiles(wide, False), request(width=32, height=32))
    assert source.frames.shape == (1, 32, 32, 3)
    expected = Image.fromarray(colours(400, 100)[0]).crop((150, 0, 250, 100)).resize((32, 32), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(source.frames[0], np.asarray(expected))


def test_masks_are_drawn_from_the_middle_up_and_cut_as_their_source() -> None:
    grey = np.zeros((32, 48), dtype=np.uint8)
    grey[:, 8:16], grey[:, 16:24], grey[:, 24:] = 127, 128, 255
    sixteen_bits = (grey.astype(np.uint16)) * 257
    for mask in (picture("PNG", grey), picture("PNG", np.stack([grey] * 3, -1)), picture("PNG", sixteen_bits)):
        source = open_source(SourceFiles(picture("PNG"), False, mask), request())
        assert source.mask is not None
        np.testing.assert_array_equal(source.mask > 0, grey >= 128)
        np.testing.assert_array_equal(source.mask == 1, grey == 255)
        narrow = open_source(SourceFiles(picture("PNG"), False, mask), request(width=32))
        assert narrow.mask is not None
        np.testing.assert_array_equal(narrow.mask > 0, grey[:, 8:40] >= 128)


def test_a_take_is_what_it_shows_once_it_is_done(studio: Studio) -> None:
    brief = add_brief(studio, "ana")
    (take,) = add_takes(studio, brief, 1)
    assert media.describe(studio, media_of_take(studio, take))["width"] == 32
    (waiting,) = queue_takes(studio, brief["id"], [9])
    with pytest.raises(Invalid, match=f"take {waiting} is queued"):
        media_of_take(studio, waiting)
    with pytest.raises(NotFound):
        media_of_take(studio, 999)


def test_a_file_that_is_gone_is_named(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture("PNG"))
    brief = {**BRIEF, "source_media": store_source(studio, path)}
    check_files(studio, brief)
    media.path_of(studio, brief["source_media"]).unlink()
    with pytest.raises(NotFound, match="is missing: restore it"):
        check_files(studio, brief)
    with pytest.raises(NotFound, match="is missing: restore it"):
        with_source(studio, brief)["read_source"]()


HOSTILE = {
    "png that says 8193x4097": "scale it to at most 33554432 pixels",
    "png that says 100000x100000": "exceeds limit",
    "png with many chunks": "more than 32768 chunks, save it again as a plain PNG",
    "jpeg of a thousand scans": "save it again as a plain JPEG",
    "mp4 of a large frame": "scale it to at most 9437184 pixels",
    "mp4 whose header says small": "cannot be read",
    "endless file": "give at most 268435456",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_take_all_time_or_memory_is_refused(studio: Studio, tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.png"
    hostile_media.files("http://127.0.0.1:9")[name](path)
    with pytest.raises(Invalid, match=HOSTILE[name]) as refusal:
        store_source(studio, path)
    assert str(refusal.value).isprintable()
    assert studio.value("SELECT count(*) FROM media") == 0


def test_a_long_clip_is_counted_and_not_decoded_to_its_end(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "DECODED_FRAMES", 5)
    decoded: list[int] = []
    real = measuring.frames_in
    monkeypatch.setattr(measuring, "frames_in", lambda packet: decoded.append(1) or real(packet))
    path = tmp_path / "clip.mp4"
    path.write_bytes(encode_clip(colours(48, 32, 40), Fraction(24)))
    assert media.describe(studio, store_source(studio, path))["frames"] == 40
    assert len(decoded) < 40


def test_a_name_of_two_lines_is_one(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "a\nb\x1b[31m.png"
    path.write_bytes(b"hello")
    for given in (path, tmp_path / "c\nd.png"):
        with pytest.raises(Refused) as refusal:
            store_source(studio, given)
        assert str(refusal.value).isprintable()
