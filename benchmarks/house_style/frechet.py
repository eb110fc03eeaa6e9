"""Realism: the Frechet distance between pictures and real scenes, in the content reader's features.

The reader gives 256 features, and a comparison has a few hundred pictures: a covariance of 256 x 256 from as many
samples is noise. So the distance is taken in the 32 directions in which the real scenes vary most, plus one more
number, how far a picture lies outside of them. Without that last one, anything that real scenes never do (noise,
smears) would go unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DIRECTIONS = 32


@dataclass(frozen=True)
class Space:
    """Where distances are measured."""

    centre: np.ndarray  # [D]
    axes: np.ndarray  # [D, d], orthonormal

    def project(self, features: np.ndarray) -> np.ndarray:
        """[N, D] -> [N, d + 1]: coordinates along the axes, and the distance from the space that they span."""
        offset = np.asarray(features, np.float64) - self.centre
        along = offset @ self.axes
        outside = np.sqrt(np.maximum((offset**2).sum(axis=1) - (along**2).sum(axis=1), 0))
        return np.column_stack([along, outside])


def fit_space(features: np.ndarray, directions: int = DIRECTIONS) -> Space:
    """Principal directions of real scenes' features [N, D]; fewer when there are few scenes."""
    features = np.asarray(features, np.float64)
    centre = features.mean(axis=0)
    _, _, rows = np.linalg.svd(features - centre, full_matrices=False)
    return Space(centre, rows[: min(directions, len(features) // 4 or 1)].T)


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Squared Frechet distance of the normal distributions fitted to two samples, [N, d] and [M, d]."""
    return gaussian_frechet(
        first.mean(axis=0), np.cov(first, rowvar=False), second.mean(axis=0), np.cov(second, rowvar=False)
    )


def gaussian_frechet(mean_a: np.ndarray, cov_a: np.ndarray, mean_b: np.ndarray, cov_b: np.ndarray) -> float:
    """|a - b|^2 + tr(A + B - 2 (A B)^(1/2)), Dowson and Landau 1982; the trace of the root is that of a symmetric one."""
    root = symmetric_root(cov_a)
    cross = np.linalg.eigvalsh(root @ cov_b @ root)
    gap = ((mean_a - mean_b) ** 2).sum()
    return float(gap + np.trace(cov_a) + np.trace(cov_b) - 2 * np.sqrt(np.maximum(cross, 0)).sum())


def symmetric_root(matrix: np.ndarray) -> np.ndarray:
    """The positive root of a covariance; rounding may leave an eigenvalue just below zero."""
    values, vectors = np.linalg.eigh(np.atleast_2d(matrix))
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
