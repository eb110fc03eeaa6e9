"""What a brief may start from is checked when it is written, with one line that says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from feedback.errors import Invalid, NotFound
from feedback.production import projects, shots
from feedback.production.briefs import Brief, write_brief
from feedback.production.sources import fewest_steps
from feedback.store import Studio, media


@pytest.fixture
def shot(studio: Studio) -> int:
    projects.add_project(studio, "NB", "Night bus")
    return shots.add_shot(studio, "NB", "NB_010")["id"]


def keep(studio: Studio, name: str, width: int = 64, height: int = 32, frames: int = 1) -> str:
    """A file that only the record knows as a picture or a clip."""
    kind = ("mp4", "video/mp4") if frames > 1 else ("png", "image/png")
    return media.store_bytes(studio, name.encode(), *kind, width, height, frames)


def write(studio: Studio, shot: int, **fields: Any) -> Brief:
    shape = {"kind": "clip", "frames": fields.pop("frames")} if "frames" in fields else {}
    return write_brief(studio, shot, "a house", author="ana", steps=10, **shape, **fields)


def test_strength_is_kept_and_has_a_default(studio: Studio, shot: int) -> None:
    source = keep(studio, "plate")
    brief = write(studio, shot, source_media=source, mask_media=keep(studio, "mask"), strength="0.25")
    assert (brief["source_media"], brief["strength"]) == (source, 0.25)
    assert brief["mask_media"] == keep(studio, "mask")
    assert write(studio, shot, source_media=source)["strength"] == 0.6
    assert write(studio, shot)["strength"] is None


def test_a_clip_from_a_clip_has_strength_and_from_its_first_frame_has_none(studio: Studio, shot: int) -> None:
    clip, still = keep(studio, "clip", frames=9), keep(studio, "plate")
    assert write(studio, shot, frames=9, source_media=clip)["strength"] == 0.6
    assert write(studio, shot, frames=5, source_media=clip, strength=0.3)["strength"] == 0.3
    assert write(studio, shot, frames=9, source_media=still)["strength"] is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"mask": True}, "a mask needs a source"),
        ({"strength": 0.5}, "strength is for a brief with a source"),
        ({"source": {}, "strength": 0.0}, "strength 0 leaves none of 10 steps: give 0.1 or more"),
        ({"source": {}, "strength": 0.09}, "strength 0.09 leaves none of 10 steps: give 0.1 or more"),
        ({"source": {}, "strength": 1.01}, "strength 1.01 is outside 0-1"),
        ({"source": {}, "strength": float("nan")}, "strength nan is no number"),
        ({"source": {}, "strength": "much"}, "strength 'much' is no number"),
        ({"source": {"frames": 9}}, "the source is a clip of 9 frames and the brief asks for a still"),
        ({"source": {"frames": 5}, "frames": 9}, "the source has 5 frames and the brief asks for 9"),
        ({"source": {}, "frames": 9, "mask": True}, "a still is the first frame of the clip that starts from it"),
        ({"source": {}, "frames": 9, "strength": 0.6}, "leave strength out"),
        ({"source": {"width": 48}, "mask": True}, "the mask has 64x32 pixels and the source 48x32"),
    ],
)
def test_what_does_not_go_together_is_refused(studio: Studio, shot: int, fields: dict[str, Any], reason: str) -> None:
    source, mask = fields.pop("source", None), fields.pop("mask", None)
    if source is not None:
        fields["source_media"] = keep(studio, "plate", **source)
    if mask:
        fields["mask_media"] = keep(studio, "mask")
    with pytest.raises(Invalid, match=reason):
        write(studio, shot, **fields)


@pytest.mark.parametrize("name", ["source_media", "mask_media"])
def test_unknown_media_are_named(studio: Studio, shot: int, name: str) -> None:
    with pytest.raises(NotFound, match="no media 'abab"):
        write(studio, shot, **{"source_media": keep(studio, "plate"), name: "ab" * 32})


def test_the_fewest_steps_leave_one() -> None:
    for denominator in range(1, 200):
        steps = fewest_steps(1 / denominator)
        assert steps / denominator >= 1
        assert steps <= denominator + 1
