"""The pairing benchmark through its command, in small: machinery, not savings."""

from __future__ import annotations

import json

import pytest

from benchmarks.house_style.options import asked_points, check_point, parse
from benchmarks.house_style.setting import PAIRINGS
from benchmarks.pair_selection import main
from feedback.errors import Invalid

SMALL = ["--captions", "10", "--held-out", "6", "--takes", "3", "--tastes", "warm", "--seeds", "1"]


def test_both_arms_judge_the_same_stock_and_are_foretold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "--at", "8,24", "--compare", "24", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result["accuracy"]) == {"random", "active"}
    # Warmth is told by one number of a look: two dozen judgements of it order most pairs as it would.
    assert all(curve[-1] > 0.6 for curve in result["accuracy"].values())
    assert result["stock_pairs"] == 30
    assert result["ratio"] > 0


def test_the_style_benchmark_deals_both_ways_side_by_side() -> None:
    points = asked_points(parse(["--pairing", "both", "--pairs", "48", "--stock", "20"]))
    assert [point.people.pairing for point in points] == list(PAIRINGS[1:])
    assert len({point.key for point in points}) == 2


def test_a_stock_with_fewer_pairs_than_asked_for_is_refused() -> None:
    (point,) = asked_points(parse(["--pairing", "active", "--pairs", "48", "--stock", "20"]))
    check_point(point)
    with pytest.raises(Invalid, match="larger --stock"):
        asked_points(parse(["--pairing", "active", "--pairs", "4800", "--stock", "20"]))
