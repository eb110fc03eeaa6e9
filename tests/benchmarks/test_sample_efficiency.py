"""How many judgements a faster curve saves."""

from __future__ import annotations

from math import inf, isclose

import pytest

from benchmarks.sample_efficiency import isotonic, judgement_ratio, judgements_needed


def test_a_curve_that_dips_by_chance_is_levelled_to_one_that_never_falls() -> None:
    assert isotonic([0.5, 0.7, 0.6, 0.9]).tolist() == pytest.approx([0.5, 0.65, 0.65, 0.9])


def test_a_height_between_two_points_is_reached_between_them() -> None:
    assert isclose(judgements_needed([100, 200], [0.6, 0.8], 0.7), 150)
    assert judgements_needed([100, 200], [0.6, 0.8], 0.5) == 100
    assert judgements_needed([100, 200], [0.6, 0.8], 0.9) == inf


def test_the_ratio_is_that_of_judgements_at_equal_height() -> None:
    at, slow = [50, 100, 200], [0.6, 0.7, 0.8]
    assert judgement_ratio(at, [0.7, 0.8, 0.85], slow, 200) == 0.5
    assert isclose(judgement_ratio(at, slow, slow, 200), 1)
