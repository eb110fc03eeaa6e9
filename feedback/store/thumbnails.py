"""Small pictures of large ones, for pages that show many. Each is made when it is first requested, and kept in cache/."""

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
LONGEST_SIDE = 640  # pixels; what is no larger is its own thumbnail
QUALITY = 88
MIME = "image/jpeg"


def thumbnail_file(studio: Studio, file: MediaFile) -> Path | None:
    """The path of a JPEG of at most `LONGEST_SIDE`; None for a clip, a small picture, and where none can be made.

    It has no metadata, and all of one size are as long: neither says more of a take than the picture does.
    """
    if file["ext"] == "mp4" or max(file["width"], file["height"]) <= LONGEST_SIDE:
        return None
    stored = media.path_of(studio, file["sha256"])
    kept = (studio.folder / "cache" / "thumbnails" / stored.relative_to(studio.media_folder)).with_suffix(".jpg")
    try:
        if not kept.is_file():
            data = make_thumbnail(stored)
            with whole_file(kept, durable=False) as partial:
                partial.write_bytes(data)
        return kept
    except OSError as error:  # on a full or read-only disk people still see the take
        log.warning("no thumbnail of %s: %s", file["sha256"][:12], one_line(error))
        return None


def make_thumbnail(path: Path) -> bytes:
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=QUALITY, subsampling=0, exif=b"", icc_profile=None)
    return pad_jpeg(sink.getvalue(), *picture.size)
