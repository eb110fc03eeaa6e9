"""Krippendorff's alpha: how far people agree beyond what chance would give; 1 is always, 0 is as by chance.

K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), https://repository.upenn.edu/asc_papers/43. Any number
of people may have judged each unit. A unit that one person judged says nothing, and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Level = Literal["nominal", "ordinal", "interval"]
RESAMPLES = 400
FEWEST_UNITS = 5  # for an interval


@dataclass(frozen=True)
class Alpha:
    units: int  # that two or more people judged
    alpha: float | None  # None where it is not defined: nothing to compare, or one value alone was ever given
    low: float | None = None  # of its 95 % bootstrap interval over units; None with too few units
    high: float | None = None


def measure_alpha(counts: np.ndarray, level: Level = "nominal", values: Sequence[float] = ()) -> Alpha:
    """counts: how many people gave each unit each value, [units, values]; values: as numbers, for level "interval"."""
    shared = counts[counts.sum(1) > 1]
    by_unit = coincidences(shared)
    numbers = np.asarray(values or range(counts.shape[1]), np.float64)
    alpha = _as_number(alpha_of(by_unit.sum(0), level, numbers))
    if alpha is None or len(shared) < FEWEST_UNITS:
        return Alpha(len(shared), alpha)
    low, high = np.nanpercentile(alpha_of(_resample(by_unit), level, numbers), (2.5, 97.5))
    return Alpha(len(shared), alpha, float(low), float(high))


def coincidences(counts: np.ndarray) -> np.ndarray:
    """Pairs of values within each unit, weighted so that each judgement counts once, [units, values, values]."""
    counts = counts.astype(np.float64)
    pairs = counts[:, :, None] * counts[:, None, :]
    each = np.arange(counts.shape[1])
    pairs[:, each, each] -= counts
    return pairs / (counts.sum(1) - 1)[:, None, None]


def alpha_of(coincidence: np.ndarray, level: Level, values: np.ndarray) -> np.ndarray:
    """Alpha of sums of coincidences [..., values, values]; nan where it is not defined."""
    totals = coincidence.sum(-1)
    n = totals.sum(-1)
    distance = squared_distance(level, totals, values)
    disagreement = (coincidence * distance).sum((-2, -1))
    by_chance = (totals[..., :, None] * totals[..., None, :] * distance).sum((-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(by_chance > 0, 1 - (n - 1) * disagreement / by_chance, np.nan)


def squared_distance(level: Level, totals: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Between each two values, [..., values, values]; totals: how often each was given, [..., values]."""
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "interval":
        return (values[:, None] - values[None, :]) ** 2
    # The number of judgements from one value to the other, of those at the ends one half.
    middle = totals.cumsum(-1) - totals / 2
    return (middle[..., :, None] - middle[..., None, :]) ** 2


def _resample(by_unit: np.ndarray) -> np.ndarray:
    """Sums of coincidences over as many units drawn with replacement, [RESAMPLES, values, values]; always the same draws."""
    units = len(by_unit)
    weights = np.random.default_rng(0).multinomial(units, np.full(units, 1 / units), RESAMPLES).astype(np.float64)
    return np.tensordot(weights, by_unit, axes=1)


def _as_number(alpha: np.ndarray) -> float | None:
    return None if np.isnan(alpha) else float(alpha)
