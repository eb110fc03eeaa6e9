"""Pictures as an image encoder of the studio's sees them, and which of them it takes for similar to a take.

The copy check knows a picture again; an encoder knows what is in it. Similarity is the cosine of two vectors, of which only the
order means something: encoders differ in how alike they take everything for, so the library sets from when on it is much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from feedback.copies import related, similar, vectors
from feedback.copies.checks import KEPT, Alike
from feedback.copies.threshold import FEWEST, SAMPLE, allowed
from feedback.errors import Refused
from feedback.store import Studio, media
from generation.copies.checking import chosen_frames
from generation.media.decode import read_frames

if TYPE_CHECKING:
    from generation.image_encoder import LoadedEncoder

AT_ONCE = 512  # vectors that are read at once
HIGHEST = 0.98  # of a threshold: a library that holds the same film twice must not make what is similar go unseen


def encode_file(studio: Studio, loaded: LoadedEncoder, encoder: int, sha256: str) -> None:
    """Keeps the vectors of a stored file's frames; of one that cannot be read, that it cannot."""
    try:
        frames = read_frames(media.whole_path_of(studio, sha256))
    except Refused:
        vectors.store(studio, encoder, sha256, {})
        return
    numbers = chosen_frames(len(frames))
    pooled, _ = loaded.encode(loaded.encoder.input.pixels(frames[numbers]))
    kept = zip(numbers, as_unit(pooled.numpy()), strict=True)
    vectors.store(studio, encoder, sha256, {number: row.astype("<f2").tobytes() for number, row in kept})


def as_unit(rows: np.ndarray) -> np.ndarray:
    """float [n, d], each row of length 1."""
    return rows / np.maximum(1e-6, np.linalg.norm(rows, axis=1, keepdims=True))


class Seen:
    """The vectors of a studio by one encoder, in memory. What comes later is read when `update` is called."""

    def __init__(self, studio: Studio, encoder: int) -> None:
        self.studio, self.encoder, self.upto = studio, encoder, 0
        self._media: list[str] = []
        self._frames: list[int] = []
        self._places: dict[str, list[int]] = {}
        self._parts: list[np.ndarray] = []

    def update(self) -> None:
        while rows := vectors.after(self.studio, self.encoder, self.upto, AT_ONCE):
            for row in rows:
                self._places.setdefault(row.media, []).append(len(self._media))
                self._media.append(row.media)
                self._frames.append(row.frame)
            self._parts.append(np.stack([np.frombuffer(row.data, "<f2") for row in rows]))
            self.upto = rows[-1].id

    def cosines(self, own: np.ndarray) -> np.ndarray:
        """float32 [own, all] of vectors [own, d]."""
        return np.concatenate([own @ part.astype(np.float32).T for part in self._parts], axis=1)

    def of_files(self, files: Sequence[str]) -> np.ndarray:
        return np.array([place for file in files for place in self._places.get(file, ())], int)

    def rows_at(self, places: Sequence[int]) -> np.ndarray:
        """float32 [places, d]."""
        whole = np.cumsum([0, *(len(part) for part in self._parts)])
        numbers = [int(np.searchsorted(whole, place, "right")) - 1 for place in places]
        rows = [self._parts[n][place - whole[n]] for n, place in zip(numbers, places, strict=True)]
        return np.stack(rows).astype(np.float32)

    def most_similar(self, sha256: str, without: Sequence[str]) -> tuple[list[Alike], list[Alike]]:
        """(of the library, of takes): the files that a file is most similar to in any of its frames, KEPT of each."""
        own = self.of_files([sha256])
        cosines = self.cosines(self.rows_at(own.tolist()))
        cosines[:, self.of_files([sha256, *without])] = -1
        best = cosines.argmax(axis=0)
        values = np.take_along_axis(cosines, best[None], axis=0)[0]
        library = vectors.library_files(self.studio)
        nearest: tuple[dict[str, Alike], dict[str, Alike]] = ({}, {})
        for place in np.argsort(-values):
            file, part = self._media[place], nearest[self._media[place] not in library]
            if values[place] > -1 and file not in part and len(part) < KEPT:
                frame = self._frames[own[best[place]]]
                part[file] = Alike(file, float(values[place]), False, frame, self._frames[place])
        return list(nearest[0].values()), list(nearest[1].values())

    def check_take(self, take: int, rendition: str) -> None:
        without = related.not_compared(self.studio, take)
        of_library, of_takes = self.most_similar(rendition, sorted(without))
        similar.keep(self.studio, take, self.encoder, self.upto, [*of_library, *of_takes])

    def measure_threshold(self) -> None:
        """By how similar frames of the library are to the most similar one of another file."""
        value, count = threshold_of(self, vectors.library_files(self.studio))
        vectors.keep_threshold(self.studio, self.encoder, value, count)


def threshold_of(seen: Seen, files: Mapping[str, int]) -> tuple[float | None, int]:
    """(the similarity that, with nine chances in ten, at most 1 % of different pictures reach; frames that it is set by)."""
    places = seen.of_files(sorted(file for file in files if len(seen.of_files([file]))))
    if len(places) < FEWEST:
        return None, 0
    numbers = np.array([files[seen._media[place]] for place in places])
    chosen = np.random.default_rng(0).permutation(len(places))[:SAMPLE]
    cosines = seen.cosines(seen.rows_at(places[chosen].tolist()))[:, places]
    cosines[numbers[chosen][:, None] == numbers[None]] = -1
    highest = np.sort(cosines.max(axis=1))[::-1]
    return min(HIGHEST, float(highest[allowed(len(highest))]) + 1e-6), len(highest)
