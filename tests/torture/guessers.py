"""Classifiers that say which of two takes is the candidate's, from anything that is known of each.

Each learns on some briefs, with the answers, and is asked about the others: more than any rater has, who is given no
answers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

FOLDS = 10
ROUNDS = 40  # stumps
COINS = 39

Guesser = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def fit_ridge(train: np.ndarray, answers: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Least squares with a penalty on standardised differences [n, d]; answers [n] are -1 or 1. Scores [m]."""
    penalty = len(train) * np.eye(train.shape[1]) / 10
    return test @ np.linalg.solve(train.T @ train + penalty, train.T @ answers)


def fit_sign(train: np.ndarray, answers: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The one difference whose sign agrees best with the answers."""
    agreement = np.sign(train).T @ answers
    best = int(np.abs(agreement).argmax())
    return np.sign(test[:, best]) * np.sign(agreement[best])


def fit_stumps(train: np.ndarray, answers: np.ndarray, test: np.ndarray) -> np.ndarray:
    """AdaBoost (Freund and Schapire, 1997) over one threshold of one difference each."""
    cuts = np.quantile(train, [0.1, 0.3, 0.5, 0.7, 0.9], axis=0)
    votes = np.where(train[None] > cuts[:, None], 1.0, -1.0)  # [cuts, n, d]
    weight, scores = np.full(len(train), 1 / len(train)), np.zeros(len(test))
    for _ in range(ROUNDS):
        edge = np.einsum("cnd,n->cd", votes, weight * answers)
        cut, column = np.unravel_index(np.abs(edge).argmax(), edge.shape)
        gain = float(np.clip(edge[cut, column], -0.999, 0.999))
        step = 0.5 * np.log((1 + gain) / (1 - gain))
        weight = weight * np.exp(-step * answers * votes[cut, :, column])
        weight /= weight.sum()
        scores += step * np.where(test[:, column] > cuts[cut, column], 1.0, -1.0)
    return scores


GUESSERS: dict[str, Guesser] = {"ridge": fit_ridge, "sign": fit_sign, "stumps": fit_stumps}


def shares_right(left: np.ndarray, right: np.ndarray, answers: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    """Share of right guesses of each guesser on groups (briefs) that it did not learn from.

    left, right [n, d]: what is known of the takes of n pairs; answers [n]: 1 where the left one is the candidate's, else
    -1; groups [n].
    """
    differences = standardise(left - right)
    fold = np.unique(groups, return_inverse=True)[1] % FOLDS
    shares = {}
    for name, guess in GUESSERS.items():
        right_ones = 0.0
        for held in np.unique(fold):
            test = fold == held
            scores = guess(differences[~test], answers[~test], differences[test])
            right_ones += np.where(scores == 0, 0.5, scores * answers[test] > 0).sum()
        shares[name] = float(right_ones) / len(answers)
    return shares


def limit_of_chance(left: np.ndarray, right: np.ndarray, groups: np.ndarray, seed: int) -> float:
    """What the best guesser of random answers stays below 95 times in 100, counted on these very takes.

    Where nothing tells, the answers are fair coins whatever the takes are, so this test is exact. A binomial interval is
    too narrow: guesses that were learned from the same pairs err together.
    """
    rng = np.random.default_rng(seed)
    best = [max(shares_right(left, right, rng.choice([-1.0, 1.0], len(left)), groups).values()) for _ in range(COINS)]
    return sorted(best)[-2]  # two of forty, the true answers among them, are one in twenty


def standardise(differences: np.ndarray) -> np.ndarray:
    """Signed ranks from -1 to 1: what matters is which is larger and how unusually, and not in which unit."""
    size = np.abs(differences)
    ranks = size.argsort(axis=0).argsort(axis=0) / max(1, len(size) - 1)
    return np.sign(differences) * np.where(size > 0, 0.5 + ranks / 2, 0.0)
