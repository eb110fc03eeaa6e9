"""Who wins, and how sure that is: arrays of scores in, rates and intervals out."""

from __future__ import annotations

import numpy as np

ROUNDS = 2000
LEVEL = 0.95


def outcomes(tuned: np.ndarray, base: np.ndarray) -> np.ndarray:
    """1, 0.5 or 0 for every (tuned take, base take) of a brief: scores [P, T] and [P, U] -> [P, T, U]."""
    gap = tuned[:, :, None] - base[:, None, :]
    return (np.sign(gap) + 1) / 2


def bootstrap_interval(values: np.ndarray, rounds: int = ROUNDS, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean over briefs, [P] -> (low, high).

    Briefs are drawn again, not comparisons: takes of one brief are judged by the same prompt and are no independent
    evidence.
    """
    chance = np.random.default_rng(seed)
    means = values[chance.integers(len(values), size=(rounds, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def win_figures(tuned: np.ndarray, base: np.ndarray) -> dict[str, float | int]:
    """Win rate with its interval and the counts behind it; a tie is half a win."""
    found = outcomes(tuned, base)
    low, high = bootstrap_interval(found.mean(axis=(1, 2)))
    counts = {name: int((found == value).sum()) for name, value in (("wins", 1.0), ("ties", 0.5), ("losses", 0.0))}
    return {"win_rate": float(found.mean()), "win_low": low, "win_high": high, **counts, "briefs": len(found)}
