"""Krippendorff's alpha against published values and against an independent implementation."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest

from feedback.agreement.krippendorff import Level, coincidences, measure_alpha

NO = np.nan
# Four observers and twelve units: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NO, NO, NO],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NO, 3],
        [NO, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NO],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NO],
    ]
)
VALUES = (1, 2, 3, 4, 5)
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")


def count(data: np.ndarray) -> np.ndarray:
    return np.stack([(data == value).sum(0) for value in VALUES], axis=1)


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example(level: Level, alpha: float) -> None:
    measured = measure_alpha(count(OBSERVERS), level, VALUES)
    assert measured.alpha == pytest.approx(alpha, abs=5e-4)
    assert measured.units == 11, "the last unit was judged by one observer"
    assert measured.low is not None
    assert measured.high is not None
    assert measured.low < alpha < measured.high


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(4))
def test_it_is_what_an_independent_implementation_says(level: Level, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, 40)
    data = np.where(rng.random((5, 40)) < 0.6, truth, rng.integers(1, 6, (5, 40))).astype(np.float64)
    data[rng.random(data.shape) < 0.4] = np.nan
    expected = krippendorff.alpha(data, level_of_measurement=level, value_domain=list(VALUES))
    assert measure_alpha(count(data), level, VALUES).alpha == pytest.approx(expected, abs=1e-9)


def test_where_alpha_is_not_defined() -> None:
    nobody = measure_alpha(np.zeros((0, 4), int))
    alone = measure_alpha(np.eye(4, dtype=int))
    one_value = measure_alpha(np.array([[2, 0], [3, 0], [2, 0]]))
    assert [each.alpha for each in (nobody, alone, one_value)] == [None] * 3
    assert (alone.units, one_value.units) == (0, 3)


def test_alike_is_one_and_opposite_is_below_zero() -> None:
    assert measure_alpha(np.array([[2, 0], [0, 2]] * 5)).alpha == pytest.approx(1)
    assert (measure_alpha(np.array([[1, 1]] * 10)).alpha or 0) < 0


def test_each_judgement_counts_once() -> None:
    counts = count(OBSERVERS)
    shared = counts[counts.sum(1) > 1]
    assert coincidences(shared).sum((1, 2)) == pytest.approx(shared.sum(1))
