"""Pictures of every odd kind come out upright and in sRGB, or are refused by name."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from feedback.errors import Invalid
from generation.library import stills
from generation.library.kinds import kind_of
from generation.library.stills import read_still
from tests.generation.library.rendered import scene


def photograph() -> Image.Image:
    return Image.fromarray(scene(1, 160, 90)[:, :160])


def near(path: Path, meant: Image.Image, most: float = 10.0) -> None:
    assert kind_of(path) == "still"
    seen, _ = read_still(path, 4096)
    assert seen.shape == (meant.height, meant.width, 3)
    assert np.abs(seen.astype(int) - np.asarray(meant.convert("RGB"))).mean() < most


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif", "a.bmp", "jpeg.png", "png.mp4"])
def test_formats_are_read_whatever_their_name(name: str, tmp_path: Path) -> None:
    real = {"jpeg.png": "JPEG", "png.mp4": "PNG"}.get(name)
    photograph().save(tmp_path / name, real, quality=95) if real else photograph().save(tmp_path / name, quality=95)
    near(tmp_path / name, photograph())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_cameras_say_which_side_is_up(orientation: int, tmp_path: Path) -> None:
    """What is stored is turned so that the turn which EXIF asks for undoes it."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = photograph() if orientation == 1 else photograph().transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", quality=95, exif=exif)
    near(tmp_path / "a.jpg", photograph())
    _, detail = read_still(tmp_path / "a.jpg", 4096)
    assert list(detail["shown"]) == [160, 90]


def test_sixteen_bits(tmp_path: Path) -> None:
    grey = np.asarray(photograph().convert("L"))
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "a.png")
    near(tmp_path / "a.png", Image.fromarray(grey), 1.0)
    write_png16(tmp_path / "b.png", np.asarray(photograph()).astype(np.uint16) * 257)
    near(tmp_path / "b.png", photograph(), 1.0)


def write_png16(path: Path, pixels: np.ndarray) -> None:
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def test_cmyk_and_grey_and_palettes(tmp_path: Path) -> None:
    photograph().convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    near(tmp_path / "a.jpg", photograph(), 12)
    photograph().convert("L").save(tmp_path / "b.png")
    near(tmp_path / "b.png", photograph().convert("L"), 1)
    photograph().convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "c.png")
    near(tmp_path / "c.png", photograph(), 16)
    photograph().convert("1").save(tmp_path / "d.png")
    near(tmp_path / "d.png", photograph().convert("1"), 1)


def test_profiles_are_obeyed(tmp_path: Path) -> None:
    """A profile that swaps nothing but the primaries: the same numbers are other colours in sRGB."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photograph().save(tmp_path / "a.png", icc_profile=plain)
    near(tmp_path / "a.png", photograph(), 1)
    swapped = swap_primaries(plain)
    photograph().save(tmp_path / "b.png", icc_profile=swapped)
    red, green, blue = photograph().split()
    near(tmp_path / "b.png", Image.merge("RGB", (green, red, blue)), 2)


def swap_primaries(profile: bytes) -> bytes:
    """Red and green change places in the table of tags."""
    data = bytearray(profile)
    for number in range(struct.unpack(">I", data[128:132])[0]):
        place = 132 + 12 * number
        name = bytes(data[place : place + 4])
        data[place : place + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
    return bytes(data)


def test_a_broken_profile_is_left_aside(tmp_path: Path) -> None:
    photograph().save(tmp_path / "a.png", icc_profile=b"no profile at all")
    near(tmp_path / "a.png", photograph(), 1)
    assert read_still(tmp_path / "a.png", 4096)[1]["profile"] is False


def test_what_is_transparent_is_on_black(tmp_path: Path) -> None:
    picture = photograph().convert("RGBA")
    picture.putalpha(Image.fromarray(np.repeat(np.linspace(0, 255, 160).astype(np.uint8)[None], 90, axis=0)))
    picture.save(tmp_path / "a.png")
    seen, _ = read_still(tmp_path / "a.png", 4096)
    assert seen[:, 0].max() == 0
    assert np.array_equal(seen[:, -1], np.asarray(photograph())[:, -1])


def test_large_pictures_become_smaller_and_small_ones_stay(tmp_path: Path) -> None:
    photograph().resize((3200, 1800)).save(tmp_path / "a.jpg", quality=95)
    seen, detail = read_still(tmp_path / "a.jpg", 320)
    assert seen.shape == (180, 320, 3)
    assert detail["coded"] == [3200, 1800]
    photograph().save(tmp_path / "b.png")
    assert read_still(tmp_path / "b.png", 320)[0].shape == (90, 160, 3)


def bomb(path: Path, side: int) -> None:
    """A PNG of a few bytes that claims to be many pixels."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(1000))),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def test_bombs_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    bomb(tmp_path / "a.png", 60_000)
    with pytest.raises(Invalid, match="60000 x 60000: scale it"):
        read_still(tmp_path / "a.png", 1024)
    chunk = struct.pack(">I", 0) + b"tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))
    photograph().save(tmp_path / "b.png")
    data = (tmp_path / "b.png").read_bytes()
    (tmp_path / "b.png").write_bytes(data[:33] + chunk * 40_000 + data[33:])
    with pytest.raises(Invalid, match="chunks"):
        read_still(tmp_path / "b.png", 1024)


def test_pillows_own_bound_is_as_it_was(tmp_path: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    photograph().save(tmp_path / "a.png")
    read_still(tmp_path / "a.png", 64)
    assert before == Image.MAX_IMAGE_PIXELS
    assert stills.MOST_PIXELS > 0


def test_several_pictures_in_one_file_are_refused_by_name(tmp_path: Path) -> None:
    others = [Image.fromarray(scene(seed, 160, 90)[:, :160]) for seed in (2, 3)]
    for name in ("a.webp", "a.tif"):
        photograph().save(tmp_path / name, save_all=True, append_images=others)
        with pytest.raises(Invalid, match="3 pictures"):
            read_still(tmp_path / name, 1024)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif"])
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_cut_off_pictures_are_refused_in_one_line(name: str, share: float, tmp_path: Path) -> None:
    photograph().save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: max(16, int(len(data) * share))])
    with pytest.raises(Invalid, match="cannot be read as a picture") as refusal:
        read_still(tmp_path / name, 1024)
    assert "\n" not in str(refusal.value)


def test_floating_point_is_refused_by_name(tmp_path: Path) -> None:
    Image.fromarray(np.ones((90, 160), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(Invalid, match="32-bit float"):
        read_still(tmp_path / "a.tif", 1024)
