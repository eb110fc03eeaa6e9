"""Pictures as upright sRGB of 8 bits: from cameras, scanners and painting programs."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

from feedback.errors import Invalid, one_line
from generation.media.decode import UNREADABLE
from generation.media.measuring import MOST_CHUNKS, MOST_SCANS, PNG, START_OF_SCAN, has_more_chunks

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "MPO")
MOST_PIXELS = 160 * 10**6  # a camera of medium format has 150 million
MOST_BYTES = 1024**3
BACKGROUND = (0, 0, 0)  # what is transparent is seen on black
SIXTEEN_BITS = "I;16"
JPEG = b"\xff\xd8"


@contextmanager
def readable() -> Iterator[None]:
    """What Pillow says of a broken picture becomes one line. What a disk says stays an OSError with its number."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, and of sizes that are bounded here
            yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise Invalid(f"it cannot be read as a picture: {one_line(error)}") from error
    except (*UNREADABLE, ImageCms.PyCMSError) as error:
        raise Invalid(f"it cannot be read as a picture: {one_line(error)}") from error


def read_still(path: Path, longest: int) -> tuple[np.ndarray, dict[str, Any]]:
    """(uint8 [H, W, 3] with no side over `longest`, what it says of itself); Invalid says why it cannot be read."""
    with readable(), open_bounded(path) as image:
        coded = list(image.size)
        image.draft(None, (longest, longest))  # a large JPEG is decoded at half or a quarter where that is enough
        image.load()
        upright = ImageOps.exif_transpose(image)
        is_turned = (upright.width > upright.height) != (image.width > image.height)
        shown = coded[::-1] if is_turned else coded
        detail = {"format": image.format, "mode": image.mode, "coded": coded, "shown": shown}
        picture = bounded(to_screen(upright, image.info.get("icc_profile"), detail), longest)
    return np.asarray(picture), detail


@contextmanager
def open_bounded(path: Path) -> Iterator[Image.Image]:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise Invalid(f"it has {size} bytes: give at most {MOST_BYTES}")
    check_structure(path)
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # checked below, before anything is decoded
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Invalid(f"it is {image.width} x {image.height}: scale it to at most {MOST_PIXELS} pixels")
            count = getattr(image, "n_frames", 1)
            if image.format != "MPO" and count > 1:  # an MPO has a camera's previews, too
                raise Invalid(f"it is a {image.format} of {count} pictures: save each as a file, or all as MP4")
            yield image
    finally:
        Image.MAX_IMAGE_PIXELS = most


def check_structure(path: Path) -> None:
    """Files that take long to read for what they are."""
    with path.open("rb") as file:
        head = file.read(len(PNG))
        data = head + file.read() if head == PNG or head.startswith(JPEG) else head
    if head == PNG and has_more_chunks(data, MOST_CHUNKS):
        raise Invalid(f"it has more than {MOST_CHUNKS} chunks: save it again as a plain PNG")
    if head.startswith(JPEG) and data.count(START_OF_SCAN) > MOST_SCANS + 4:  # a camera's previews among them
        raise Invalid(f"it has {data.count(START_OF_SCAN)} scans: save it again as a plain JPEG")


def to_screen(image: Image.Image, profile: bytes | None, detail: dict[str, Any]) -> Image.Image:
    """RGB in sRGB, by the file's own profile where it has one that can be used."""
    image = eight_bits(image)
    if "A" in image.getbands() or "transparency" in image.info:
        image = on_background(image.convert("RGBA"))
    if profile:
        detail["profile"] = True
        converted = by_profile(image, profile)
        if converted is not None:
            return converted
        detail["profile"] = False
    return image.convert("RGB")


def eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith(SIXTEEN_BITS) or image.mode == "I":
        return Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
    if image.mode == "F":
        raise Invalid("it holds numbers without a range (32-bit float): grade it, and export it with 8 or 16 bits")
    return image.convert("L") if image.mode == "1" else image


def on_background(image: Image.Image) -> Image.Image:
    behind = Image.new("RGBA", image.size, (*BACKGROUND, 255))
    return Image.alpha_composite(behind, image).convert("RGB")


def by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """None where the profile is broken, or of other colours than the picture."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = {"RGB": "RGB", "CMYK": "CMYK", "GRAY": "L"}.get(source.profile.xcolor_space.strip())
        if mode is None or (mode == "CMYK") != (image.mode == "CMYK"):
            return None
        picture = image if image.mode == mode else image.convert(mode)
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        return ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), intent, "RGB", flags=ImageCms.Flags.BLACKPOINTCOMPENSATION
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def bounded(image: Image.Image, longest: int) -> Image.Image:
    if max(image.size) <= longest:
        return image
    image = image.copy()
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return image
