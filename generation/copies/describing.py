"""What is kept of a picture to know it again: a small grey picture, means of colours, and keypoints with what is around each.

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
BLOCKS, FINE = 16, 256  # blocks of a side whose mean colours are kept; what a level of them is counted in
MOST = 100  # keypoints that are kept
SOUGHT = 400
WIDTH = 128  # numbers of one keypoint's description
BYTE = 512.0  # description times this is a byte; more than 255 is seldom
CONTRAST, EDGE = 0.012, 15.0  # of SIFT: low, since the contrast is made the same everywhere
BLACK, MOSTLY = 16, 98  # of 255: what is no brighter is black; percent of a row of a bar that is
EQUAL, SHOWN = 0.01, 0.5  # of the height: that bars may differ; of the row beside a bar: that is brighter
LIFTED, EVEN = 64, 8  # of 255: what bars of another grade are no brighter than, and how even they are
AROUND, NOISE = (
    0.05,
    4.0,
)  # share of the side over which contrast is measured; differences of grey below which it is noise


@dataclass(frozen=True)
class Description:
    """One picture."""

    small: np.ndarray  # uint8 [h, w], grey, the longer side SMALL
    blocks: np.ndarray  # uint16 [BLOCKS, BLOCKS, 3]: means of red, green and blue times FINE
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
        return Description(self.small[:, ::-1], self.blocks[:, ::-1], places, turned.reshape(-1, WIDTH))

    def as_bytes(self) -> bytes:
        """About 21 kB."""
        head = np.array([*self.shape, len(self.places)], "<u2").tobytes() + self.blocks.astype("<u2").tobytes()
        return head + self.small.tobytes() + self.places.astype("<f2").tobytes() + self.vectors.tobytes()

    @classmethod
    def of_bytes(cls, data: bytes) -> Description:
        height, width, count = (int(value) for value in np.frombuffer(data, "<u2", 3))
        blocks, start = np.frombuffer(data, "<u2", BLOCKS * BLOCKS * 3, 6), 6 + BLOCKS * BLOCKS * 3 * 2
        small, start = np.frombuffer(data, np.uint8, height * width, start), start + height * width
        places = np.frombuffer(data, "<f2", 2 * count, start).astype(np.float32)
        vectors = np.frombuffer(data, np.uint8, WIDTH * count, start + 4 * count)
        of_picture = small.reshape(height, width), blocks.reshape(BLOCKS, BLOCKS, 3)
        return cls(*of_picture, places.reshape(-1, 2), vectors.reshape(-1, WIDTH))


def describe(pixels: np.ndarray) -> Description:
    """Of uint8 [H, W, 3]. Refused names the missing extra where OpenCV is not installed."""
    cv2 = need_opencv()
    cv2.setNumThreads(1)
    pixels = np.ascontiguousarray(pixels)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    shown = within_bars(grey)
    grey = np.ascontiguousarray(grey[shown])
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
    described = places, np.clip(root * BYTE + 0.5, 0, 255).astype(np.uint8)
    return Description(at_side(grey, SMALL), blocks_of(pixels[shown]), *described)


def blocks_of(pixels: np.ndarray) -> np.ndarray:
    """uint16 [BLOCKS, BLOCKS, 3] of uint8 [H, W, 3]; by way of a smaller picture, since large ones of float are slow."""
    cv2 = need_opencv()
    small = cv2.resize(pixels, (6 * BLOCKS, 6 * BLOCKS), interpolation=cv2.INTER_AREA).astype(np.float32)
    means = cv2.resize(small, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
    return np.minimum(means * FINE + 0.5, 255 * FINE).astype(np.uint16)


def within_bars(grey: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of uint8 [H, W] without black bars above and below or beside it: they are the screen's.

    All of them where less than a third would be left: a dark picture is no bar.
    """
    top, bottom = between_bars(grey)
    left, right = between_bars(grey[top:bottom].T)
    if (bottom - top) * (right - left) < grey.size / 3:
        return slice(None), slice(None)
    return slice(top, bottom), slice(left, right)


def between_bars(grey: np.ndarray) -> tuple[int, int]:
    """The first row that is no bar, and the one after the last.

    Dark ground and a night sky are no bars: bars are as high above as below, or the picture begins all along their border.
    """
    black = black_of(grey)
    first, last = ends(dark_rows(grey, black))
    above, below = first, len(grey) - last
    is_above, is_below = begins(grey, first + 1, black), begins(grey, last - 2, black)
    if abs(above - below) > max(1, round(EQUAL * len(grey))):
        above, below = above if is_above else min(above, below), below if is_below else min(above, below)
    elif black == BLACK:
        return first, last
    return (above, len(grey) - below) if is_above or is_below else (0, len(grey))


def black_of(grey: np.ndarray) -> int:
    """How bright bars above and below may be: as the outermost rows, where they are dark and even. A grade may lift black."""
    low, high = np.percentile(grey[[0, -1]], [100 - MOSTLY, MOSTLY])
    return int(high) + EVEN // 2 if BLACK < high <= LIFTED and high - low <= EVEN else BLACK


def begins(grey: np.ndarray, row: int, black: int) -> bool:
    """Whether most of a row is clearly brighter than a bar: a sky grows lighter little by little."""
    return 0 <= row < len(grey) and np.count_nonzero(grey[row] > black + EVEN // 2) >= SHOWN * grey.shape[1]


def dark_rows(grey: np.ndarray, black: int) -> np.ndarray:
    """Which rows have MOSTLY percent of their values at `black` or below.

    Counting is most of it: the percentile lies between two values, and only rows that have one on each side are sorted.
    """
    rank = (grey.shape[1] - 1) * MOSTLY / 100
    dark = np.count_nonzero(grey <= black, axis=1)
    is_dark = dark > math.ceil(rank)
    unsure = np.flatnonzero(~is_dark & (dark > math.floor(rank)))
    is_dark[unsure] = np.percentile(grey[unsure], MOSTLY, axis=1) <= black
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
