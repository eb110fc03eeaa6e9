"""What is kept of a picture to know it again: a small grey picture, and keypoints with what is around each.

Keypoints are SIFT's (Lowe 2004, "Distinctive Image Features from Scale-Invariant Keypoints"), described as RootSIFT
(Arandjelovic and Zisserman 2012) in bytes. They are sought in the picture with its contrast made the same everywhere, so
that fog has them too. All pictures are made the same size first: small ones have keypoints as large ones do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from generation.opencv import need_opencv

SIDE = 256  # pixels of the longer side, in which keypoints are sought
SMALL = 96  # pixels of the longer side of the picture that is kept
MOST = 100  # keypoints that are kept
SOUGHT = 400
WIDTH = 128  # numbers of one keypoint's description
BYTE = 512.0  # description times this is a byte; more than 255 is seldom
CONTRAST, EDGE = 0.012, 15.0  # of SIFT: low, since the contrast is made the same everywhere
BLACK, MOSTLY = 16, 98  # of 255: what is no brighter is black; percent of a row of a bar that is
AROUND, NOISE = (
    0.05,
    4.0,
)  # share of the side over which contrast is measured; differences of grey below which it is noise


@dataclass(frozen=True)
class Description:
    """One picture."""

    small: np.ndarray  # uint8 [h, w], grey, the longer side SMALL
    places: np.ndarray  # float32 [n, 2]: x and y of keypoints, as shares of the longer side
    vectors: np.ndarray  # uint8 [n, WIDTH]: RootSIFT times BYTE

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the small picture."""
        return self.small.shape[0], self.small.shape[1]

    def mirrored(self) -> Description:
        """Of the mirrored picture, without looking at it again."""
        height, width = self.shape
        across = width / max(height, width)
        places = np.stack([across - self.places[:, 0], self.places[:, 1]], axis=1).astype(np.float32)
        # Four rows of four places of eight directions, in the keypoint's own direction: rows and directions turn round.
        turned = self.vectors.reshape(-1, 4, 4, 8)[:, ::-1][..., (-np.arange(8)) % 8]
        return Description(self.small[:, ::-1], places, turned.reshape(-1, WIDTH))

    def as_bytes(self) -> bytes:
        """About 20 kB."""
        head = np.array([*self.shape, len(self.places)], "<u2").tobytes()
        return head + self.small.tobytes() + self.places.astype("<f2").tobytes() + self.vectors.tobytes()

    @classmethod
    def of_bytes(cls, data: bytes) -> Description:
        height, width, count = (int(value) for value in np.frombuffer(data, "<u2", 3))
        small, start = np.frombuffer(data, np.uint8, height * width, 6), 6 + height * width
        places = np.frombuffer(data, "<f2", 2 * count, start).astype(np.float32)
        vectors = np.frombuffer(data, np.uint8, WIDTH * count, start + 4 * count)
        return cls(small.reshape(height, width), places.reshape(-1, 2), vectors.reshape(-1, WIDTH))


def describe(pixels: np.ndarray) -> Description:
    """Of uint8 [H, W, 3]. Refused names the missing extra where OpenCV is not installed."""
    cv2 = need_opencv()
    cv2.setNumThreads(1)
    grey = without_bars(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY))
    sought = at_side(grey, SIDE)
    finder = cv2.SIFT_create(SOUGHT, contrastThreshold=CONTRAST, edgeThreshold=EDGE)
    keypoints, vectors = finder.detectAndCompute(even_contrast(sought), None)
    kept = spread([point.pt for point in keypoints], [point.response for point in keypoints], sought.shape)
    places = np.array([keypoints[k].pt for k in kept], np.float32).reshape(-1, 2) / max(sought.shape)
    root = (
        np.sqrt(vectors[kept] / np.maximum(1e-6, vectors[kept].sum(axis=1, keepdims=True)))
        if kept
        else np.zeros((0, WIDTH))
    )
    return Description(at_side(grey, SMALL), places, np.clip(root * BYTE + 0.5, 0, 255).astype(np.uint8))


def without_bars(grey: np.ndarray) -> np.ndarray:
    """Without black bars above and below or beside it: they are the screen's and not the picture's.

    All of it where less than a third would be left: a dark picture is no bar.
    """
    is_bar = [dark_lines(grey, axis) for axis in (1, 0)]
    (top, bottom), (left, right) = (ends(bars) for bars in is_bar)
    if (bottom - top) * (right - left) < grey.size / 3:
        return grey
    return np.ascontiguousarray(grey[top:bottom, left:right])


def dark_lines(grey: np.ndarray, axis: int) -> np.ndarray:
    """Which lines have MOSTLY percent of their values at BLACK or below.

    Counting is most of it: the percentile lies between two values, and only lines that have one on each side are sorted.
    """
    rank = (grey.shape[axis] - 1) * MOSTLY / 100
    dark = np.count_nonzero(grey <= BLACK, axis=axis)
    is_dark = dark > math.ceil(rank)
    unsure = np.flatnonzero(~is_dark & (dark > math.floor(rank)))
    is_dark[unsure] = np.percentile(np.take(grey, unsure, 1 - axis), MOSTLY, axis=axis) <= BLACK
    return is_dark


def ends(bars: np.ndarray) -> tuple[int, int]:
    """The first row that is no bar, and the one after the last."""
    shown = np.flatnonzero(~bars)
    return (int(shown[0]), int(shown[-1]) + 1) if len(shown) else (0, len(bars))


def at_side(grey: np.ndarray, side: int) -> np.ndarray:
    """With that many pixels on the longer side."""
    cv2 = need_opencv()
    height, width = grey.shape
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def even_contrast(grey: np.ndarray) -> np.ndarray:
    """uint8 [H, W] with the same contrast everywhere, but for noise."""
    cv2 = need_opencv()
    values, width = grey.astype(np.float32), AROUND * max(grey.shape)
    apart = values - cv2.GaussianBlur(values, (0, 0), width)
    spread = np.sqrt(cv2.GaussianBlur(apart**2, (0, 0), width) + NOISE**2)
    return np.clip(128 + 40 * apart / spread, 0, 255).astype(np.uint8)


def spread(
    places: list[tuple[float, float]], strengths: list[float], shape: tuple[int, ...], cells: int = 5
) -> list[int]:
    """The strongest keypoints, of each part of the picture about as many; one at a place."""
    order = np.argsort(strengths)[::-1]
    of_cell: dict[tuple[int, int], int] = {}
    rank: list[tuple[int, int, int]] = []
    seen = set()
    for k in order:
        x, y = places[k]
        if (round(x), round(y)) in seen:
            continue  # the same place in another direction
        seen.add((round(x), round(y)))
        cell = int(cells * x / shape[1]), int(cells * y / shape[0])
        of_cell[cell] = of_cell.get(cell, 0) + 1
        rank.append((of_cell[cell], len(rank), int(k)))
    return [k for _, _, k in sorted(rank)[:MOST]]
