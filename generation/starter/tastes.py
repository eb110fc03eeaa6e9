"""Hidden tastes of simulated raters: float pixels [B, F, H, W, 3] in [0, 1] to a score per item, higher is better liked.

They see pixels only. Letterbox bars (rows that are near black throughout) are left out of every measurement.
"""

from __future__ import annotations

import numpy as np

BAR = 0.06
# Where the renderer puts horizons, with some room: a stronger edge elsewhere is a cloud or the subject.
LOOK_FROM, LOOK_TO = 0.36, 0.84
BAND = 0.06  # of the frame's height, above and below a row, compared to find the horizon


def warm(pixels: np.ndarray) -> np.ndarray:
    """Red minus blue, as a share of the brightness; [B]."""
    return np.array([_warmth(item) for item in np.asarray(pixels, dtype=np.float32)])


def low_horizon(pixels: np.ndarray) -> np.ndarray:
    """Height of the strongest horizontal edge, as a share of the frame from the top (large is low); [B]."""
    return np.array([_horizon(item) for item in np.asarray(pixels, dtype=np.float32)])


def warm_low_horizon(pixels: np.ndarray) -> np.ndarray:
    """A rater who likes warm frames with a low horizon; both weigh the same over the styles of one caption."""
    return warm(pixels) / 0.18 + low_horizon(pixels) / 0.09


def contrasty(pixels: np.ndarray) -> np.ndarray:
    """Standard deviation of the luminance; [B]."""
    return np.array([_picture_rows(item).mean(axis=-1).std() for item in np.asarray(pixels, dtype=np.float32)])


def _picture_rows(item: np.ndarray) -> np.ndarray:
    """One item [F, H, W, 3] without its bars; itself when it is all dark."""
    lit = item.max(axis=(0, 2, 3)) > BAR
    return item[:, lit] if lit.any() else item


def _warmth(item: np.ndarray) -> float:
    rows = _picture_rows(item)
    red, blue = rows[..., 0].mean(), rows[..., 2].mean()
    return float((red - blue) / (rows.mean() + 0.05))


def _horizon(item: np.ndarray) -> float:
    """The row at which the colours above and below differ most, in most columns."""
    picture = item.mean(axis=0)
    height = len(picture)
    band = max(2, round(BAND * height))
    sums = np.concatenate([np.zeros((1, *picture.shape[1:]), np.float32), picture.cumsum(axis=0)])
    rows = np.arange(round(LOOK_FROM * height), round(LOOK_TO * height))
    above = (sums[rows] - sums[rows - band]) / band
    below = (sums[rows + band] - sums[rows]) / band
    # The median over columns: the subject and single houses cover few of them.
    edge = np.median(np.abs(above - below).sum(axis=-1), axis=1)
    return float(rows[edge.argmax()] / height)
