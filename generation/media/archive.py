"""From pixels to the studio's media: the archived file, the bare rendition for raters, posters for clips."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypedDict

import numpy as np

from feedback.production.briefs import Brief
from feedback.store import Studio
from feedback.store.media import store_bytes
from generation.media.encode import encode_clip, encode_still


class Files(TypedDict):
    """sha256s of one take's files."""

    media: str
    poster: str | None
    rendition: str
    rendition_poster: str | None


def store_take(studio: Studio, pixels: np.ndarray, brief: Brief, provenance: dict[str, Any]) -> Files:
    """Writes the files of one take, uint8 [F, H, W, 3]; returns their sha256s as `finish_take` wants them."""
    if brief["kind"] == "still":
        return {
            "media": store_png(studio, pixels, provenance),
            "poster": None,
            "rendition": store_png(studio, pixels, None),
            "rendition_poster": None,
        }
    fps = Fraction(brief["fps_num"], brief["fps_den"])
    return {
        "media": store_mp4(studio, pixels, fps, provenance),
        "poster": store_png(studio, pixels, provenance),
        "rendition": store_mp4(studio, pixels, fps, None),
        "rendition_poster": store_png(studio, pixels, None),
    }


def store_png(studio: Studio, pixels: np.ndarray, provenance: dict[str, Any] | None) -> str:
    """The first frame."""
    _, height, width, _ = pixels.shape
    return store_bytes(studio, encode_still(pixels, provenance), "png", "image/png", width, height, 1)


def store_mp4(studio: Studio, pixels: np.ndarray, fps: Fraction, provenance: dict[str, Any] | None) -> str:
    frames, height, width, _ = pixels.shape
    return store_bytes(studio, encode_clip(pixels, fps, provenance), "mp4", "video/mp4", width, height, frames)
