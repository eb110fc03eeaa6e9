"""How many judgements one way of learning needs for what another reaches: two curves over judgements, one ratio."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def rising(values: Iterable[float]) -> np.ndarray:
    """The nearest curve that never falls (pool adjacent violators): more judgements do not teach less, chance does."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [((a * m + b * n) / (m + n), m + n)]
    return np.concatenate([np.full(count, mean) for mean, count in blocks])


def needed(at: Sequence[float], reached: Iterable[float], wanted: float) -> float:
    """Judgements after which a curve reaches a height, between its points too; infinite when it never does."""
    curve = rising(reached)
    place = int(np.argmax(curve >= wanted))
    if curve[place] < wanted:
        return float("inf")
    if place == 0:
        return float(at[0])
    low, high = curve[place - 1], curve[place]
    return float(at[place - 1] + (at[place] - at[place - 1]) * (wanted - low) / (high - low))


def ratio_of(at: Sequence[float], fast: Iterable[float], slow: Iterable[float], count: float) -> float:
    """Judgements that the fast curve needs for what the slow one reaches after `count`, over `count`."""
    return needed(at, fast, rising(slow)[list(at).index(count)]) / count
