"""The one Bradley-Terry fit, against its own definition."""

from __future__ import annotations

import numpy as np
import pytest

from feedback.preferences.bradley_terry import fit_weight, gradient, hessian, loss, sigmoid

PRIOR_STD = 2.0


@pytest.fixture
def judged() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(difference [60, 4], share of votes for the left, votes) of pairs judged at random."""
    rng = np.random.default_rng(0)
    difference = rng.standard_normal((60, 4))
    return difference, rng.choice([0.0, 0.5, 1.0], 60), rng.integers(1, 5, 60).astype(float)


def test_derivatives_are_those_of_the_loss(judged: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    difference, share, votes = judged
    weight, steps = np.array([0.3, -0.2, 0.5, 0.1]), 1e-5 * np.eye(4)

    def slope(function, at: np.ndarray) -> np.ndarray:
        return np.array([(function(at + step) - function(at - step)) / 2e-5 for step in steps])

    first = slope(lambda at: loss(difference, share, votes, at, PRIOR_STD), weight)
    np.testing.assert_allclose(first, gradient(difference, share, votes, weight, PRIOR_STD), atol=1e-6)
    second = slope(lambda at: gradient(difference, share, votes, at, PRIOR_STD), weight)
    np.testing.assert_allclose(second, hessian(difference, votes, weight, PRIOR_STD), atol=1e-6)


def test_the_fit_is_where_the_loss_is_least_whatever_it_started_from(
    judged: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    weight = fit_weight(*judged, PRIOR_STD)
    assert np.abs(gradient(*judged, weight, PRIOR_STD)).max() < 1e-2
    far = fit_weight(*judged, PRIOR_STD, start=np.full(4, 30.0))
    np.testing.assert_allclose(far, weight, atol=1e-3)


def test_the_prior_keeps_agreement_finite() -> None:
    """Without it, pairs that everybody judged alike would have an infinite weight."""
    difference, share, votes = np.ones((5, 1)), np.ones(5), np.full(5, 100.0)
    (weight,) = fit_weight(difference, share, votes, PRIOR_STD)
    assert 3 < weight < 20
    assert fit_weight(np.empty((0, 1)), np.empty(0), np.empty(0), PRIOR_STD) == 0


def test_log_odds_of_any_size_are_probabilities() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]
    np.testing.assert_allclose(sigmoid(np.log(np.array([3.0]))), 0.75)
