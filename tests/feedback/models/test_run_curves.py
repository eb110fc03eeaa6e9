"""Curves of a run: read back as written, whatever interrupted the writing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedback.models.run_curves import FILE, MOST_POINTS, Point, add_point, curves_of, read_points, seconds_left


def point(step: int, seconds: float, sitting: str = "first", steps: int = 100) -> Point:
    time = (datetime(2026, 11, 27, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()
    return Point(time=time, sitting=sitting, step=step, steps=steps, values={"loss": 1 / step})


def test_points_are_read_back_and_a_cut_line_is_left_out(tmp_path: Path) -> None:
    assert read_points(tmp_path) == []
    add_point(tmp_path, "first", 10, 100, {"loss": 0.7})
    with (tmp_path / FILE).open("a") as file:
        file.write('{"time": "2026\n')
    add_point(tmp_path, "second", 10, 100, {"loss": 0.6})
    add_point(tmp_path, "second", 20, 100, {"loss": 0.5, "heldout_loss": 0.4})
    curves = {curve["name"]: curve["points"] for curve in curves_of(read_points(tmp_path))}
    assert curves == {"loss": [(10, 0.6), (20, 0.5)], "heldout_loss": [(20, 0.4)]}, "a step taken again counts once"


def test_long_curves_are_thinned_and_keep_their_end() -> None:
    (curve,) = curves_of([point(step, step) for step in range(1, 2001)])
    assert len(curve["points"]) == MOST_POINTS
    assert curve["points"][-1] == (2000, 1 / 2000)


def test_time_left_is_of_this_sitting_alone() -> None:
    assert seconds_left([]) is None
    assert seconds_left([point(10, 0)]) is None
    assert seconds_left([point(10, 0), point(20, 20), point(30, 40)]) == 2 * 70
    after_a_night = [point(10, 0), point(20, 20), point(30, 40_000, "second"), point(40, 40_005, "second")]
    assert seconds_left(after_a_night) == 0.5 * 60
    assert seconds_left([point(90, 0), point(100, 5)]) == 0
