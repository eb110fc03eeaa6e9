"""The interval keeps its word when people peek, and says something useful at the sizes of a real trial."""

from __future__ import annotations

import random

import pytest

from feedback.statistics import confidence_sequence, wilson_interval, win_probability


def ever_left_out(rate: float, outcomes: list[float], peek_every: int) -> bool:
    total = 0.0
    for n, outcome in enumerate(outcomes, start=1):
        total += outcome
        if n % peek_every == 0:
            low, high = confidence_sequence(total, n)
            if not low <= rate <= high:
                return True
    return False


@pytest.mark.parametrize("rate", [0.5, 0.7, 0.95])
def test_peeking_at_every_second_ballot_keeps_coverage(rate: float) -> None:
    rng = random.Random(7)
    runs = 200
    misses = sum(
        ever_left_out(rate, [float(rng.random() < rate) for _ in range(120)], peek_every=2) for _ in range(runs)
    )
    assert misses / runs <= 0.05


def test_ties_count_half_and_keep_coverage() -> None:
    """Outcomes 0, 0.5 and 1 with mean 0.6: a bounded variable, for which the process is a supermartingale."""
    rng = random.Random(11)
    misses = sum(
        ever_left_out(0.6, rng.choices([0.0, 0.5, 1.0], [0.25, 0.3, 0.45], k=120), peek_every=2) for _ in range(200)
    )
    assert misses / 200 <= 0.05


def test_fixed_sample_interval_would_fail_the_same_peeking() -> None:
    """Why this is worth its width: the textbook interval, watched, leaves the truth out far more often than 5 %."""
    rng, misses = random.Random(7), 0
    for _ in range(200):
        total, missed = 0.0, False
        for n in range(1, 121):
            total += rng.random() < 0.5
            mean = total / n
            missed |= n >= 10 and abs(mean - 0.5) > 1.96 * (max(mean * (1 - mean), 1e-9) / n) ** 0.5
        misses += missed
    assert misses / 200 > 0.15


def test_adding_pairs_until_decided_decides_for_an_equal_candidate_one_time_in_twenty_at_most() -> None:
    """What the nightly job does: 48 more whenever all are judged and the interval still holds one half, ten times."""
    rng = random.Random(5)
    decided = sum(
        ever_left_out(0.5, [float(rng.random() < 0.5) for _ in range(480)], peek_every=48) for _ in range(200)
    )
    assert decided / 200 <= 0.05


def test_interval_is_useful_at_trial_sizes() -> None:
    low, high = confidence_sequence(64, 90)
    assert 0.54 < low < 64 / 90 < high < 0.86
    assert confidence_sequence(26, 50)[0] < 0.5 < confidence_sequence(26, 50)[1]
    assert confidence_sequence(640, 900)[0] > low


def test_interval_is_symmetric_and_handles_the_ends() -> None:
    assert confidence_sequence(0, 0) == (0.0, 1.0)
    low, high = confidence_sequence(20, 20)
    assert (round(1 - low, 9), high) == (round(confidence_sequence(0, 20)[1], 9), 1.0)
    low, high = confidence_sequence(30.5, 50)
    mirrored = confidence_sequence(19.5, 50)
    assert (low, high) == pytest.approx((1 - mirrored[1], 1 - mirrored[0]))


@pytest.mark.parametrize(("successes", "n", "alpha"), [(-1, 3, 0.05), (4, 3, 0.05), (1, 3, 0.0)])
def test_impossible_counts_are_named(successes: float, n: int, alpha: float) -> None:
    with pytest.raises(ValueError, match=f"{successes} of {n}"):
        confidence_sequence(successes, n, alpha)


def test_win_probability_counts_a_tie_as_half() -> None:
    assert win_probability(2, 1, 1) == 0.625
    assert win_probability(0, 0) == 0.5


def test_wilsons_interval_is_that_of_the_tables() -> None:
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for successes, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson_interval(successes, n) == pytest.approx((low, high), abs=1e-4)
    assert wilson_interval(0, 0) == (0.0, 1.0)
    low, high = wilson_interval(2.5, 5)
    assert low == pytest.approx(1 - high)
    for wrong in ((2, 1), (-1, 3), (0, -1)):
        with pytest.raises(ValueError, match="need 0 <= successes <= n"):
            wilson_interval(*wrong)
