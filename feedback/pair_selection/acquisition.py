"""Which pairs are worth judging next: those whose verdict would narrow the estimate of the reward most.

The reward is linear in a take's image descriptors and fitted to the ballots so far with the Bradley-Terry model
(`feedback.preferences.bradley_terry`). Laplace's approximation gives the covariance C of its weight. A verdict on a pair
with descriptor difference d, chosen left with probability p, shrinks the posterior by p (1 - p) d' C d. Picking the
largest is D-optimal design (Chaloner and Larntz, 1989). The criterion here is p^2 (1 - p)^2 d' C d: where people nearly
all agree, label noise takes away most of what a verdict adds. `benchmarks.pair_selection` measures what it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from feedback.pair_selection.descriptors import GROUPS
from feedback.preferences.bradley_terry import NUMPY, curvature, fit_bradley_terry

PRIOR_STD = 3.0  # log-odds of the usual pair of a brief before anybody has judged
LABEL_NOISE = 0.08  # share of verdicts taken to be wrong: none counts beyond log-odds of 2.4
TOLERANCE = 1e-8  # the reward only orders pairs, and people wait for it
NEWEST = 2000  # judged pairs that are fitted to; older ones were about an older model's takes


@dataclass(frozen=True)
class JudgedPairs:
    """n pairs with descriptors, as `feedback.preferences.bradley_terry` takes them."""

    difference: np.ndarray  # [n, d], scaled
    p: np.ndarray  # [n], share of votes for the first take, label noise allowed for
    weight: np.ndarray  # [n], votes


@dataclass(frozen=True)
class RewardEstimate:
    """A linear reward over d descriptors, each divided by `scale`, and how well it is known."""

    scale: np.ndarray  # [d]; the usual difference between two takes of a brief then has length 1
    weight: np.ndarray  # [d]
    precision: np.ndarray  # [d, d], inverse of the weight's covariance


def descriptor_scale(descriptors: np.ndarray, brief: np.ndarray) -> np.ndarray:
    """Unit of each descriptor, [d]: its standard deviation within briefs, times a factor that weighs groups equally.

    descriptors [n, d] without gaps, sorted by their brief [n]. Infinite for what does not vary.
    """
    std = std_within_briefs(descriptors, brief)
    # What hardly varies within briefs is no measure of anything.
    std = np.maximum(std, descriptors.std(axis=0, dtype=np.float64) / 100)
    groups = np.split(std, np.cumsum(list(GROUPS.values()))[:-1])
    varying = sum(bool((group > 1e-6).any()) for group in groups)
    sizes = np.concatenate([np.full(len(group), len(group)) for group in groups])
    return np.where(std > 1e-6, std * np.sqrt(2 * sizes * max(varying, 1)), np.inf)


def std_within_briefs(descriptors: np.ndarray, brief: np.ndarray) -> np.ndarray:
    """Standard deviation around the mean of each brief, pooled over briefs, [d]."""
    starts = np.flatnonzero(np.diff(brief, prepend=-1))
    counts = np.diff(np.append(starts, len(brief)))
    means = np.add.reduceat(descriptors, starts, axis=0, dtype=np.float64) / counts[:, None]
    squares = ((descriptors - np.repeat(means, counts, axis=0)) ** 2).sum(axis=0)
    return np.sqrt(squares / max(len(descriptors) - len(counts), 1))


def estimate_reward(
    scale: np.ndarray, difference: np.ndarray, share: np.ndarray, votes: np.ndarray, start: np.ndarray | None = None
) -> RewardEstimate:
    """Fits to judged pairs: left minus right descriptors [n, d], share of votes for left [n], votes [n].

    `start`: an earlier fit's weight, near which the new one will be.
    """
    total = votes.sum()
    if not total:
        return RewardEstimate(scale, np.zeros(len(scale)), np.eye(len(scale)) / PRIOR_STD**2)
    pairs = JudgedPairs(difference / scale, share * (1 - 2 * LABEL_NOISE) + LABEL_NOISE, votes)
    penalty = 1 / (2 * PRIOR_STD**2 * total)  # a normal prior on the weight, of a loss that is a mean
    weight = fit_bradley_terry(pairs, penalty, start, tolerance=TOLERANCE)
    return RewardEstimate(scale, weight, total * curvature(pairs, penalty, weight))


def expect_verdicts(reward: RewardEstimate, difference: np.ndarray) -> RewardEstimate:
    """The estimate after verdicts on these pairs [n, d], whichever they are. Pairs without descriptors change nothing."""
    scaled = difference[np.isfinite(difference).all(axis=1)] / reward.scale
    p = NUMPY.sigmoid(scaled @ reward.weight)
    return replace(reward, precision=reward.precision + (scaled.T * (p * (1 - p))) @ scaled)


def choose_pairs(
    reward: RewardEstimate,
    difference: np.ndarray,
    brief: np.ndarray,
    judged: np.ndarray,
    count: int,
    random_share: float,
    rng: np.random.Generator,
) -> list[int]:
    """Up to `count` rows of candidates that come in random order, each the most informative one after those before it.

    difference [m, d] is nan where descriptors are missing; brief [m]; judged [m]: ballots on that brief so far. The next
    candidate in the random order is taken as it is when it has no descriptors, and otherwise with probability
    `random_share`; else the most informative one takes its place. So pairs without descriptors are shown as often as by
    chance.
    """
    measured = np.isfinite(difference).all(axis=1)
    scaled = np.where(measured[:, None], difference / reward.scale, 0.0)
    p, covariance = NUMPY.sigmoid(scaled @ reward.weight), np.linalg.inv(reward.precision)
    bernoulli, variance = p * (1 - p), ((scaled @ covariance) * scaled).sum(axis=1)
    free, chosen = np.ones(len(scaled), bool), list[int]()
    while len(chosen) < count and free.any():
        row = int(free.argmax())
        if measured[row] and rng.random() >= random_share:
            row = int(np.where(free & measured, bernoulli**2 * variance / (1 + judged), -1.0).argmax())
        chosen.append(row)
        free[row] = False
        judged = judged + (brief == brief[row])
        covariance, variance = condition(covariance, variance, scaled, row, float(bernoulli[row]))
    return chosen


def condition(
    covariance: np.ndarray, variance: np.ndarray, scaled: np.ndarray, row: int, bernoulli: float
) -> tuple[np.ndarray, np.ndarray]:
    """The covariance, and each candidate's variance d' C d, after a verdict on one of them (Sherman and Morrison).

    `bernoulli`: p (1 - p) of that verdict.
    """
    along = covariance @ scaled[row]
    share = bernoulli / (1 + bernoulli * float(scaled[row] @ along))
    return covariance - share * np.outer(along, along), variance - share * (scaled @ along) ** 2
