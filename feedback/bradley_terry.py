"""The Bradley-Terry model (1952) over features: log-odds that the left take is chosen = weights . (left - right).

Fitted by Newton's method under a ridge penalty. It is the only fit of its kind here: the pages choose pairs by it, and the
reward model is fitted by it. Arrays are numpy's by default. Another library's serve as well when its operations are given,
so that a reward model stays in torch, in which its gradient is taken.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

NEWTON_STEPS = 25
HALVINGS = 20
TOLERANCE = 1e-13  # of a loss that starts at ln 2


class ArrayOperations(Protocol):
    """What the fit needs of an array library beside its operators; all in float64."""

    def sigmoid(self, z: Any) -> Any: ...

    def log_sigmoid(self, z: Any) -> Any: ...

    def solve(self, matrix: Any, vector: Any) -> Any: ...

    def zeros(self, size: int) -> Any: ...

    def eye(self, size: int) -> Any: ...


class NumpyOperations:
    def sigmoid(self, z: np.ndarray) -> np.ndarray:
        return 0.5 * (1 + np.tanh(z / 2))

    def log_sigmoid(self, z: np.ndarray) -> np.ndarray:
        return -np.logaddexp(0, -z)

    def solve(self, matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
        return np.linalg.solve(matrix, vector)

    def zeros(self, size: int) -> np.ndarray:
        return np.zeros(size)

    def eye(self, size: int) -> np.ndarray:
        return np.eye(size)


NUMPY = NumpyOperations()


class ComparisonData(Protocol):
    """n comparisons as arrays of one library."""

    @property
    def difference(self) -> Any: ...  # [n, d], features of left minus right

    @property
    def p(self) -> Any: ...  # [n], share of people who chose left

    @property
    def weight(self) -> Any: ...  # [n], of each comparison; their sum is above 0


def fit_bradley_terry(
    data: ComparisonData,
    penalty: float,
    start: Any = None,
    library: ArrayOperations = NUMPY,
    tolerance: float = TOLERANCE,
) -> Any:
    """Weights [d] of the least weighted mean cross-entropy plus `penalty` times their square sum.

    `start`: an earlier fit's weights, near which the new ones will be. `tolerance`: twice what a step may still gain of the
    loss when the fit ends.
    """
    share = data.weight / data.weight.sum()
    weights = library.zeros(data.difference.shape[1]) if start is None else start
    for _ in range(NEWTON_STEPS):
        odds = library.sigmoid(data.difference @ weights)
        gradient = data.difference.T @ (share * (odds - data.p)) + 2 * penalty * weights
        step = library.solve(curvature(data, penalty, weights, library), gradient)
        if float(gradient @ step) < tolerance:
            break
        weights = descend(data, share, penalty, weights, step, library)
    return weights


def curvature(data: ComparisonData, penalty: float, weights: Any, library: ArrayOperations = NUMPY) -> Any:
    """Second derivatives of that loss at `weights`, [d, d].

    Times the sum of the comparisons' weights it is the precision of the weights (Laplace's approximation).
    """
    odds = library.sigmoid(data.difference @ weights)
    share = odds * (1 - odds) * data.weight / data.weight.sum()
    return (data.difference.T * share) @ data.difference + 2 * penalty * library.eye(len(weights))


def descend(data: ComparisonData, share: Any, penalty: float, weights: Any, step: Any, library: ArrayOperations) -> Any:
    """The weights less the step, or as much of it as lowers the loss."""

    def loss(at: Any) -> float:
        z = data.difference @ at
        entropy = -data.p * library.log_sigmoid(z) - (1 - data.p) * library.log_sigmoid(-z)
        return float((share * entropy).sum() + penalty * (at * at).sum())

    before = loss(weights)
    for _ in range(HALVINGS):
        if loss(weights - step) <= before:
            return weights - step
        step = step / 2
    return weights
