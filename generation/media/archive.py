"""From pixels to the studio's media: the archived file, the bare rendition for raters, posters for clips.

Encoding needs no studio, so that another machine can do it; storing needs no pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypedDict

import numpy as np

from feedback.store import Studio, thumbnails
from feedback.store.media import store_bytes
from feedback.store.padding import pad
from generation.media.decode import decode_frames, frame_rate
from generation.media.encode import encode_clip, encode_still, name_encoder
from generation.request import BriefRow, request_of


@dataclass(frozen=True)
class EncodedFile:
    """A file of a take that is not stored yet."""

    data: bytes
    ext: str
    mime: str
    width: int  # pixels
    height: int
    frames: int


@dataclass(frozen=True)
class EncodedTake:
    """All files of one take."""

    media: EncodedFile
    poster: EncodedFile | None
    rendition: EncodedFile
    rendition_poster: EncodedFile | None
    encoder: str  # `generation.media.encode.name_encoder`


class Files(TypedDict):
    """sha256s of one take's files."""

    media: str
    poster: str | None
    rendition: str
    rendition_poster: str | None


def encode_take(pixels: np.ndarray, brief: BriefRow, provenance: Mapping[str, Any]) -> EncodedTake:
    """The files of one take, uint8 [F, H, W, 3]."""
    request = request_of(brief)
    if request.kind == "still":
        return EncodedTake(png_of(pixels, provenance), None, bare_png(pixels), None, name_encoder())
    return EncodedTake(
        media=mp4_of(pixels, request.fps, provenance),
        poster=png_of(pixels, provenance),
        rendition=bare_mp4(pixels, request.fps),
        rendition_poster=bare_png(pixels),
        encoder=name_encoder(),
    )


def bare_png(pixels: np.ndarray) -> EncodedFile:
    """The first frame as raters get it: without metadata, and as long as every still of its size."""
    return padded(png_of(pixels, None))


def bare_mp4(pixels: np.ndarray, fps: Fraction) -> EncodedFile:
    return padded(mp4_of(pixels, fps, None))


def padded(file: EncodedFile) -> EncodedFile:
    return replace(file, data=pad(file.data, file.ext, file.width, file.height, file.frames))


def png_of(pixels: np.ndarray, provenance: Mapping[str, Any] | None) -> EncodedFile:
    """The first frame."""
    _, height, width, _ = pixels.shape
    return EncodedFile(encode_still(pixels, provenance), "png", "image/png", width, height, 1)


def mp4_of(pixels: np.ndarray, fps: Fraction, provenance: Mapping[str, Any] | None) -> EncodedFile:
    frames, height, width, _ = pixels.shape
    return EncodedFile(encode_clip(pixels, fps, provenance), "mp4", "video/mp4", width, height, frames)


def store_take(studio: Studio, take: EncodedTake) -> Files:
    """Writes the files of one take; returns their sha256s as `finish_take` takes them.

    What raters get of takes that another machine encoded with other libraries is encoded again here: a machine draws
    one version's takes together, and its encoder's habits would tell them apart.
    """
    rendition, poster = take.rendition, take.rendition_poster
    if take.encoder != name_encoder():
        rendition, poster = encode_again(rendition), encode_again(poster) if poster else None
    files: Files = {
        "media": store_file(studio, take.media),
        "poster": store_file(studio, take.poster) if take.poster else None,
        "rendition": store_file(studio, rendition),
        "rendition_poster": store_file(studio, poster) if poster else None,
    }
    thumbnails.make_for_screens(studio, files["rendition"])
    return files


def encode_again(file: EncodedFile) -> EncodedFile:
    """A rendition by the encoder of this machine."""
    is_clip = file.ext == "mp4"
    pixels = decode_frames(file.data, is_clip, "a rendition from another machine")
    return bare_mp4(pixels, frame_rate(file.data)) if is_clip else bare_png(pixels)


def store_file(studio: Studio, file: EncodedFile) -> str:
    return store_bytes(studio, file.data, file.ext, file.mime, file.width, file.height, file.frames)
