"""What a base model says of itself in limits.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import Invalid
from generation.limits import Limits, check_limits, read_limits

BRIEF: dict[str, Any] = {"kind": "still", "width": 128, "height": 128}


def test_a_folder_without_the_file_limits_nothing(tmp_path: Path) -> None:
    assert read_limits(tmp_path) == Limits()
    check_limits(Limits(), {"kind": "clip", "width": 1280, "height": 720})


def test_limits_are_read_and_the_bad_value_is_named(tmp_path: Path) -> None:
    said = {"kinds": ["still"], "smallest_side": 64, "largest_side": 128}
    (tmp_path / "limits.json").write_text(json.dumps(said))
    limits = read_limits(tmp_path)
    check_limits(limits, BRIEF)
    with pytest.raises(Invalid, match=r"height 256 .* 64 to 128 pixels"):
        check_limits(limits, {**BRIEF, "height": 256})
    with pytest.raises(Invalid, match=r"kind 'clip' .* use still"):
        check_limits(limits, {**BRIEF, "kind": "clip"})


@pytest.mark.parametrize("text", ["not json", '{"sides": 3}', "3"])
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "limits.json").write_text(text)
    with pytest.raises(Invalid, match=r"limits\.json"):
        read_limits(tmp_path)
