"""The distance of known distributions, and that what real scenes never do is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.house_style.metrics import (
    fit_space,
    frechet_distance,
    gaussian_frechet,
    make_space,
    project,
    read_hits,
)
from benchmarks.synthetic.scenes import caption, render, sample_content, sample_style


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
    scenes = np.stack([render(sample_content(rng), sample_style(rng), 64, 1, k) for k in range(240)])[:, None]
    noisy = (scenes + rng.normal(0, 25, scenes.shape)).clip(0, 255).astype(np.uint8)
    space = make_space(scenes[:80])
    real, fresh, bad = (project(space, each)[:, 0] for each in (scenes[80:160], scenes[160:], noisy[160:]))
    assert frechet_distance(bad, real) > 1.5 * frechet_distance(fresh, real)


def clips(count: int) -> np.ndarray:
    """uint8 [P, 1, F, H, W, 3] of cameras that move."""
    rng, made = np.random.default_rng(1), []
    for k in range(count):
        style = replace(sample_style(rng), move="pan", amount=1.0)
        made.append(render(sample_content(rng), style, 64, 5, k))
    return np.stack(made)[:, None]


def test_clips_that_stand_still_are_further_from_real_ones_that_move() -> None:
    real, fresh = np.split(clips(240), 2)
    frozen = np.repeat(fresh[:, :, 2:3], 5, axis=2)
    space = make_space(real)
    projected = [project(space, each)[:, 0] for each in (real, fresh, frozen)]
    assert frechet_distance(projected[2], projected[0]) > 1.1 * frechet_distance(projected[1], projected[0])


def test_a_clip_that_falls_apart_at_its_end_loses_content() -> None:
    whole = clips(40)
    rng = np.random.default_rng(1)
    prompts = []
    for _ in range(40):
        sample_style(rng)
        prompts.append(caption(sample_content(rng), np.random.default_rng(0)))
    broken = whole.copy()
    broken[:, :, 3:] = 0
    kept, lost = (np.nanmean(read_hits(prompts, takes)) for takes in (whole, broken))
    assert lost < kept - 0.1
