"""Briefs that no model could draw."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid
from feedback.production import briefs, projects, shots
from feedback.store import Studio

PASSWORD = "a long pass phrase"


@pytest.mark.parametrize(
    ("prompt", "options", "words"),
    [
        ("  ", {}, "empty"),
        ("x" * 4001, {}, "4001 characters"),
        ("x", {"kind": "film"}, "no kind 'film'"),
        ("x", {"width": 0}, "width 0"),
        ("x", {"frames": 9}, "one frame, not 9"),
        ("x", {"steps": 0}, "steps 0"),
        ("x", {"guidance": float("nan")}, "guidance nan"),
        ("x", {"guidance_2": 101}, "guidance_2 101"),
    ],
)
def test_briefs_that_cannot_be_drawn_by_any_model(studio: Studio, prompt: str, options: dict, words: str) -> None:
    projects.add_project(studio, "P")
    shot = shots.add_shot(studio, "P", "S_010")
    with pytest.raises(Invalid, match=words):
        briefs.write_brief(studio, shot["id"], prompt, author="ana", **options)
    assert briefs.list_briefs(studio) == []


@pytest.mark.parametrize("value", [None, 1.5])
def test_second_guidance_is_kept_as_it_was_given(studio: Studio, value: float | None) -> None:
    projects.add_project(studio, "P")
    shot = shots.add_shot(studio, "P", "S_010")
    brief = briefs.write_brief(studio, shot["id"], "x", author="ana", guidance_2=value)
    assert briefs.get_brief(studio, brief["id"])["guidance_2"] == value
