"""Who wins, and how sure that is: arrays of scores in, rates and intervals out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ROUNDS = 2000
LEVEL = 0.95


def outcomes(tuned: np.ndarray, base: np.ndarray) -> np.ndarray:
    """1, 0.5 or 0 for every (tuned take, base take) of a brief: scores [P, T] and [P, U] -> [P, T, U]."""
    gap = tuned[:, :, None] - base[:, None, :]
    return (np.sign(gap) + 1) / 2


def resampled_briefs(count: int, rounds: int = ROUNDS, seed: int = 0) -> np.ndarray:
    """`rounds` drawings of `count` briefs with replacement, [rounds, count].

    Briefs are drawn again, not comparisons: takes of one brief are judged by the same prompt and are no independent
    evidence. What this leaves out is that another set of judgements would have taught another model.
    """
    return np.random.default_rng(seed).integers(count, size=(rounds, count))


def percentiles(found: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a resampled figure."""
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def bootstrap_interval(values: np.ndarray, rounds: int = ROUNDS, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean over briefs, [P] -> (low, high)."""
    return percentiles(values[resampled_briefs(len(values), rounds, seed)].mean(axis=1))


def win_figures(tuned: np.ndarray, base: np.ndarray) -> dict[str, float | int]:
    """Win rate with its interval and the counts behind it; a tie is half a win."""
    found = outcomes(tuned, base)
    low, high = bootstrap_interval(found.mean(axis=(1, 2)))
    counts = {name: int((found == value).sum()) for name, value in (("wins", 1.0), ("ties", 0.5), ("losses", 0.0))}
    return {"win_rate": float(found.mean()), "win_low": low, "win_high": high, **counts, "briefs": len(found)}
