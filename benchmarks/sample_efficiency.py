"""How many judgements one curve of accuracy needs for what another reaches: two curves, one ratio."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def isotonic(values: Iterable[float]) -> np.ndarray:
    """The nearest curve that never falls (pool adjacent violators). Accuracy that falls with more judgements is chance."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [((a * m + b * n) / (m + n), m + n)]
    return np.concatenate([np.full(count, mean) for mean, count in blocks])


def judgements_needed(at: Sequence[float], reached: Iterable[float], target: float) -> float:
    """Judgements after which a curve reaches a target, between its points too; infinite when it never does."""
    curve = isotonic(reached)
    place = int(np.argmax(curve >= target))
    if curve[place] < target:
        return float("inf")
    if place == 0:
        return float(at[0])
    low, high = curve[place - 1], curve[place]
    return float(at[place - 1] + (at[place] - at[place - 1]) * (target - low) / (high - low))


def judgement_ratio(at: Sequence[float], fast: Iterable[float], slow: Iterable[float], count: float) -> float:
    """Judgements that the fast curve needs for what the slow one reaches after `count`, over `count`."""
    return judgements_needed(at, fast, isotonic(slow)[list(at).index(count)]) / count
