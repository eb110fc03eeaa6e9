"""Two sets of takes compared, on measurements whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.house_style.metrics import Measurements, compare

BRIEFS, TAKES = 40, 2


def measured(seed: int, hit: float = 0.9, distance: float = 1.0, away: float = 0.0) -> Measurements:
    rng = np.random.default_rng(seed)
    hits = (rng.random((BRIEFS, TAKES, 5)) < hit).astype(float)
    features = rng.normal(away, 1, (BRIEFS, TAKES, 3))
    return Measurements(rng.random((BRIEFS, TAKES)), hits, features, distance * (1 + 0.1 * rng.random(BRIEFS)))


REAL = np.random.default_rng(9).normal(0, 1, (200, 3))


def test_a_side_against_itself_has_changed_nothing_and_is_sure_of_it() -> None:
    same = compare(measured(1), measured(1), REAL)
    assert same["win_rate"] == 0.5
    for name, nothing in (("content_change_mean", 0), ("variety_ratio", 1), ("realism_ratio", 1)):
        assert [same[name], same[f"{name}_low"], same[f"{name}_high"]] == pytest.approx([nothing] * 3)
    assert same["held_quality"]


@pytest.mark.parametrize("worse", [{"hit": 0.5}, {"distance": 0.5}, {"away": 1.5}])
def test_what_is_lost_is_found_beyond_doubt_and_quality_is_not_held(worse: dict[str, float]) -> None:
    figures = compare(measured(2, **worse), measured(1), REAL)
    assert not figures["held_quality"]
    if "hit" in worse:
        assert figures["content_change_mean"] == pytest.approx(-40, abs=8)
        assert figures["content_change_mean_high"] < -30
    elif "distance" in worse:
        assert figures["variety_ratio_low"] < figures["variety_ratio"] < figures["variety_ratio_high"] < 0.6
    else:
        assert figures["realism_ratio_low"] > 2
