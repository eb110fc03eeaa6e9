"""The distance of known distributions, and that what real scenes never do is seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.style.figures import features
from benchmarks.style.frechet import fit_space, frechet_distance, gaussian_frechet
from generation.starter.scenes import render, sample_content, sample_style


def test_known_normals() -> None:
    """For covariances that share their axes the distance is |a - b|^2 plus the squared differences of deviations."""
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    first, second = (turn @ np.diag(variances) @ turn.T for variances in ([1.0, 4.0, 9.0], [4.0, 4.0, 1.0]))
    mean = np.array([1.0, 0.0, 2.0])
    assert gaussian_frechet(mean, first, 0 * mean, second) == pytest.approx(5 + 1 + 0 + 4)
    assert gaussian_frechet(mean, first, mean, first) == pytest.approx(0, abs=1e-9)


def test_covariances_with_other_axes() -> None:
    """In two dimensions tr (AB)^(1/2) is (tr AB + 2 (det AB)^(1/2))^(1/2)."""
    a, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, -0.5], [-0.5, 2.0]])
    root = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a @ b)))
    zero = np.zeros(2)
    assert gaussian_frechet(zero, a, zero, b) == pytest.approx(np.trace(a + b) - 2 * root)


def test_samples_come_close_to_the_distance_of_their_distributions() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, (20_000, 4)), rng.normal(1, 2, (20_000, 4))
    assert frechet_distance(first, second) == pytest.approx(4 + 4, rel=0.05)


def test_what_lies_outside_the_space_of_real_scenes_is_seen() -> None:
    rng = np.random.default_rng(0)
    real = np.zeros((400, 50))
    real[:, :5] = rng.normal(size=(400, 5))
    strange = real.copy()
    strange[:, 40:] += 3
    space = fit_space(real, directions=5)
    assert frechet_distance(space.project(real[:200]), space.project(real[200:])) < 0.2
    assert frechet_distance(space.project(strange), space.project(real)) == pytest.approx(90, rel=0.01)


def test_noisy_pictures_are_further_from_real_scenes() -> None:
    rng = np.random.default_rng(0)
    scenes = [render(sample_content(rng), sample_style(rng), 64, 1, k)[0] for k in range(160)]
    pixels = torch.from_numpy(np.stack(scenes)).float() / 255
    noisy = (pixels + 0.1 * torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    space = fit_space(features(pixels[:80]))
    real, fresh, bad = (space.project(features(each)) for each in (pixels[:80], pixels[80:], noisy[80:]))
    assert frechet_distance(bad, real) > 1.5 * frechet_distance(fresh, real)
