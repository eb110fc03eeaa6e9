"""Which pictures of many may be the same as one: those with the most keypoints in common, and those of the same layout.

Both are cheap, and neither is the answer: what they name is compared in `generation.copies.comparing`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from generation.copies.describing import BYTE, WIDTH, Description, even_contrast
from generation.opencv import need_opencv

LAYOUT, KEPT = 32, 8  # pixels of a side of the picture whose lowest 8 x 8 frequencies are compared
PARTS = (
    (1.0, 0.0, 0.0),
    *((0.8, x, y) for x in (0.0, 0.1, 0.2) for y in (0.0, 0.1, 0.2)),
)  # share of the sides, left, top
BLOCK = 512  # pictures whose keypoints are compared at once
STRONGEST, ASKED = 40, 60  # keypoints of each known picture that vote, and of the one that is looked for
ALIKE = 0.85  # cosine between two keypoints that may be of the same thing
VOTES = 3  # pictures that one keypoint votes for
FREQUENCIES = np.hypot(*np.mgrid[0:KEPT, 0:KEPT]).flatten()[1:].astype(np.float32)
ODD = np.tile(np.arange(KEPT) % 2 == 1, KEPT)[1:]  # frequencies that a mirror turns round


class Index:
    """Descriptions of pictures in the order in which they were added, to find those that may be like another.

    In memory are 7 kB of each.
    """

    def __init__(self) -> None:
        self._size = 0
        self._layouts = np.zeros((0, len(PARTS), KEPT * KEPT - 1), np.float16)
        self._vectors = np.zeros((0, STRONGEST, WIDTH), np.uint8)

    def __len__(self) -> int:
        return self._size

    def add(self, picture: Description) -> None:
        if self._size == len(self._vectors):
            room = max(256, self._size // 2)
            self._layouts = np.concatenate([self._layouts, np.zeros((room, *self._layouts.shape[1:]), np.float16)])
            self._vectors = np.concatenate([self._vectors, np.zeros((room, STRONGEST, WIDTH), np.uint8)])
        count = min(STRONGEST, len(picture.vectors))
        self._layouts[self._size] = layouts_of(picture.small)
        self._vectors[self._size, :count] = picture.vectors[:count]
        self._size += 1

    def candidates(self, picture: Description, most: int, without: Sequence[int] = ()) -> list[tuple[int, bool]]:
        """What may be like it, as (place in the index, whether mirrored): `most` by each of both ways, each once."""
        if not len(self):
            return []
        both = [self.votes(picture), self.layouts_alike(picture)]
        for values in both:
            values[:, list(without)] = 0.0
        return list(dict.fromkeys(each for values in both for each in first_of(values, most)))

    def layouts_alike(self, picture: Description) -> np.ndarray:
        """float [2, n]: the cosine of layouts, of the best part of each; then of the picture mirrored."""
        own = layout_of(layout_picture(picture.small))
        both = np.stack([own, np.where(ODD, -own, own)])
        blocks = [self._layouts[start : min(start + BLOCK, len(self))] for start in range(0, len(self), BLOCK)]
        return np.concatenate([(block.astype(np.float32) @ both.T).max(axis=1) for block in blocks]).T

    def votes(self, picture: Description) -> np.ndarray:
        """float [2, n]: keypoints that have one alike there and in few others; then those of the picture mirrored."""
        both = [each.vectors[:ASKED].astype(np.float32) / BYTE for each in (picture, picture.mirrored())]
        return np.stack([self._votes(own) for own in both])

    def _votes(self, own: np.ndarray) -> np.ndarray:
        votes = np.zeros(len(self))
        if not len(own):
            return votes
        best = np.concatenate([self._best(own, start) for start in range(0, len(self), BLOCK)], axis=1)
        few = min(VOTES, len(self) - 1)
        order = np.argpartition(best, len(self) - few - 1, axis=1)[:, len(self) - few - 1 :]
        values = np.take_along_axis(best, order, axis=1)
        bar = np.maximum(ALIKE, values.min(axis=1, keepdims=True)) if few else ALIKE
        np.add.at(votes, order, np.maximum(0.0, values - bar))
        return votes

    def _best(self, own: np.ndarray, start: int) -> np.ndarray:
        """float [own, pictures of the block]: how alike the most alike keypoint of each is."""
        block = self._vectors[start : min(start + BLOCK, len(self))]
        alike = own @ block.reshape(-1, WIDTH).astype(np.float32).T
        return alike.reshape(len(own), len(block), STRONGEST).max(axis=2) / BYTE


def first_of(values: np.ndarray, most: int) -> list[tuple[int, bool]]:
    """The `most` highest above 0 of [2, n], as (n, whether in the second row)."""
    flat = values.flatten()
    order = np.argsort(flat)[::-1][:most]
    return [(int(k) % values.shape[1], bool(k >= values.shape[1])) for k in order if flat[k] > 0]


def layout_picture(small: np.ndarray) -> np.ndarray:
    cv2 = need_opencv()
    return cv2.resize(even_contrast(small), (LAYOUT, LAYOUT), interpolation=cv2.INTER_AREA).astype(np.float32)


def layouts_of(small: np.ndarray) -> np.ndarray:
    """float32 [PARTS, 63] of parts of a picture: a query may be one of them."""
    cv2 = need_opencv()
    whole = layout_picture(small)
    parts = []
    for share, left, top in PARTS:
        x, y, side = round(left * LAYOUT), round(top * LAYOUT), round(share * LAYOUT)
        part = whole[y : y + side, x : x + side]
        parts.append(layout_of(cv2.resize(part, (LAYOUT, LAYOUT), interpolation=cv2.INTER_LINEAR)))
    return np.stack(parts)


def layout_of(picture: np.ndarray) -> np.ndarray:
    """float32 [63], of length 1: frequencies but for the mean, the higher ones made as strong as the lower ones."""
    low = need_opencv().dct(picture)[:KEPT, :KEPT].flatten()[1:] * FREQUENCIES
    return (low / max(1e-6, float(np.linalg.norm(low)))).astype(np.float32)
