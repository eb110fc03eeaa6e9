"""Win rates of small, noisy samples that people look at every day.

A fixed-sample interval is wrong for a trial that is watched while it runs: whoever looks often enough sees a fluke. A
*confidence sequence* covers the true rate at all sample sizes at once: peeking, stopping early and going on are free.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf, lgamma, log, sqrt

PRIOR = 4.0
"""Both parameters of the symmetric Beta mixture. Any value is valid; 4 is tightest around 30 to 300 outcomes."""


def log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def log_wealth(rate: float, successes: float, n: int) -> float:
    """Log of the beta-binomial mixture martingale against the hypothesis "the rate is `rate`", after n outcomes.

    It is what a gambler who spreads a stake over all alternatives would have made betting against `rate`.
    """
    return log_mixture(successes, n) - log_likelihood(rate, successes, n)


def log_mixture(successes: float, n: int) -> float:
    """The likelihood of these outcomes, averaged over all rates; the part of the wealth that no hypothesis changes."""
    return log_beta(PRIOR + successes, PRIOR + n - successes) - log_beta(PRIOR, PRIOR)


def log_likelihood(rate: float, successes: float, n: int) -> float:
    failures = n - successes
    if (rate <= 0 and successes > 0) or (rate >= 1 and failures > 0):
        return -inf
    return (successes * log(rate) if successes else 0.0) + (failures * log(1 - rate) if failures else 0.0)


def confidence_sequence(successes: float, n: int, alpha: float = 0.05) -> tuple[float, float]:
    """Anytime-valid interval (low, high) for a win rate: P(the rate is ever outside it, at any n) <= alpha.

    `successes` is the sum of n outcomes in [0, 1]; a tie is 0.5. The interval holds every rate against which the
    mixture martingale has not reached 1/alpha. For outcomes of 0 and 1 that process is a martingale and Ville's
    inequality gives the coverage (Robbins, 1970; Howard, Ramdas, McAuliffe and Sekhon, arXiv 1810.08240). For
    bounded outcomes each factor (q/p)^x ((1-q)/(1-p))^(1-x) is convex in x, so it lies below the straight line
    between its ends, whose mean is one: a supermartingale, and the same bound holds (Waudby-Smith and Ramdas,
    arXiv 2010.09686). Without outcomes it is (0, 1). Raises ValueError for impossible counts.
    """
    if n < 0 or not 0 <= successes <= n or not 0 < alpha < 1:
        raise ValueError(f"successes {successes} of {n} at alpha {alpha}: need 0 <= successes <= n and 0 < alpha < 1")
    if n == 0:
        return 0.0, 1.0
    mean, mixture, needed = successes / n, log_mixture(successes, n), -log(alpha)

    def refuted(rate: float) -> bool:
        return mixture - log_likelihood(rate, successes, n) >= needed

    low = border(refuted, 0.0, mean) if refuted(0.0) else 0.0
    high = border(refuted, 1.0, mean) if refuted(1.0) else 1.0
    return low, high


@cache
def least_successes(n: int, alpha: float = 0.05) -> float:
    """The fewest successes of n, in halves, whose `confidence_sequence` is above one half; infinity where none are."""
    low, high = n, 2 * n + 1  # halves: too few, and more than there are; the wealth grows from one half on
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if log_wealth(0.5, middle / 2, n) >= -log(alpha) else (middle, high)
    return high / 2 if high <= 2 * n else inf


def border(refuted: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where `refuted` turns between a refuted rate and one that is not; bisected on the safe (refuted) side."""
    for _ in range(40):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if refuted(middle) else (outside, middle)
    return outside


def rounded(number: int) -> int:
    """An estimate as people are told it: in tens from a hundred on."""
    return number if number < 100 else round(number, -1)


def win_probability(wins: float, losses: float, ties: float = 0) -> float:
    """Share of judgements, or of their weight, for the first take in [0, 1]; a tie is half a win each; nothing judged is 0.5."""
    judged = wins + losses + ties
    return (wins + ties / 2) / judged if judged else 0.5


def wilson_interval(successes: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval (1927) of a rate: `successes` is the sum of n outcomes in [0, 1]; 95 % unless `z` is given.

    For lists that are sorted and browsed, where the intervals of a few outcomes should not be wider than need be. It is
    not valid for who stops as soon as it shows what they hoped for: decisions use `confidence_sequence`.
    """
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"successes {successes} of {n}: need 0 <= successes <= n")
    if n == 0:
        return 0.0, 1.0
    rate, share = successes / n, z * z / n
    middle = (rate + share / 2) / (1 + share)
    half = z * sqrt(rate * (1 - rate) / n + share / (4 * n)) / (1 + share)
    return max(0.0, middle - half), min(1.0, middle + half)
