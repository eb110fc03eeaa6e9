"""Perceptual hashes: 64 bits of a picture that stay much the same when it is scaled, encoded again or graded a little.

The signs of the 8 x 8 lowest frequencies of a discrete cosine transform of the picture in grey, 32 x 32, each against their
median (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions"). Two pictures are as far apart as
they have bits that differ: 32 of 64 on average where they have nothing in common.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image

SIDE, KEPT = 32, 8
NEAR = 6  # bits by which pictures of one title may differ and still be one picture twice


def cosines(side: int) -> np.ndarray:
    """The matrix [side, side] of the transform, a frequency a row."""
    frequency, place = np.mgrid[0:side, 0:side]
    return np.cos(np.pi * frequency * (2 * place + 1) / (2 * side))


COSINES = cosines(SIDE)[:KEPT]


def perceptual_hash(pixels: np.ndarray) -> int:
    """Of uint8 [H, W, 3]: 64 bits as the whole number with a sign that SQLite keeps."""
    grey = Image.fromarray(pixels).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    low = COSINES @ np.asarray(grey, np.float64) @ COSINES.T
    bits = low.flatten() > np.median(low.flatten()[1:])  # the first is the brightness of it all
    return int(np.packbits(bits).view(">i8")[0])


def distance(first: int, second: int) -> int:
    """How many of the 64 bits differ."""
    return ((first ^ second) & (2**64 - 1)).bit_count()


class HashIndex:
    """Hashes of pictures with their numbers, asked for the nearest one: 100,000 are compared in less than a millisecond."""

    def __init__(self, rows: Iterable[tuple[int, int]] = ()) -> None:
        """`rows`: (number, hash)."""
        listed = list(rows)
        self._size = len(listed)
        self._numbers = np.array([number for number, _ in listed], np.int64)
        self._hashes = np.array([value for _, value in listed], np.int64)

    def __len__(self) -> int:
        return self._size

    def add(self, number: int, value: int) -> None:
        if self._size == len(self._hashes):
            room = np.zeros(max(1024, self._size), np.int64)
            self._numbers, self._hashes = np.concatenate([self._numbers, room]), np.concatenate([self._hashes, room])
        self._numbers[self._size], self._hashes[self._size] = number, value
        self._size += 1

    def nearest(self, value: int) -> tuple[int, int] | None:
        """(number, distance in bits) of the nearest one; None when there is none at all."""
        if not self._size:
            return None
        apart = np.bitwise_count((self._hashes[: self._size] ^ np.int64(value)).view(np.uint64))
        place = int(apart.argmin())
        return int(self._numbers[place]), int(apart[place])
