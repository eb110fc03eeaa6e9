"""Pictures as an image encoder or the model that draws sees them, and which of them it takes for similar to a take.

The copy check knows a picture again; an encoder knows what is in it. Similarity is the cosine of two vectors, of which only the
order means something: encoders differ in how alike they take everything for, so the library sets from when on it is much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from feedback.copies import related, similar, vectors
from feedback.copies.checks import KEPT, Alike
from feedback.copies.threshold import FEWEST, SAMPLE, allowed
from feedback.errors import Refused
from feedback.store import Studio, media
from generation.copies.checking import chosen_frames
from generation.copies.metric import STEPS, Metric, alter, fit_metric, step_of
from generation.copies.readers import Read
from generation.media.decode import read_frames

AT_ONCE = 512  # vectors that are read at once
HIGHEST = 0.98  # of a threshold: a library that holds the same film twice must not make what is similar go unseen


def encode_file(studio: Studio, read: Read, encoder: int, sha256: str, with_copy: bool = False) -> None:
    """Keeps the vectors of a stored file's frames, and that of an altered copy of the first one where that is asked for; of a
    file that cannot be read, that it cannot."""
    try:
        frames = read_frames(media.whole_path_of(studio, sha256))
    except Refused:
        vectors.store(studio, encoder, sha256, {})
        return
    numbers = chosen_frames(len(frames))
    chosen = frames[numbers]
    if with_copy:
        chosen = np.concatenate([chosen, alter(chosen[0], int(sha256[:8], 16))[None]])
    kept = [row.astype("<f2").tobytes() for row in as_unit(read(chosen))]
    vectors.store(studio, encoder, sha256, dict(zip(numbers, kept, strict=False)), kept[-1] if with_copy else None)


def needs_copy(studio: Studio, encoder: int, sha256: str) -> bool:
    """A frame of the library, while a metric is not made of as many as it ever will be."""
    return vectors.count_altered(studio, encoder) < STEPS[-1] and vectors.is_of_library(studio, sha256)


def metric_of(studio: Studio, encoder: int) -> tuple[Metric | None, int]:
    """(how this model's vectors are compared, the newest vector that this comes of); (None, 0) while it has read too few."""
    pairs = vectors.altered(studio, encoder, step_of(vectors.count_altered(studio, encoder)))
    if not pairs:
        return None, 0
    frames, copies = (
        np.stack([np.frombuffer(row, "<f2") for row in rows]).astype(float)
        for rows in ([pair.frame for pair in pairs], [pair.copy for pair in pairs])
    )
    return fit_metric(frames, copies), max(pair.id for pair in pairs)


def as_unit(rows: np.ndarray) -> np.ndarray:
    """float [n, d], each row of length 1."""
    return rows / np.maximum(1e-6, np.linalg.norm(rows, axis=1, keepdims=True))


class Seen:
    """The vectors of a studio by one encoder, in memory. What comes later is read when `update` is called.

    `metric`: what is compared is not the vectors, but what this makes of them.
    """

    def __init__(self, studio: Studio, encoder: int, metric: Callable[[np.ndarray], np.ndarray] | None = None) -> None:
        self.studio, self.encoder, self.upto, self.metric = studio, encoder, 0, metric
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
            read = np.stack([np.frombuffer(row.data, "<f2") for row in rows])
            self._parts.append(as_unit(self.metric(read.astype(float))).astype("<f2") if self.metric else read)
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
        """(of the library, of takes): the files that a file is most similar to in any of its frames, KEPT of each.

        Only similarities above 0 count.
        """
        own = self.of_files([sha256])
        cosines = self.cosines(self.rows_at(own.tolist()))
        cosines[:, self.of_files([sha256, *without])] = -1
        best = cosines.argmax(axis=0)
        values = np.take_along_axis(cosines, best[None], axis=0)[0]
        library = vectors.library_files(self.studio)
        nearest: tuple[dict[str, Alike], dict[str, Alike]] = ({}, {})
        for place in np.argsort(-values):
            file, part = self._media[place], nearest[self._media[place] not in library]
            if values[place] > 0 and file not in part and len(part) < KEPT:
                frame = self._frames[own[best[place]]]
                part[file] = Alike(file, float(values[place]), False, frame, self._frames[place])
        return list(nearest[0].values()), list(nearest[1].values())

    def check_take(self, take: int, rendition: str) -> None:
        without = related.not_compared(self.studio, take)
        of_library, of_takes = self.most_similar(rendition, sorted(without))
        similar.keep(self.studio, take, self.encoder, self.upto, [*of_library, *of_takes])

    def measure_threshold(self) -> None:
        """By how similar frames of the library are to the most similar one of another file."""
        value, count = self.threshold(vectors.library_files(self.studio))
        vectors.keep_threshold(self.studio, self.encoder, value, count)

    def threshold(self, files: Mapping[str, int]) -> tuple[float | None, int]:
        """(the similarity that, with nine chances in ten, at most 1 % of different pictures reach; frames that it is set by).

        `files`: by media of the library, the file that it is of.
        """
        places = self.of_files(sorted(files))
        if len(places) < FEWEST:
            return None, 0
        numbers = np.array([files[self._media[place]] for place in places])
        chosen = np.random.default_rng(0).permutation(len(places))[:SAMPLE]
        cosines = self.cosines(self.rows_at(places[chosen].tolist()))[:, places]
        cosines[numbers[chosen][:, None] == numbers[None]] = -1
        highest = np.sort(cosines.max(axis=1))[::-1]
        return min(HIGHEST, float(highest[allowed(len(highest))]) + 1e-6), len(highest)
