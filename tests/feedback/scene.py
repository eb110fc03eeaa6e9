"""A small studio to judge in: pictures are noise-free squares, drawn by nobody, recorded as a worker records them."""

from __future__ import annotations

import io
import itertools
import struct
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from feedback.judgements import ballots
from feedback.people import accounts, project_members
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio, media
from feedback.trials import promotion
from generation.media.encode import encode_clip

_uids = itertools.count(1)


def uid() -> str:
    return f"scene-{next(_uids)}"


def picture(shade: int, size: int = 16) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (size, size), (shade % 256, shade // 256 % 256, 128)).save(sink, "PNG")
    return sink.getvalue()


def clip(shade: int, frames: int, rate: Fraction) -> bytes:
    """An MP4 that gets brighter frame by frame: `brightness(number)` each. No two shades are the same file."""
    # A box that readers pass over: the pictures are encoded once for all takes.
    return encoded(frames, rate) + struct.pack(">I4sQ", 16, b"free", shade)


@lru_cache(maxsize=64)
def encoded(frames: int, rate: Fraction) -> bytes:
    levels = [brightness(number) for number in range(frames)]
    pixels = np.broadcast_to(np.array(levels, np.uint8)[:, None, None, None], (frames, 16, 16, 3))
    return encode_clip(pixels, rate, {"made": "for tests"})


def brightness(number: int) -> int:
    """Of a frame of a clip, 0 to 255; of the hundredth frame as of the first."""
    return 20 + number % 100 * 2


class Scene:
    """A studio with ana (supervisor) and ben, cas (creatives), the project SHOW and its shots S_020 and S_010."""

    def __init__(self, studio: Studio, fps: str = "24") -> None:
        self.studio = studio
        promotion.ensure_starter(studio)
        projects.add_project(studio, "SHOW", "The Show", fps=fps)
        self.shots = {code: shots.add_shot(studio, "SHOW", code)["id"] for code in ("S_020", "S_010")}
        self.people = {
            name: accounts.add_person(studio, name, role)["id"]
            for name, role in (("ana", "supervisor"), ("ben", "creative"), ("cas", "creative"))
        }
        for name in self.people:
            project_members.add_member(studio, "SHOW", name)

    def brief(self, prompt: str = "a house by day", shot: str = "S_010", **options: Any) -> int:
        return int(briefs.write_brief(self.studio, self.shots[shot], prompt, author="ana", **options)["id"])

    def takes(self, brief: int, count: int = 2, version: str | None = None) -> list[int]:
        used = self.studio.value("SELECT COUNT(*) FROM takes")
        ids = render_queue.queue_takes(self.studio, brief, list(range(used, used + count)), version=version)
        self.draw()
        return ids

    def draw(self) -> None:
        """Does all that is queued."""
        while leased := render_queue.lease_takes(self.studio, "test", 100):
            for take in leased:
                self.finish(take)

    def finish(self, take: dict[str, Any]) -> None:
        self.finish_as("test", take)

    def finish_as(self, worker: str, take: dict[str, Any]) -> None:
        brief = take["brief_row"]
        still = media.store_bytes(self.studio, picture(take["id"]), "png", "image/png", 16, 16, 1)
        archived, poster = still, None
        if brief["kind"] == "clip":
            data = clip(take["id"], brief["frames"], Fraction(brief["fps_num"], brief["fps_den"]))
            archived = media.store_bytes(self.studio, data, "mp4", "video/mp4", 16, 16, brief["frames"])
            poster = still
        files = {"media": archived, "poster": poster, "rendition": archived, "rendition_poster": poster}
        render_queue.finish_take(self.studio, take["id"], worker, provenance={"seed": take["seed"]}, **files)

    def judge(self, person: str, left: int, right: int, verdict: str) -> int:
        row, _ = ballots.cast_ballot(self.studio, self.people[person], uid(), left, right, verdict, 1000)
        return int(row["id"])

    def undo(self, person: str, ballot: int) -> int:
        """Takes the verdict of that id back."""
        row = self.studio.row('SELECT uid, "left", "right" FROM ballots WHERE id = ?', (ballot,))
        assert row is not None
        takes_of_pair = row["left"], row["right"]
        kept, _ = ballots.cast_ballot(
            self.studio, self.people[person], uid(), *takes_of_pair, "skip", 0, undoes=row["uid"]
        )
        return int(kept["id"])
