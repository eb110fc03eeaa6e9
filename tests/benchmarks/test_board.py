"""The benchmark of the board: what it makes of frame times."""

from __future__ import annotations

from benchmarks.board import __main__ as board


def test_the_worst_frame_is_that_of_a_usual_pass_at_the_worse_speed() -> None:
    assert board.worst_frame({40: [[16, 17], [16, 90], [16, 18]], 300: [[16], [20], [33]]}) == 20
