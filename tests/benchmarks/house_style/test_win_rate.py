"""Win rates and their intervals, on arrays whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.house_style.metrics import bootstrap_interval, win_figures


def test_win_rate_counts_every_comparison_of_a_brief_and_halves_ties() -> None:
    figures = win_figures(np.array([[1.0, 3.0], [2.0, 2.0]]), np.array([[0.0, 2.0], [2.0, 5.0]]))
    assert (figures["wins"], figures["ties"], figures["losses"], figures["briefs"]) == (3, 2, 3, 2)
    assert figures["win_rate"] == pytest.approx(4 / 8)


def test_the_better_side_wins_all_and_has_no_doubt_about_it() -> None:
    scores = np.random.default_rng(0).random((20, 4))
    figures = win_figures(scores + 1, scores)
    assert (figures["win_rate"], figures["win_low"], figures["win_high"]) == (1, 1, 1)


@pytest.mark.parametrize("best_of", [2, 4, 8, 16])
def test_the_best_of_k_wins_as_often_as_it_is_the_best_of_one_more(best_of: int) -> None:
    rng = np.random.default_rng(best_of)
    best, plain = rng.random((4000, 2, best_of)).max(axis=2), rng.random((4000, 2))
    assert win_figures(best, plain)["win_rate"] == pytest.approx(best_of / (best_of + 1), abs=0.015)


def test_the_interval_covers_the_true_rate_about_95_times_in_100() -> None:
    rng = np.random.default_rng(0)
    intervals = [bootstrap_interval(rng.random(64), rounds=400, seed=k) for k in range(300)]
    assert 0.9 <= np.mean([low <= 0.5 <= high for low, high in intervals]) <= 0.985


def test_comparisons_of_one_brief_are_no_independent_evidence() -> None:
    """Ten times the takes of the same briefs, all alike, leave the interval as wide as it was."""
    tuned, base = np.random.default_rng(0).normal(0.3, 1, (30, 1)), np.random.default_rng(1).normal(0, 1, (30, 1))
    few, many = win_figures(tuned, base), win_figures(np.repeat(tuned, 10, 1), np.repeat(base, 10, 1))
    assert [many["win_low"], many["win_high"]] == pytest.approx([few["win_low"], few["win_high"]])
