"""The Bradley-Terry fit: it finds the weights that verdicts come from, and is the least of its own loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from feedback.preferences.bradley_terry import NUMPY, curvature, fit_bradley_terry

DIMENSIONS = 4
TRUE = np.array([1.0, -2.0, 0.5, 0.0])


@dataclass(frozen=True)
class Data:
    difference: np.ndarray
    p: np.ndarray
    weight: np.ndarray


def verdicts(count: int, seed: int = 0) -> Data:
    """Of a person with the weights TRUE, on pairs of random features; some pairs count more than others."""
    rng = np.random.default_rng(seed)
    difference = rng.normal(size=(count, DIMENSIONS))
    chosen = rng.random(count) < NUMPY.sigmoid(difference @ TRUE)
    return Data(difference, chosen.astype(float), rng.uniform(0.5, 2.0, count))


def loss(data: Data, penalty: float, weights: np.ndarray) -> float:
    """Written out from the definition."""
    p_left = 1 / (1 + np.exp(-data.difference @ weights))
    entropy = -data.p * np.log(p_left) - (1 - data.p) * np.log(1 - p_left)
    return float((data.weight * entropy).sum() / data.weight.sum() + penalty * weights @ weights)


def test_weights_are_found_from_many_verdicts() -> None:
    weights = fit_bradley_terry(verdicts(20_000), 1e-6)
    assert weights == pytest.approx(TRUE, abs=0.08)


@pytest.mark.parametrize("penalty", [1e-4, 1e-2, 1.0])
def test_no_other_weights_have_a_smaller_loss(penalty: float) -> None:
    data = verdicts(60)
    weights, rng = fit_bradley_terry(data, penalty), np.random.default_rng(1)
    least = loss(data, penalty, weights)
    for size in (1e-3, 1e-1, 3.0):
        assert all(loss(data, penalty, weights + size * rng.normal(size=DIMENSIONS)) > least for _ in range(20))


def test_curvature_is_the_second_derivative_of_the_loss() -> None:
    data, at, step = verdicts(60), np.array([0.3, -0.4, 0.1, 0.2]), 1e-4
    ways = step * np.eye(DIMENSIONS)
    measured = [
        [
            (loss(data, 0.01, at + a + b) - loss(data, 0.01, at + a - b) - loss(data, 0.01, at - a + b)
             + loss(data, 0.01, at - a - b)) / (4 * step * step)
            for b in ways
        ]
        for a in ways
    ]  # fmt: skip
    assert curvature(data, 0.01, at) == pytest.approx(np.array(measured), abs=1e-5)


def test_start_far_away_and_verdicts_that_all_agree_end_in_the_same_place() -> None:
    """A full Newton step from far away goes too far; without a penalty agreeing verdicts have no least at all."""
    data = verdicts(40)
    agreeing = Data(data.difference, (data.difference @ TRUE > 0).astype(float), data.weight)
    usual = fit_bradley_terry(agreeing, 1e-3)
    assert fit_bradley_terry(agreeing, 1e-3, 30 * np.ones(DIMENSIONS)) == pytest.approx(usual, abs=1e-5)
    assert np.isfinite(usual).all()


def test_a_looser_tolerance_ends_near_and_sooner() -> None:
    data, calls = verdicts(200), list[int]()

    class Counting(type(NUMPY)):  # type: ignore[misc]
        def solve(self, matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
            calls.append(1)
            return super().solve(matrix, vector)

    exact = fit_bradley_terry(data, 1e-3, library=Counting())
    steps = len(calls)
    assert fit_bradley_terry(data, 1e-3, library=Counting(), tolerance=1e-3) == pytest.approx(exact, abs=0.1)
    assert len(calls) - steps < steps
