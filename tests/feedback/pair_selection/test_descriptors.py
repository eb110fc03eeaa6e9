"""What descriptors depend on, and what they do not."""

from __future__ import annotations

import numpy as np

from feedback.pair_selection.descriptors import DIMENSIONS, GROUPS, measure_descriptors

ENDS = np.cumsum(list(GROUPS.values()))


def part(descriptors: np.ndarray, name: str) -> np.ndarray:
    place = list(GROUPS).index(name)
    return descriptors[ENDS[place] - GROUPS[name] : ENDS[place]]


def scene(size: int = 64, frames: int = 1, step: float = 0.0) -> np.ndarray:
    """A soft pattern that moves `step` of the frame to the right from frame to frame."""
    across, down = np.meshgrid(np.linspace(0, 1, size, endpoint=False), np.linspace(0, 1, size, endpoint=False))
    grey = [0.5 + 0.3 * np.sin(6.3 * (across - k * step)) * np.cos(4 * down) for k in range(frames)]
    return (np.stack(grey)[..., None] * [255, 230, 200]).astype(np.uint8)


def test_descriptors_do_not_depend_on_size_and_are_the_same_each_time() -> None:
    small, large = measure_descriptors(scene(64)), measure_descriptors(scene(192))
    assert small.shape == (DIMENSIONS,)
    for name in ("colour", "contrast", "rows"):
        np.testing.assert_allclose(part(small, name), part(large, name), atol=0.03)
    np.testing.assert_array_equal(small, measure_descriptors(scene(64)))


def test_each_group_measures_what_it_is_named_after() -> None:
    plain = scene()
    warmer, flatter = plain.copy(), (plain.astype(float) * 0.5 + 64).astype(np.uint8)
    warmer[..., 2] //= 2
    darkened = plain.copy()
    darkened[:, :16] //= 4
    grainy = np.clip(plain + np.random.default_rng(0).normal(0, 12, plain.shape), 0, 255).astype(np.uint8)
    before = measure_descriptors(plain)
    assert part(measure_descriptors(warmer), "colour")[2] < part(before, "colour")[2] - 0.2
    assert (part(measure_descriptors(flatter), "contrast") < part(before, "contrast") - 0.3).all()
    rows = (part(measure_descriptors(darkened), "rows") - part(before, "rows")).reshape(-1, 3)
    assert rows[:4].max() < -0.3
    assert np.abs(rows[4:]).max() < 0.01
    assert part(measure_descriptors(grainy), "detail")[0] > part(before, "detail")[0] + 1
    assert not part(before, "motion").any()


def test_a_pan_and_its_reverse_differ_in_sign() -> None:
    there, back = (part(measure_descriptors(scene(frames=9, step=step)), "motion") for step in (0.02, -0.02))
    np.testing.assert_allclose(there[0], 0.02, atol=0.01)
    np.testing.assert_allclose(there[0], -back[0], atol=0.005)


def test_the_smallest_pictures_have_descriptors_too() -> None:
    for side in (1, 2, 3):
        assert np.isfinite(measure_descriptors(np.full((2, side, side, 3), 9, np.uint8))).all()
