"""The pairing benchmark through its command, in small: machinery, not savings."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.house_style.options import check_point, parse, requested_points
from benchmarks.house_style.points import PAIRINGS
from benchmarks.pair_selection import main, summed_up
from benchmarks.pair_selection import parse as parse_pair_selection
from feedback.errors import Invalid

SMALL = ["--captions", "10", "--held-out", "6", "--takes", "3", "--tastes", "warm", "--seeds", "1"]


def test_both_arms_judge_the_same_pool_and_predict_the_taste(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "--at", "8,24", "--compare", "24", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result["accuracy"]) == {"random", "active"}
    # Warmth is one number of a take's features: two dozen judgements of it order most pairs as it does.
    assert all(curve[-1] > 0.6 for curve in result["accuracy"].values())
    assert result["pool_pairs"] == 30
    assert result["ratio"] is None or result["ratio"] > 0


def test_a_ratio_that_is_never_reached_is_null_and_not_infinity() -> None:
    options = parse_pair_selection([*SMALL, "--at", "8,24", "--compare", "24"])
    curves = {"random": np.array([[[0.7, 0.9]]]), "active": np.array([[[0.6, 0.8]]])}
    assert json.loads(json.dumps(summed_up(options, curves), allow_nan=False))["ratio"] is None
    assert summed_up(options, {**curves, "active": np.array([[[0.9, 0.9]]])})["ratio"] == 0.333


def test_the_house_style_benchmark_deals_both_ways_side_by_side() -> None:
    points = requested_points(parse(["--pairing", "both", "--pairs", "48", "--pool", "20"]))
    assert [point.raters.pairing for point in points] == list(PAIRINGS[1:])
    assert len({point.key for point in points}) == 2


def test_a_pool_with_fewer_pairs_than_are_to_be_judged_is_refused() -> None:
    (point,) = requested_points(parse(["--pairing", "active", "--pairs", "48", "--pool", "20"]))
    check_point(point)
    with pytest.raises(Invalid, match="larger --pool"):
        requested_points(parse(["--pairing", "active", "--pairs", "4800", "--pool", "20"]))
