"""The comparison of reward models through its command, in small: machinery, and that an easy taste is learned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.boxes import box_around, drawn_box
from benchmarks.reward_accuracy import pointing, stand_in
from benchmarks.reward_accuracy.__main__ import main, parse
from benchmarks.reward_accuracy.judging import JUDGED, UNSEEN, deal, examples_of
from benchmarks.reward_accuracy.renders import NOT_RENDERED, Scenes, scores_of
from benchmarks.synthetic.scenes import sample_style
from feedback.errors import Invalid


@pytest.fixture
def scenes() -> Scenes:
    """Six captions of four renders, of which nothing is looked at but the styles."""
    rng = np.random.default_rng(0)
    styles = [sample_style(rng) for _ in range(24)]
    texts = [f"wide shot of a house in a field at dusk, {weather}" for weather in ("clear", "foggy", *["snowy"] * 4)]
    return Scenes([texts[k // 4] for k in range(24)], styles, {}, None, None, each=4, judged=4)  # type: ignore[arg-type]


def test_the_products_features_and_others_learn_from_the_same_verdicts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.py"
    other.write_text(
        "def means(latents, captions):\n    assert len(latents) == len(captions)\n    return latents.mean((2, 3, 4))\n"
    )
    small = ["--captions", "14", "--unseen", "8", "--renders", "4", "--pairs", "40", "--label-noise", "0"]
    assert stand_in.main(["--out", str(tmp_path / "encoder"), "--pictures", "8", "--steps", "2", "--batch", "4"]) == 0
    capsys.readouterr()
    small += ["--encoder", str(tmp_path / "encoder")]
    assert main([*small, "--tastes", "warm", "--features", f"{other}:means", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    product, means = (result["learners"][name] for name in ("product", f"{other}:means"))
    own, encoded = ("product", "statistics", "states_4x4", "states_8x8"), ("with encoder", "encoder alone")
    assert set(result["learners"]) == {*own, *encoded, f"{other}:means"}
    assert result["learners"]["encoder alone"]["chosen"]["warm"].startswith("image_encoder")
    assert product["accuracy"]["warm"] > 0.7
    assert means["accuracy"]["warm"] > 0.6
    assert product["chosen"]["warm"]
    assert result["not_rendered"] == list(NOT_RENDERED)


def test_pairs_differ_are_of_one_caption_and_no_caption_is_judged_and_unseen(scenes: Scenes) -> None:
    scores = scores_of(scenes, "light_from_left")
    # In fog nobody sees where the light comes from.
    for which, captions in ((JUDGED, (0, 2, 3)), (UNSEEN, (4, 5))):
        pairs = deal(scenes, scores, which, 6, 0.0, 0)
        assert {int(row) // 4 for row in pairs.left} <= set(captions)
        assert (pairs.left // 4 == pairs.right // 4).all()
        assert ((scores[pairs.left] > scores[pairs.right]) == pairs.left_is_better).all()
        assert (scores[pairs.left] != scores[pairs.right]).all()


def test_label_noise_turns_verdicts_and_nothing_else(scenes: Scenes) -> None:
    scores = scores_of(scenes, "subject_left")
    plain, noisy = (deal(scenes, scores, JUDGED, 20, noise, 0) for noise in (0.0, 0.3))
    assert (plain.left == noisy.left).all()
    assert 0 < (plain.left_is_better != noisy.left_is_better).sum() < 14


def test_what_cannot_be_measured_is_one_line(scenes: Scenes, tmp_path: Path) -> None:
    scores = scores_of(scenes, "subject_left")
    with pytest.raises(Invalid, match=r"100 pairs: these captions have 2\d that differ"):
        deal(scenes, scores, JUDGED, 100, 0.0, 0)
    with pytest.raises(SystemExit):
        parse(["--tastes", "warmish"])


def test_the_same_verdicts_are_learned_from_with_and_without_boxes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pointing, "UNSEEN_PAIRS", 12)
    small = ["--captions", "5", "--unseen", "3", "--renders", "4", "--work", str(tmp_path), "--tastes", "large_subject"]
    small += ["--judgements", "24"]
    assert main(["--pointing", *small]) == 0
    assert "large_subject" in capsys.readouterr().out
    assert main(["--pointing", *small, "--pointed", "0", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["tastes"]["large_subject"]
    assert result["with"] == result["without"]  # nobody pointed
    assert result["chosen"]["with, 24"] == result["chosen"]["without, 24"]


def test_a_rater_points_at_the_subject_of_one_take_where_it_is_seen(scenes: Scenes) -> None:
    boxes = np.tile([0.25, 0.5, 0.25, 0.25], (24, 1))
    boxes[::2] = np.nan
    seen = replace(scenes, boxes=boxes)
    pairs = deal(seen, scores_of(seen, "subject_left"), JUDGED, 20, 0.0, 0)
    pointed = pointing.point(seen, pairs, examples_of(seen, pairs), 1.0, 0)
    for left, right, example in zip(pairs.left, pairs.right, pointed, strict=True):
        assert not (example.pointed_left and example.pointed_right)
        assert not (example.pointed_left and left % 2 == 0)
        assert not (example.pointed_right and right % 2 == 0)
        for ((place,),) in filter(None, (example.pointed_left, example.pointed_right)):
            assert abs(place.x + place.w / 2 - 0.375) < 0.1
    assert 3 < sum(example.pointed for example in pointed) < 20


def test_a_box_holds_its_mask_and_a_careless_one_stays_in_the_frame() -> None:
    mask = np.zeros((8, 8), bool)
    assert np.isnan(box_around(mask)).all()
    mask[2:4, 5:8] = True
    assert box_around(mask).tolist() == [5 / 8, 2 / 8, 3 / 8, 2 / 8]
    for seed in range(50):
        place = drawn_box(box_around(mask), np.random.default_rng(seed).normal(0, 1.0, 4))
        assert 0 <= place.x <= place.x + place.w <= 1 + 1e-9
        assert place.w > 0
        assert place.h > 0


def test_judgements_needed_are_read_off_the_curve() -> None:
    assert pointing.judgements_for(0.7, {50: 0.6, 100: 0.8, 200: 0.9}) == pytest.approx(50 * 2**0.5)
    assert pointing.judgements_for(0.5, {50: 0.6, 100: 0.8}) == 50
    assert pointing.judgements_for(0.95, {50: 0.6, 100: 0.8}) is None
    assert pointing.needed_ratio({50: 0.6, 100: 0.8}, {50: 0.8, 100: 0.9}) == 0.5
    assert pointing.needed_ratio({50: 0.5, 100: 0.55}, {50: 0.8, 100: 0.9}) is None
