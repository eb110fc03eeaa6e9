"""The Bradley-Terry model over descriptors: log-odds that the left item wins = weight . (left - right).

A ridge (a normal prior on the weight) keeps the fit finite where verdicts agree. Newton's method with step halving;
the negative log-posterior is convex, so it has one minimum (Bradley and Terry, 1952; MacKay, 1992 for the prior).
"""

from __future__ import annotations

import numpy as np

NEWTON_STEPS = 12
LARGEST_LAST_STEP = 1e-3  # in the weight: where steps are this small, the fit is done
SMALLEST_HALVED_STEP = 1e-4


def fit_weight(
    difference: np.ndarray, share: np.ndarray, votes: np.ndarray, prior_std: float, start: np.ndarray | None = None
) -> np.ndarray:
    """The most probable weight [d].

    difference [n, d]: descriptors of the left item minus those of the right; share [n]: of votes for the left, in
    [0, 1]; votes [n]. `prior_std`: standard deviation of each weight before any vote. `start`: an earlier fit.
    """
    weight = np.zeros(difference.shape[1]) if start is None else start
    for _ in range(NEWTON_STEPS):
        step = np.linalg.solve(
            hessian(difference, votes, weight, prior_std), gradient(difference, share, votes, weight, prior_std)
        )
        here = loss(difference, share, votes, weight, prior_std)
        # Where the whole step would go too far, half of it or less still lowers the loss.
        while (
            np.abs(step).max() > SMALLEST_HALVED_STEP
            and loss(difference, share, votes, weight - step, prior_std) > here
        ):
            step = step / 2
        weight = weight - step
        if np.abs(step).max() < LARGEST_LAST_STEP:
            break
    return weight


def loss(difference: np.ndarray, share: np.ndarray, votes: np.ndarray, weight: np.ndarray, prior_std: float) -> float:
    """The negative log-posterior of the weight, but for a constant."""
    z = difference @ weight
    return float(votes @ (np.logaddexp(0, z) - share * z) + weight @ weight / prior_std**2 / 2)


def gradient(
    difference: np.ndarray, share: np.ndarray, votes: np.ndarray, weight: np.ndarray, prior_std: float
) -> np.ndarray:
    """First derivative of `loss` in the weight, [d]."""
    return difference.T @ (votes * (sigmoid(difference @ weight) - share)) + weight / prior_std**2


def hessian(difference: np.ndarray, votes: np.ndarray, weight: np.ndarray, prior_std: float) -> np.ndarray:
    """Second derivative of `loss` in the weight, [d, d]: the precision of the weight in Laplace's approximation."""
    q = sigmoid(difference @ weight)
    return (difference.T * (votes * q * (1 - q))) @ difference + np.eye(len(weight)) / prior_std**2


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Log-odds to probability."""
    return 0.5 * (1 + np.tanh(z / 2))
