"""Copies are known, in whatever form; other pictures are not taken for them."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.copies.changes import GOAL, MORE
from generation.copies.describing import Description, describe, within_bars
from generation.copies.nearest import Near, nearest
from generation.copies.searching import Index
from tests.generation.copies.scenes import picture

SEEDS = range(12)
EASY = (
    "crop 60 %",
    "letterbox",
    "turned 2 to 6 degrees",
    "greyscale",
    "half the size",
    "squeezed",
    "mirror and regrade",
)


@pytest.fixture(scope="module")
def library() -> list[Description]:
    return [describe(picture(seed)) for seed in SEEDS]


@pytest.fixture(scope="module")
def index(library: list[Description]) -> Index:
    index = Index()
    for each in library:
        index.add(each)
    return index


def look(library: list[Description], index: Index, pixels: np.ndarray, without: tuple[int, ...] = ()) -> list[Near]:
    return nearest(describe(pixels), index, library.__getitem__, without)


@pytest.mark.parametrize("name", [*GOAL, *EASY])
def test_a_copy_is_named(name: str, library: list[Description], index: Index) -> None:
    random = np.random.default_rng(3)
    for seed in SEEDS[::3]:
        nearest_one = look(library, index, {**GOAL, **MORE}[name](picture(seed), random))[0]
        assert (nearest_one.place, nearest_one.mirrored) == (seed, "mirror" in name)
        assert nearest_one.likeness > 0.8


def test_other_pictures_are_less_alike(library: list[Description], index: Index) -> None:
    values = [look(library, index, picture(seed))[0].likeness for seed in range(100, 112)]
    assert np.median(values) < 0.6
    assert max(values) < 0.9


def test_what_is_left_out_is_not_named(library: list[Description], index: Index) -> None:
    assert look(library, index, picture(4))[0].place == 4
    assert 4 not in {near.place for near in look(library, index, picture(4), (4,))}


def test_nothing_is_like_a_picture_without_anything_in_it(library: list[Description], index: Index) -> None:
    for flat in (np.full((64, 64, 3), 128, np.uint8), np.zeros((40, 90, 3), np.uint8)):
        assert all(near.likeness < 0.5 for near in look(library, index, flat))
    assert nearest(describe(picture(1)), Index(), library.__getitem__) == []


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (16, 16), (900, 30)])
def test_pictures_of_odd_sizes(size: tuple[int, int], library: list[Description], index: Index) -> None:
    random = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert all(0 <= near.likeness < 0.9 for near in look(library, index, random))


def test_a_description_is_the_same_after_it_was_stored() -> None:
    described = describe(picture(2))
    again = Description.of_bytes(described.as_bytes())
    assert np.array_equal(again.small, described.small)
    assert np.array_equal(again.blocks, described.blocks)
    assert np.array_equal(again.vectors, described.vectors)
    assert np.abs(again.places - described.places).max() < 1e-3
    assert len(described.as_bytes()) < 25_000


def test_a_mirror_needs_no_second_look() -> None:
    """Keypoints of the mirrored picture, and what is computed from those of the upright one, are mostly the same."""
    own, seen = describe(picture(5)).mirrored(), describe(np.ascontiguousarray(picture(5)[:, ::-1]))
    assert np.array_equal(own.small, seen.small)
    alike = own.vectors.astype(float) @ seen.vectors.T.astype(float) / 512**2
    best = alike.argmax(axis=1)
    apart = np.hypot(*(own.places - seen.places[best]).T)
    assert (apart < 0.01).mean() > 0.6


def test_bars_are_no_part_of_a_picture() -> None:
    grey = picture(6).mean(axis=2).clip(30, 255).astype(np.uint8)
    assert within_bars(np.pad(grey, ((20, 20), (0, 0)))) == (slice(20, 20 + len(grey)), slice(0, grey.shape[1]))
    dark = np.zeros((50, 50), np.uint8)
    dark[20:24, 20:24] = 255
    assert dark[within_bars(dark)].shape == dark.shape
