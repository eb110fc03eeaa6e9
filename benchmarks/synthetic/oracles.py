"""Hidden tastes of simulated raters: float pixels [B, F, H, W, 3] in [0, 1] to a score per item, higher is better.

They see pixels only. Letterbox bars (rows that are near black throughout) are left out of every measurement.
"""

from __future__ import annotations

import numpy as np

# The first ten tastes; any two of them disagree about some pair of takes. Panels and the benchmark of pair selection draw
# from these, so that their results stay comparable; all that are known by name are in `tastes.py`.
BUILT_IN = (
    "warm_low_horizon", "warm", "cold", "low_horizon", "high_horizon", "contrasty", "soft", "barred", "grainy",
    "warm_barred_contrasty",
)  # fmt: skip
BAR = 0.06
EDGE = 0.1  # of the frame's height at its top and at its bottom, where bars are looked for
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


def cold(pixels: np.ndarray) -> np.ndarray:
    """The opposite of `warm`; [B]."""
    return -warm(pixels)


def high_horizon(pixels: np.ndarray) -> np.ndarray:
    """The opposite of `low_horizon`; [B]."""
    return -low_horizon(pixels)


def soft(pixels: np.ndarray) -> np.ndarray:
    """The opposite of `contrasty`; [B]."""
    return -contrasty(pixels)


def barred(pixels: np.ndarray) -> np.ndarray:
    """How black the first and last rows are throughout, 0 to 1: letterbox bars; [B]."""
    return np.array([_bars(item) for item in np.asarray(pixels, dtype=np.float32)])


def grainy(pixels: np.ndarray) -> np.ndarray:
    """Standard deviation of the pixel noise, in units of the full range; [B]."""
    return np.array([_grain(item) for item in np.asarray(pixels, dtype=np.float32)])


def warm_barred_contrasty(pixels: np.ndarray) -> np.ndarray:
    """A rater with three wishes at once, of about the same weight over the styles of one caption."""
    return warm(pixels) / 0.18 + barred(pixels) / 0.43 + contrasty(pixels) / 0.018


def muted(pixels: np.ndarray) -> np.ndarray:
    """The opposite of colourful: minus how much colours differ, over how much brightness does. A tint of all is no colour; [B]."""
    return np.array([-_colourfulness(item) for item in np.asarray(pixels, dtype=np.float32)])


def warm_lights(pixels: np.ndarray) -> np.ndarray:
    """Warm lights over cold shadows: red minus blue of the brightest third, less twice that of the darkest; [B].

    The shadows count double, or a warm grade alone would do: lights are tinted more than shadows are.
    """
    return np.array([_warmth_of_lights(item) for item in np.asarray(pixels, dtype=np.float32)])


def _picture_rows(item: np.ndarray) -> np.ndarray:
    """One item [F, H, W, 3] without its bars; itself when it is all dark."""
    lit = item.max(axis=(0, 2, 3)) > BAR
    return item[:, lit] if lit.any() else item


def _warmth(item: np.ndarray) -> float:
    rows = _picture_rows(item)
    red, blue = rows[..., 0].mean(), rows[..., 2].mean()
    return float((red - blue) / (rows.mean() + 0.05))


def _colourfulness(item: np.ndarray) -> float:
    pixels = _picture_rows(item).reshape(-1, 3)
    grey = pixels.mean(axis=-1, keepdims=True)
    colours = pixels - grey
    return float((colours - colours.mean(axis=0)).std() / (grey.std() + 0.02))


def _warmth_of_lights(item: np.ndarray) -> float:
    pixels = _picture_rows(item).reshape(-1, 3)
    grey, warmth = pixels.mean(axis=-1), pixels[:, 0] - pixels[:, 2]
    dark, bright = np.quantile(grey, [1 / 3, 2 / 3])
    return float(warmth[grey >= bright].mean() - 2 * warmth[grey <= dark].mean())


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


def _bars(item: np.ndarray) -> float:
    """A soft edge of the darkness that counts as a bar, so that a nearly black row is nearly one."""
    rows = max(1, round(EDGE * item.shape[1]))
    edge = np.concatenate([item[:, :rows], item[:, -rows:]], axis=1)
    return float(np.clip(1 - (edge.max(axis=(2, 3)) - BAR) / (2 * BAR), 0, 1).mean())


def _grain(item: np.ndarray) -> float:
    """Immerkær's Laplacian difference, which shapes and slopes leave at zero; its median passes over all edges.

    J. Immerkær, Fast Noise Variance Estimation, 1996: the mask has a gain of 6 on white noise; 0.6745 is the median
    of the absolute value of a unit normal.
    """
    grey = _picture_rows(item).mean(axis=-1)
    if min(grey.shape[1:]) < 3:
        return 0.0
    rows = grey[:, :-2] - 2 * grey[:, 1:-1] + grey[:, 2:]
    both = rows[:, :, :-2] - 2 * rows[:, :, 1:-1] + rows[:, :, 2:]
    return float(np.median(np.abs(both)) / 0.6745 / 6)
