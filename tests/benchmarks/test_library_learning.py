"""The benchmark of the library: its frames are in the taste, of captions that are not held out, and its points are named apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.house_style.options import setup_of
from benchmarks.house_style.points import held_out_prompts
from benchmarks.library_learning.__main__ import line_of, parse, points_of
from benchmarks.library_learning.plot import save_plot
from benchmarks.library_learning.shelf import fill_library, library_captions, library_frames
from benchmarks.synthetic.oracles import warm
from benchmarks.synthetic.scenes import parse_caption
from feedback.library.learning import items_to_learn_from
from tests.factories import new_studio

WORDS = ["--taste", "warm", "--frames", "0,4", "--pairs", "0,20", "--size", "32", "--held-out", "4"]


def setup() -> object:
    options = parse(WORDS)
    options.frames = None
    return setup_of(options)


def test_frames_are_in_the_taste_and_of_contents_that_are_not_held_out(tmp_path: Path) -> None:
    made = setup()
    apart = {parse_caption(text) for text in held_out_prompts(made)}  # type: ignore[arg-type]
    prompts = library_captions(made, 4)  # type: ignore[arg-type]
    assert not {parse_caption(text) for text in prompts} & apart
    liked, disliked = (library_frames(tmp_path, made, taste, 4) for taste in ("warm", "cold"))  # type: ignore[arg-type]
    assert (warm(liked[:, None] / 255) > warm(disliked[:, None] / 255)).all()
    studio = new_studio(tmp_path / "studio")
    fill_library(studio, liked, prompts)
    assert [each["caption"] for each in items_to_learn_from(studio, None, None).items] == prompts
    studio.close()


def test_points_are_every_size_with_every_number_of_pairs_but_nothing_of_nothing() -> None:
    points = points_of(parse(WORDS), setup(), {})  # type: ignore[arg-type]
    assert [point.name for point in points] == ["4 frames", "20 pairs", "4 frames + 20 pairs"]
    assert len({point.key for point in points}) == 3


def test_a_curve_is_drawn_and_told_in_lines(tmp_path: Path) -> None:
    figures = {"content_change_mean": -1.0, "realism_ratio": 1.0, "variety_ratio": 1.0, "held_quality": True}
    records = [
        {
            "taste": "warm",
            "name": f"{frames} frames",
            "frames": frames,
            "pairs": pairs,
            "win_rate": 0.5 + frames / 5000,
            **figures,
        }
        for frames in (20, 100, 500)
        for pairs in (0, 100)
    ]
    save_plot(tmp_path / "curve.png", [*records, {"taste": "warm", "frames": 0, "pairs": 50, "win_rate": None}])
    assert (tmp_path / "curve.png").stat().st_size > 1000
    assert line_of(records[0]) == "warm: 20 frames: won 50.4 %, content -1.0, realism x1.00, variety x1.00, held"
    assert np.isfinite(records[0]["win_rate"])
