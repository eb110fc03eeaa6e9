"""Curves as pictures: what a reader is shown beside the figures themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.house_style.plot import KEEPING, plot_curve, title_of

KEPT = {"content_change_mean": -1.0, "realism_ratio": 1.05, "variety_ratio": 0.9}


def record(x: int, **more: Any) -> dict[str, Any]:
    shown = {
        "name": "default",
        "taste": "warm",
        "kind": "still",
        "pairs": x,
        "curve": "pairs",
        "x": x,
        "held_quality": True,
    }
    return {**shown, "win_rate": 0.8, "win_low": 0.7, "win_high": 0.9, **KEPT, **more}


def shaded(axes: Axes) -> tuple[float, float]:
    """The lowest and the highest place of what is filled."""
    heights = np.asarray(axes.collections[0].get_paths()[0].vertices)[:, 1]
    return float(heights.min()), float(heights.max())


@pytest.mark.parametrize("field", [field for field, _, _ in KEEPING])
def test_what_is_to_be_kept_is_shaded_from_one_end_of_its_interval_to_the_other(field: str) -> None:
    ends = {f"{field}_low": KEPT[field] - 0.3, f"{field}_high": KEPT[field] + 0.2}
    figure = plot_curve([record(50, **ends), record(100, **ends)], [], "pairs")
    axes = figure.axes[1 + [name for name, _, _ in KEEPING].index(field)]
    assert shaded(axes) == (pytest.approx(KEPT[field] - 0.3), pytest.approx(KEPT[field] + 0.2))
    plt.close(figure)


def test_a_record_without_intervals_is_drawn_without() -> None:
    figure = plot_curve([record(50), record(100)], [], "pairs")
    assert shaded(figure.axes[1]) == (KEPT["content_change_mean"], KEPT["content_change_mean"])
    plt.close(figure)


def test_the_title_says_whose_pairs_they_are() -> None:
    assert title_of([record(50), record(100)]) == "house style warm, stills"
    assert title_of([record(2, curve="nights", pairs=100)]) == "house style warm, 100 pairs a night, stills"
    assert title_of([record(2, curve="label_noise", pairs=500)]) == "house style warm, 500 pairs, stills"
