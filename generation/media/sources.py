"""Media that takes start from: brought into the studio, and read back in the size that a brief asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from os.path import isfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from feedback.errors import Invalid, NotFound
from feedback.fields import clean_text
from feedback.production.takes import get_take
from feedback.store import Studio, media
from generation.media.decode import decode_frames
from generation.media.measuring import measure_media, read_bounded
from generation.request import BriefRow, Request, Source, request_of

MIMES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "mp4": "video/mp4"}
BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
LONGEST_PATH = 200  # characters that a refusal repeats
KEPT = 127  # of 255: up to here a mask is black


@dataclass(frozen=True)
class SourceFiles:
    """The files of a brief's source and mask, which may be sent to another machine."""

    source: bytes
    is_clip: bool
    mask: bytes | None = None


def store_source(studio: Studio, path: Path, is_mask: bool = False) -> str:
    """Keeps a PNG, JPEG or WebP picture or an MP4 clip in the studio's media; returns its sha256.

    NotFound or Invalid for what is no such file, or a mask of which nothing is drawn.
    """
    name = name_of_file(str(path))
    if not isfile(path):  # False, too, of what can be no file's name
        raise NotFound(f"no file {name}: give a PNG, JPEG, WebP or MP4 file, or the number of a take")
    measure = measure_mask if is_mask else measure_file
    return measure(read_bounded(path, name), name).store(studio)


def name_of_file(name: str) -> str:
    """As refusals say it."""
    return " ".join(clean_text(name).split())[:LONGEST_PATH]


@dataclass(frozen=True)
class MeasuredFile:
    """A picture or a clip that was decoded, and is not kept yet."""

    data: bytes
    ext: str
    width: int  # pixels
    height: int
    frames: int

    def store(self, studio: Studio) -> str:
        """Keeps it in the studio's media; returns its sha256."""
        return media.store_bytes(studio, self.data, self.ext, MIMES[self.ext], self.width, self.height, self.frames)


def measure_file(data: bytes, name: str) -> MeasuredFile:
    """Invalid, which names the file, for what is no PNG, JPEG, WebP or MP4, or is too large to be decoded."""
    ext = type_of(data)
    if ext is None:
        raise Invalid(f"{name} is no PNG, JPEG, WebP or MP4 file: convert it first")
    return MeasuredFile(data, ext, *measure_media(data, ext == "mp4", name))


def measure_mask(data: bytes, name: str) -> MeasuredFile:
    """The same of a mask; Invalid where nothing would be drawn, as of one that a program wrote into the transparency alone."""
    file = measure_file(data, name)
    if file.ext != "mp4" and np.asarray(grey_of(data, name)).max() <= KEPT:
        raise Invalid(f"the mask {name} is black, so that nothing would be drawn: paint white what is to be drawn")
    return file


def grey_of(data: bytes, name: str) -> Image.Image:
    (frame,) = decode_frames(data, False, name)
    return Image.fromarray(frame).convert("L")


def type_of(data: bytes) -> str | None:
    """By how the content begins, whatever the file is called."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return "mp4"
    return next((ext for beginning, ext in BEGINNINGS.items() if data.startswith(beginning)), None)


def media_of_take(studio: Studio, take_id: int) -> str:
    """The sha256 of what a take shows; Invalid when it is not drawn, NotFound when there is none."""
    take = get_take(studio, take_id)
    if not take["media"]:
        raise Invalid(f"take {take_id} is {take['state']}, so nothing can start from it: give one that is done")
    return take["media"]


def with_source(studio: Studio, brief: BriefRow) -> Mapping[str, Any]:
    """The brief as it can be drawn here: its source is read from the studio when it is needed."""
    if brief.get("source_media") is None:
        return brief
    return {**brief, "read_source": partial(read_source, studio, brief)}


def read_source(studio: Studio, brief: BriefRow) -> Source:
    files = read_files(studio, brief)
    assert files is not None, "asked of briefs with a source alone"
    return open_source(files, request_of(brief))


def with_files(brief: BriefRow, files: SourceFiles | None) -> Mapping[str, Any]:
    """The same on a machine that has no studio."""
    return brief if files is None else {**brief, "read_source": partial(open_source, files, request_of(brief))}


def read_files(studio: Studio, brief: BriefRow) -> SourceFiles | None:
    """None of a brief without a source; NotFound or Invalid names a file that is gone or damaged."""
    source, mask = brief.get("source_media"), brief.get("mask_media")
    if source is None:
        return None
    is_clip = media.describe(studio, source)["ext"] == "mp4"
    return SourceFiles(read_file(studio, source), is_clip, None if mask is None else read_file(studio, mask))


def check_files(studio: Studio, brief: BriefRow) -> None:
    """NotFound or Invalid names a file of the brief's source or mask that is gone or damaged."""
    for sha256 in (brief.get("source_media"), brief.get("mask_media")):
        if sha256 is not None:
            place_of(studio, sha256)


def read_file(studio: Studio, sha256: str) -> bytes:
    return place_of(studio, sha256).read_bytes()


def place_of(studio: Studio, sha256: str) -> Path:
    return media.whole_path_of(studio, sha256)


def open_source(files: SourceFiles, request: Request) -> Source:
    """The pixels in the request's size. A still as the source of a clip is one frame; of a clip the first frames count."""
    name = f"source {str(request.source_media)[:12]}"
    size = request.width, request.height
    fitted = decode_frames(
        files.source,
        files.is_clip,
        name,
        most=request.frames,
        fit=lambda frame: fit(Image.fromarray(frame), size, Image.Resampling.LANCZOS),
    )
    return Source(fitted, None if files.mask is None else open_mask(files.mask, request))


def open_mask(file: bytes, request: Request) -> np.ndarray:
    """float32 [H, W]: 0 up to the middle of grey, from there to white the share that is seen of what is drawn."""
    grey = grey_of(file, f"mask {str(request.mask_media)[:12]}")
    values = fit(grey, (request.width, request.height), Image.Resampling.BILINEAR).astype(np.float32)
    return np.clip((values - KEPT) / (255 - KEPT), 0, 1)


def fit(image: Image.Image, size: tuple[int, int], method: Image.Resampling) -> np.ndarray:
    """Cut to the size's proportions around the middle, then scaled; as it is where it has the size already."""
    return np.asarray(image if image.size == size else ImageOps.fit(image, size, method))
