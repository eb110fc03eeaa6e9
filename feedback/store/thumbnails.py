"""Smaller pictures of large ones: thumbnails for pages that show many, and the sizes that screens need to judge by.

Each is kept in cache/, and made when it is first requested where nobody has made it before. They have no metadata, all
of one shape are encoded alike and are as long: none says more of a take than the picture does.
"""

from __future__ import annotations

import io
import logging
from pathlib import Path

from PIL import Image

from feedback.durable_files import whole_file
from feedback.errors import one_line
from feedback.store import media
from feedback.store.connection import Studio
from feedback.store.media import MediaFile
from feedback.store.padding import pad_jpeg

log = logging.getLogger(__name__)
LONGEST_SIDE = 640  # pixels of a thumbnail; what is no larger is its own
SCREEN_SIDES = (1024, 1440, 2048)  # pixels; what screens show of a take that fits into half of one, or fills it
QUALITY = 88
SCREEN_QUALITY = 95  # the mean error is below 2 of 255, half of it the rounding of JPEG's colours
BITS = 3  # a pixel: what our thumbnails seldom need
SCREEN_BITS = 6  # the same of pictures for screens: those of a renderer with grain take 2 to 2.6
MIME = "image/jpeg"
UNREADABLE = (OSError, ValueError, Image.DecompressionBombError)


def screen_sides(ext: str, width: int, height: int) -> list[int]:
    """The longest sides, in pixels, of the pictures for screens that a still of this size has; each is smaller than it."""
    return [] if ext == "mp4" else [side for side in SCREEN_SIDES if side < max(width, height)]


def thumbnail_file(studio: Studio, file: MediaFile, longest: int = LONGEST_SIDE) -> Path | None:
    """The path of a JPEG of at most `longest` pixels a side, which is made where it is not there yet.

    None for a clip, for a picture that is no larger, and where none can be made.
    """
    kept = kept_at(studio, file, longest)
    if kept is None or kept.is_file():
        return kept
    try:
        data = make_thumbnail(media.path_of(studio, file["sha256"]), longest)
        with whole_file(kept, durable=False) as partial:
            partial.write_bytes(data)
        return kept
    except UNREADABLE as error:  # on a full or read-only disk people still see the take
        log.warning("no picture of %d pixels of %s: %s", longest, file["sha256"][:12], one_line(error))
        return None


def make_for_screens(studio: Studio, sha256: str) -> None:
    """The size that most screens need, before anybody waits for it. Never raises: whoever needs it makes it."""
    try:
        thumbnail_file(studio, media.describe(studio, sha256), SCREEN_SIDES[0])
    except Exception as error:
        log.warning("no picture for screens of %s: %s", sha256[:12], one_line(error))


def kept_at(studio: Studio, file: MediaFile, longest: int) -> Path | None:
    """Where the smaller picture is or will be; None for what has none."""
    if file["ext"] == "mp4" or max(file["width"], file["height"]) <= longest:
        return None
    folder = "thumbnails" if longest == LONGEST_SIDE else f"screens/{longest}"
    stored = media.path_of(studio, file["sha256"]).relative_to(studio.media_folder)
    return (studio.folder / "cache" / folder / stored).with_suffix(".jpg")


def make_thumbnail(path: Path, longest: int = LONGEST_SIDE) -> bytes:
    quality, bits = (QUALITY, BITS) if longest == LONGEST_SIDE else (SCREEN_QUALITY, SCREEN_BITS)
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=quality, subsampling=0, exif=b"", icc_profile=None)
    return pad_jpeg(sink.getvalue(), *picture.size, bits)
