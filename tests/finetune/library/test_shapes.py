"""Which bucket an item is learned from in."""

from __future__ import annotations

from typing import cast

import pytest

from feedback.library.learning import LearnableItem
from finetune.data.library.shapes import Unfit, buckets, rate_of, shape_for
from generation.families.folder import UsualClip
from generation.families.unloaded.grids import Grid
from generation.models.limits import Limits, Shape

GRID = Grid(16, 4)
FREE = Limits(usual_side=512, usual_clip=UsualClip(512, 512, 49, 24))
STARTER = Limits(shapes=(Shape("still", 256, 256, 1), Shape("clip", 128, 128, 17)))


def item(
    kind: str = "still", width: int = 1024, height: int = 576, frames: int = 1, fps: float = 24.0
) -> LearnableItem:
    return cast(LearnableItem, {"kind": kind, "width": width, "height": height, "frames": frames, "fps": fps})


def chosen(limits: Limits, some: LearnableItem) -> Shape:
    return shape_for(some, buckets(limits, GRID, some["kind"]), limits, GRID, rate_of(limits))


def test_buckets_have_about_the_usual_number_of_pixels_on_the_grid() -> None:
    shapes = buckets(FREE, GRID, "still")
    assert len(shapes) == len({shape.width / shape.height for shape in shapes}) == 10
    for shape in shapes:
        assert (shape.width % 16, shape.height % 16) == (0, 0)
        assert shape.width * shape.height == pytest.approx(512 * 512, rel=0.06)


@pytest.mark.parametrize(
    ("size", "ratio"), [((1024, 576), 16 / 9), ((576, 1024), 9 / 16), ((700, 700), 1), ((1024, 430), 12 / 5)]
)
def test_the_bucket_of_the_nearest_proportions_is_taken(size: tuple[int, int], ratio: float) -> None:
    shape = chosen(FREE, item(width=size[0], height=size[1]))
    assert shape.width / shape.height == pytest.approx(ratio, rel=0.05)


def test_a_model_of_one_size_gets_everything_in_it() -> None:
    assert chosen(STARTER, item()) == Shape("still", 256, 256, 1)
    assert chosen(STARTER, item("clip", 512, 288, 48)) == Shape("clip", 128, 128, 17)


def test_a_clip_that_is_too_short_is_learned_shorter_or_not_at_all() -> None:
    assert chosen(FREE, item("clip", 512, 512, 48)).frames == 45
    assert chosen(FREE, item("clip", 512, 512, 120, fps=60.0)).frames == 45  # two seconds are 48 frames at 24
    assert chosen(FREE, item("clip", 512, 512, 60)).frames == 49
    with pytest.raises(Unfit, match="shorter than the 17 frames"):
        chosen(STARTER, item("clip", 512, 288, 12))


def test_what_is_too_small_or_of_another_kind_is_left_out() -> None:
    with pytest.raises(Unfit, match="smaller than half"):
        chosen(FREE, item(width=200, height=200))
    with pytest.raises(Unfit, match="draws no clips"):
        chosen(Limits(kinds=("still",), usual_side=512), item("clip", 512, 512, 48))
