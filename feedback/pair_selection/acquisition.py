"""Which pairs teach most: what people like, fitted to their ballots over looks, and what a verdict would add to it.

A Bradley-Terry model: log-odds that the left take is chosen = liking . (look of left - look of right). Seen as a normal
distribution over likings (Laplace's approximation), a verdict on a pair with difference d narrows it by p (1 - p) d' C d,
C being its covariance: most where people could still go either way and along directions nobody has judged yet. That is
D-optimal design (Chaloner and Larntz, 1989); without ballots it is the plain one. What is chosen by is p^2 (1 - p)^2 d' C d:
where people are all but sure, what a verdict adds is hardly more than a slip takes away. `benchmarks.pairing` measures what
it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from feedback.pair_selection.descriptors import GROUPS

PRIOR = 3.0  # log-odds that the usual pair of a brief is thought to be worth before anybody has judged
SLIPS = 0.08  # share of verdicts taken to be slips: none is believed beyond log-odds of 2.4
NEWEST = 2000  # judged pairs that are fitted to; older ones were about an older model's takes
NEWTON_STEPS = 12


@dataclass(frozen=True)
class Liking:
    """What is known of what people like; d numbers, each in units of `scale`."""

    scale: np.ndarray  # [d]; the usual difference between two takes of a brief then has length 1
    weight: np.ndarray  # [d]
    precision: np.ndarray  # [d, d], inverse of the covariance


def scale_of(looks: np.ndarray, brief: np.ndarray) -> np.ndarray:
    """What a unit of each number is, [d]: its spread within briefs, larger in large groups so that groups weigh alike.

    Looks [n, d] without gaps, sorted by their brief [n]. Infinite for what does not vary.
    """
    spread = spread_within(looks, brief)
    # What hardly varies within briefs is no measure of anything.
    spread = np.maximum(spread, looks.std(axis=0, dtype=np.float64) / 100)
    groups = np.split(spread, np.cumsum(list(GROUPS.values()))[:-1])
    varying = sum(bool((group > 1e-6).any()) for group in groups)
    sizes = np.concatenate([np.full(len(group), len(group)) for group in groups])
    return np.where(spread > 1e-6, spread * np.sqrt(2 * sizes * max(varying, 1)), np.inf)


def spread_within(looks: np.ndarray, brief: np.ndarray) -> np.ndarray:
    """Root mean square distance to the mean of their brief's, [d]."""
    starts = np.flatnonzero(np.diff(brief, prepend=-1))
    counts = np.diff(np.append(starts, len(brief)))
    means = np.add.reduceat(looks, starts, axis=0, dtype=np.float64) / counts[:, None]
    apart = ((looks - np.repeat(means, counts, axis=0)) ** 2).sum(axis=0)
    return np.sqrt(apart / max(len(looks) - len(counts), 1))


def fit_liking(
    scale: np.ndarray, difference: np.ndarray, share: np.ndarray, votes: np.ndarray, start: np.ndarray | None = None
) -> Liking:
    """Fits to judged pairs: left minus right looks [n, d], share of votes for left [n], votes [n].

    `start`: an earlier fit's weight, near which the new one will be.
    """
    told, p = difference / scale, share * (1 - 2 * SLIPS) + SLIPS
    weight = np.zeros(len(scale)) if start is None else start
    for _ in range(NEWTON_STEPS):
        step = np.linalg.solve(bend(told, votes, weight), slope(told, p, votes, weight))
        # Where the usual step would go too far, half of it or less still lowers the loss.
        while np.abs(step).max() > 1e-4 and loss(told, p, votes, weight - step) > loss(told, p, votes, weight):
            step = step / 2
        weight = weight - step
        if np.abs(step).max() < 1e-3:
            break
    return Liking(scale, weight, bend(told, votes, weight))


def loss(told: np.ndarray, p: np.ndarray, votes: np.ndarray, weight: np.ndarray) -> float:
    """The negative log-posterior, but for a constant."""
    z = told @ weight
    return float(votes @ (np.logaddexp(0, z) - p * z) + weight @ weight / PRIOR**2 / 2)


def slope(told: np.ndarray, p: np.ndarray, votes: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Its first derivative, [d]."""
    return told.T @ (votes * (odds(told @ weight) - p)) + weight / PRIOR**2


def bend(told: np.ndarray, votes: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Its second derivative, [d, d]."""
    q = odds(told @ weight)
    return (told.T * (votes * q * (1 - q))) @ told + np.eye(len(weight)) / PRIOR**2


def odds(z: np.ndarray) -> np.ndarray:
    """Log-odds to probability."""
    return 0.5 * (1 + np.tanh(z / 2))


def foresee(liking: Liking, difference: np.ndarray) -> Liking:
    """What will be known after verdicts on these pairs [n, d], whatever they say; pairs without looks say nothing."""
    told = difference[np.isfinite(difference).all(axis=1)] / liking.scale
    p = odds(told @ liking.weight)
    return replace(liking, precision=liking.precision + (told.T * (p * (1 - p))) @ told)


def choose(
    liking: Liking,
    difference: np.ndarray,
    brief: np.ndarray,
    judged: np.ndarray,
    wanted: int,
    chance: float,
    rng: np.random.Generator,
) -> list[int]:
    """Up to `wanted` rows of candidates that come in random order, those first that teach most after the ones before.

    difference [m, d] is nan where a look is missing; brief [m]; judged [m]: how often that brief has been judged. Each
    time chance's own candidate is dealt if it has no look, or if a throw says so (`chance`: how often), and otherwise
    the most telling one in its place. So what has no look is dealt as often as if nothing were chosen.
    """
    known = np.isfinite(difference).all(axis=1)
    told = np.where(known[:, None], difference / liking.scale, 0.0)
    p, covariance = odds(told @ liking.weight), np.linalg.inv(liking.precision)
    doubt, unsure = p * (1 - p), ((told @ covariance) * told).sum(axis=1)
    free, chosen = np.ones(len(told), bool), list[int]()
    while len(chosen) < wanted and free.any():
        row = int(free.argmax())
        if known[row] and rng.random() >= chance:
            row = int(np.where(free & known, doubt**2 * unsure / (1 + judged), -1.0).argmax())
        chosen.append(row)
        free[row] = False
        judged = judged + (brief == brief[row])
        covariance, unsure = narrow(covariance, unsure, told, row, float(doubt[row]))
    return chosen


def narrow(
    covariance: np.ndarray, unsure: np.ndarray, told: np.ndarray, row: int, doubt: float
) -> tuple[np.ndarray, np.ndarray]:
    """The covariance, and each candidate's variance d' C d, after a verdict on one of them (Sherman and Morrison)."""
    along = covariance @ told[row]
    share = doubt / (1 + doubt * float(told[row] @ along))
    return covariance - share * np.outer(along, along), unsure - share * (told @ along) ** 2
