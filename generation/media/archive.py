"""From pixels to the studio's media: the archived file, the bare rendition for raters, posters for clips."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypedDict

import numpy as np

from feedback.store import Studio
from feedback.store.media import store_bytes
from generation.media.encode import encode_clip, encode_still
from generation.request import BriefRow, request_of


class Files(TypedDict):
    """sha256s of one take's files."""

    media: str
    poster: str | None
    rendition: str
    rendition_poster: str | None


def store_take(studio: Studio, pixels: np.ndarray, brief: BriefRow, provenance: Mapping[str, Any]) -> Files:
    """Writes the files of one take, uint8 [F, H, W, 3]; returns their sha256s as `finish_take` takes them."""
    request = request_of(brief)
    if request.kind == "still":
        return {
            "media": store_png(studio, pixels, provenance),
            "poster": None,
            "rendition": store_png(studio, pixels, None),
            "rendition_poster": None,
        }
    return {
        "media": store_mp4(studio, pixels, request.fps, provenance),
        "poster": store_png(studio, pixels, provenance),
        "rendition": store_mp4(studio, pixels, request.fps, None),
        "rendition_poster": store_png(studio, pixels, None),
    }


def store_png(studio: Studio, pixels: np.ndarray, provenance: Mapping[str, Any] | None) -> str:
    """The first frame."""
    _, height, width, _ = pixels.shape
    return store_bytes(studio, encode_still(pixels, provenance), "png", "image/png", width, height, 1)


def store_mp4(studio: Studio, pixels: np.ndarray, fps: Fraction, provenance: Mapping[str, Any] | None) -> str:
    frames, height, width, _ = pixels.shape
    return store_bytes(studio, encode_clip(pixels, fps, provenance), "mp4", "video/mp4", width, height, frames)
