"""Describing the pictures of a studio, and comparing its takes with its library and with takes of other shots.

Nothing here raises for a picture's sake: one that cannot be read is noted with its reason.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from feedback.copies import checks, descriptions, related, threshold
from feedback.copies.checks import KEPT, Alike, Face
from feedback.copies.descriptions import Described
from feedback.errors import Invalid, NotFound, Refused, one_line
from feedback.production.takes import find_rendition
from feedback.store import Studio, media
from generation.copies.describing import Description, describe
from generation.copies.faces import find_faces
from generation.copies.nearest import Near, nearest
from generation.copies.searching import Index
from generation.media.decode import read_frames

FRAMES = 3  # of a clip: the first, the middle and the last
AT_ONCE = 512  # descriptions that are read at once


def chosen_frames(count: int) -> list[int]:
    """Which frames of a clip are compared."""
    return sorted(set(np.linspace(0, count - 1, min(FRAMES, count)).round().astype(int).tolist()))


def describe_frames(studio: Studio, sha256: str, frames: Sequence[np.ndarray] | np.ndarray) -> None:
    """Keeps what is needed to know a file again; `frames` are its pixels, F of uint8 [H, W, 3]."""
    kept = {number: describe(frames[number]).as_bytes() for number in chosen_frames(len(frames))}
    descriptions.store(studio, sha256, kept)


def describe_file(studio: Studio, sha256: str) -> str | None:
    """The same of a stored file; why it cannot be done, if it cannot."""
    try:
        describe_frames(studio, sha256, read_frames(media.whole_path_of(studio, sha256)))
    except Refused as reason:
        descriptions.store(studio, sha256, {})
        return one_line(reason)
    return None


class Known:
    """The descriptions of a studio, to look for pictures in. What comes later is read when `update` is called."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.index = studio, Index()
        self.upto = 0  # the newest description that is in the index
        self._ids: list[int] = []
        self._media: list[str] = []
        self._places: dict[str, list[int]] = {}  # of a file's frames in the index
        self._lock = threading.Lock()

    def update(self) -> None:
        """A file that was described again is in the index twice until the process ends; the old one is passed over."""
        with self._lock:
            while rows := descriptions.after(self.studio, self.upto, AT_ONCE):
                for row in rows:
                    self._add(row)

    def _add(self, row: Described) -> None:
        self.index.add(Description.of_bytes(row.data))
        self._places.setdefault(row.media, []).append(len(self._ids))
        self._ids.append(row.id)
        self._media.append(row.media)
        self.upto = row.id

    def media_at(self, place: int) -> str:
        return self._media[place]

    def places_of(self, files: Iterable[str]) -> list[int]:
        return [place for file in files for place in self._places.get(file, ())]

    def nearest(self, picture: Description, without: Sequence[int]) -> list[Near]:
        """As `generation.copies.nearest.nearest`."""
        return nearest(picture, self.index, self._read, without)

    def frame_at(self, place: int) -> int:
        return self._row(place).frame

    def _read(self, place: int) -> Description:
        return Description.of_bytes(self._row(place).data)

    def _row(self, place: int) -> Described:
        rows = descriptions.by_ids(self.studio, [self._ids[place]])
        if not rows:  # it was described again
            rows = {row.id: row for row in descriptions.of_media(self.studio, self._media[place])}
        return next(iter(rows.values()))


def check_take(known: Known, take: int) -> None:
    """Compares one take with all that was there before it, and looks for faces in it."""
    studio = known.studio
    rendition = find_rendition(studio, take) or ""
    try:
        frames = read_frames(whole_file(studio, rendition))
        if not descriptions.of_media(studio, rendition):
            describe_frames(studio, rendition, frames)
        known.update()
        alike = most_alike(known, rendition, known.places_of(related.not_compared(studio, take)))
        faces = faces_in(frames)
    except Refused as reason:
        checks.keep_check(studio, take, known.upto, problem=one_line(reason))
        return
    checks.keep_check(studio, take, known.upto, alike, faces)


def whole_file(studio: Studio, sha256: str) -> Path:
    """Refused in words that people may read who do not know where the studio's files are."""
    try:
        return media.whole_path_of(studio, sha256)
    except (NotFound, Invalid):
        reason = "its file is missing or damaged: restore it from a backup (circletake doctor --deep names it)"
        raise Refused(reason) from None


def most_alike(known: Known, sha256: str, without: Sequence[int]) -> list[Alike]:
    """Files that a described file is most alike, in any of its frames."""
    rows = descriptions.of_media(known.studio, sha256)
    return of_frames(known, {row.frame: Description.of_bytes(row.data) for row in rows}, without)


def most_alike_file(known: Known, frames: np.ndarray) -> list[Alike]:
    """The same of a file that is none of the studio's; `frames` are its pixels, uint8 [F, H, W, 3]."""
    known.update()
    return of_frames(known, {number: describe(frames[number]) for number in chosen_frames(len(frames))}, ())


def of_frames(known: Known, frames: Mapping[int, Description], without: Sequence[int]) -> list[Alike]:
    best: dict[str, Alike] = {}
    for number, picture in frames.items():
        for near in known.nearest(picture, without):
            file = known.media_at(near.place)
            if file not in best or near.likeness > best[file].likeness:
                best[file] = Alike(file, near.likeness, near.mirrored, number, known.frame_at(near.place))
    return sorted(best.values(), key=lambda each: -each.likeness)[: 2 * KEPT]


def faces_in(frames: np.ndarray) -> list[Face]:
    """Those of the frame that shows most of them."""
    faces = {number: find_faces(frames[number]) for number in chosen_frames(len(frames))}
    number = max(faces, key=lambda each: len(faces[each]))
    return [Face(number, *box) for box in faces[number]]


def measure_apart(known: Known, description: int) -> None:
    """How alike a frame of the library is to the most alike one of another file: what the threshold is set by."""
    studio = known.studio
    known.update()
    row = descriptions.by_ids(studio, [description]).get(description)
    if row is None:
        return
    library_only = known.places_of(related.takes_of(studio))
    without = [*known.places_of(threshold.same_file(studio, description)), *library_only]
    alike = known.nearest(Description.of_bytes(row.data), without)
    threshold.keep_nearest(studio, description, alike[0].likeness if alike else 0.0, known.upto)
