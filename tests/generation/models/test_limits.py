"""What a base model says of itself in limits.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback.errors import Invalid
from generation.families.folder import UsualClip
from generation.models.limits import Limits, Shape, check_limits, read_limits, write_limits


def test_a_folder_without_the_file_limits_nothing(tmp_path: Path) -> None:
    assert read_limits(tmp_path) == Limits()
    check_limits(Limits(), Shape("clip", 1280, 720, 33))


def test_limits_are_read_and_the_bad_value_is_named(tmp_path: Path) -> None:
    content = {"kinds": ["still"], "smallest_side": 64, "largest_side": 128}
    (tmp_path / "limits.json").write_text(json.dumps(content))
    limits = read_limits(tmp_path)
    check_limits(limits, Shape("still", 128, 128, 1))
    with pytest.raises(Invalid, match=r"height 256 .* 64 to 128 pixels"):
        check_limits(limits, Shape("still", 128, 256, 1))
    with pytest.raises(Invalid, match=r"kind 'clip' .* use still"):
        check_limits(limits, Shape("clip", 128, 128, 17))


SHAPES = (Shape("still", 256, 256, 1), Shape("still", 128, 128, 1), Shape("clip", 128, 128, 17))


def test_limits_survive_being_written(tmp_path: Path) -> None:
    limits = Limits(smallest_side=128, largest_side=256, shapes=SHAPES, usual_clip=UsualClip(256, 128, 17, 24))
    write_limits(tmp_path, limits)
    assert read_limits(tmp_path) == limits


@pytest.mark.parametrize("shape", SHAPES)
def test_a_trained_shape_is_drawn(shape: Shape) -> None:
    check_limits(Limits(shapes=SHAPES), shape)


@pytest.mark.parametrize(
    ("requested", "nearest"),
    [
        (Shape("clip", 256, 256, 17), "clip of 128x128, 17 frames"),
        (Shape("clip", 128, 128, 5), "clip of 128x128, 17 frames"),
        (Shape("still", 160, 160, 1), "still of 128x128"),
        (Shape("still", 256, 224, 1), "still of 256x256"),
    ],
)
def test_a_shape_never_trained_is_refused_with_the_nearest(requested: Shape, nearest: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_limits(Limits(shapes=SHAPES), requested)
    assert str(refusal.value) == f"a {requested} cannot be drawn by this model: the nearest it can is a {nearest}"


@pytest.mark.parametrize("kind", ["still", "clip"])
@pytest.mark.parametrize("frames", [0, 1, 2, 5, 17, 33])
@pytest.mark.parametrize("side", [128, 256, 512])
def test_a_refusal_never_offers_what_was_refused(kind: str, frames: int, side: int) -> None:
    """A still of five frames was told that the nearest was a still of just that size."""
    limits = Limits(shapes=(Shape("still", 256, 256, 1), Shape("clip", 256, 256, 17)))
    requested = Shape(kind, side, side, frames)
    if requested in limits.shapes:
        return check_limits(limits, requested)
    with pytest.raises(Invalid) as refusal:
        check_limits(limits, requested)
    offered = str(refusal.value).rpartition(": ")[2]
    assert str(requested) not in offered
    return None


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        '{"sides": 3}',
        "3",
        '{"shapes": 3}',
        '{"shapes": [{"side": 128}]}',
        '{"shapes": ["128x128"]}',
        '{"usual_clip": {"width": 128}}',
        '{"usual_clip": 128}',
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "limits.json").write_text(text)
    with pytest.raises(Invalid, match=r"limits\.json"):
        read_limits(tmp_path)
