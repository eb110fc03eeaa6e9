"""A studio whose clips are real movies: each frame has a shade of its own, so that a reader can tell which one it is."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from feedback.judgements import selects, statuses
from feedback.people import accounts
from feedback.production import render_queue
from feedback.store import media
from generation.media.encode import encode_clip
from tests.feedback.scene import Scene, uid

WIDTH, HEIGHT = 64, 48
STEP = 8  # of grey from one frame to the next


def shades(frames: int) -> np.ndarray:
    """uint8 [F, H, W, 3]: frame k has the grey 16 + 8 k."""
    levels = (16 + STEP * np.arange(frames)).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (frames, HEIGHT, WIDTH, 3)).copy()


def frame_of(picture: np.ndarray) -> int:
    """Which frame a picture is, by its upper half."""
    return round((float(picture[: HEIGHT // 2].mean()) - 16) / STEP)


def png(picture: np.ndarray) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(picture).save(sink, "PNG")
    return sink.getvalue()


class FilmScene(Scene):
    def finish_as(self, worker: str, take: dict[str, Any]) -> None:
        brief = take["brief_row"]
        frames = shades(brief["frames"])
        size = (WIDTH, HEIGHT)
        poster = media.store_bytes(self.studio, png(frames[0] + take["id"] % 8), "png", "image/png", *size, 1)
        archived = poster
        if brief["kind"] == "clip":
            movie = encode_clip(frames, Fraction(brief["fps_num"], brief["fps_den"]), {"take": take["id"]})
            archived = media.store_bytes(self.studio, movie, "mp4", "video/mp4", *size, brief["frames"])
        files = {"media": archived, "poster": poster, "rendition": archived, "rendition_poster": poster}
        render_queue.finish_take(self.studio, take["id"], worker, provenance={"seed": take["seed"]}, **files)

    def circle(self, *takes: int) -> None:
        for take in takes:
            statuses.set_status(self.studio, accounts.get_person(self.studio, "ana"), uid(), take, "circled")

    def cut(self, take: int, first: int, last: int, position: int | None = None) -> None:
        ana = accounts.get_person(self.studio, "ana")
        selects.set_range(self.studio, ana, uid(), take, first, last, position)
