"""Where the pictures of a report come from: files of the studio, small, until a limit is reached."""

from __future__ import annotations

import base64
import io
import logging
from pathlib import Path
from typing import Protocol

from PIL import Image

from feedback.errors import Refused, one_line
from feedback.models.before_after import picture_file
from feedback.production.takes import get_take
from feedback.report.rendering.parts import ComparedPicture, Picture, Plot
from feedback.report.rendering.plots import LIGHT, draw_plot
from feedback.store import Studio, media

log = logging.getLogger(__name__)
LONGEST = 300  # pixels of a side; shown with half as many where the mail program can
QUALITY = 80
MOST_BYTES = (
    3 * 2**20
)  # of all pictures of a mail; many servers refuse mail from 10 MB on, and text makes a third more of it


class Pictures(Protocol):
    """Gives the address of each picture, or None where it cannot be shown, and of what it leads to, where it does."""

    def plot(self, plot: Plot) -> str | None: ...

    def picture(self, picture: Picture) -> str | None: ...

    def link(self, picture: Picture) -> str | None: ...


class NoPictures:
    """For texts."""

    def plot(self, plot: Plot) -> str | None:
        return None

    def picture(self, picture: Picture) -> str | None:
        return None

    def link(self, picture: Picture) -> str | None:
        return None


class InlinePictures(NoPictures):
    """In the document itself, as data URIs, as long as all together are small enough. Clips are not shown."""

    def __init__(self, studio: Studio, most_bytes: int = MOST_BYTES) -> None:
        self.studio = studio
        self.left = most_bytes
        self.left_out = 0  # pictures that did not fit

    def plot(self, plot: Plot) -> str | None:
        return self.keep(draw_plot(plot, LIGHT), "png")

    def picture(self, picture: Picture) -> str | None:
        data = small_picture(self.studio, picture)
        return None if data is None else self.keep(data, "jpeg")

    def keep(self, data: bytes, kind: str) -> str | None:
        if len(data) > self.left:
            self.left_out += 1
            return None
        self.left -= len(data)
        return self.address(data, kind)

    def address(self, data: bytes, kind: str) -> str:
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


class AttachedPictures(InlinePictures):
    """Beside the document, as the attachments of a mail, which it names by their content id."""

    def __init__(self, studio: Studio, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(studio, most_bytes)
        self.attached: list[tuple[str, str, bytes]] = []  # (content id, png or jpeg, data)

    def address(self, data: bytes, kind: str) -> str:
        name = f"picture{len(self.attached) + 1}@circletake"
        self.attached.append((name, kind, data))
        return f"cid:{name}"


def small_picture(studio: Studio, picture: Picture) -> bytes | None:
    """A JPEG without metadata; None for a clip of before and after, and for what cannot be read."""
    try:
        path = path_of(studio, picture)
        if path is None:
            return None
        with Image.open(path) as opened:
            small = opened.convert("RGB")
        small.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        sink = io.BytesIO()
        small.save(sink, "JPEG", quality=QUALITY, exif=b"", icc_profile=None)
        return sink.getvalue()
    except (Refused, OSError, ValueError, Image.DecompressionBombError) as error:
        log.warning("a picture is left out of the report: %s", one_line(error))
        return None


def path_of(studio: Studio, picture: Picture) -> Path | None:
    if isinstance(picture, ComparedPicture):
        return None if picture.is_clip else picture_file(studio, picture.version, picture.number, picture.side)
    take = get_take(studio, picture.take)
    shown = take["rendition_poster"] or take["rendition"]
    return media.path_of(studio, shown) if shown else None
