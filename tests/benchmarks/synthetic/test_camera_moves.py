"""The camera moves that the renderer makes are read from the pixels."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.synthetic import camera_moves, scenes
from benchmarks.synthetic.labels import MOVES


def draw_clips(count: int, frames: int = 17, **changes) -> tuple[np.ndarray, list]:
    rng, clips, styles = np.random.default_rng(21), [], []
    for index in range(count):
        content = scenes.sample_content(rng)
        style = replace(scenes.sample_style(rng), move=MOVES[index % len(MOVES)], **changes)
        clips.append(scenes.render(content, style, 128, frames, index))
        styles.append(style)
    return np.stack(clips).astype(np.float32) / 255, styles


@pytest.fixture(scope="module")
def drawn():
    return draw_clips(48)


def test_moves_are_read_from_rendered_clips(drawn):
    clips, styles = drawn
    read = camera_moves.read_moves(clips)
    right = [seen == style.move for seen, style in zip(read, styles, strict=True)]
    assert np.mean(right) >= 0.9, [(seen, style.move) for seen, style in zip(read, styles, strict=True)]


@pytest.mark.parametrize(("move", "axis", "floor"), [("pan", 0, 0.7), ("tilt", 1, 0.9)])
def test_travel_has_the_sign_and_grows_with_the_amount(drawn, move, axis, floor):
    clips, styles = drawn
    picked = [k for k, style in enumerate(styles) if style.move == move]
    travel = camera_moves.measure_travel(clips[picked])[:, axis]
    assert np.corrcoef(travel, [styles[k].amount for k in picked])[0, 1] > floor


@pytest.mark.parametrize(
    ("taste", "move"), [("panning", "pan"), ("tilting", "tilt"), ("pushing_in", "push-in"), ("steady", "static")]
)
def test_a_taste_likes_its_move_best(drawn, taste, move):
    clips, styles = drawn
    scores = getattr(camera_moves, taste)(clips)
    showing = np.array([style.move == move for style in styles])
    assert np.median(scores[showing]) > np.quantile(scores[~showing], 0.85)


def test_a_camera_that_turns_left_is_told_from_one_that_turns_right(drawn):
    clips, styles = drawn
    scores = camera_moves.pan_left(clips)
    left, right = (
        [score for score, style in zip(scores, styles, strict=True) if style.move == "pan" and style.amount * sign > 0]
        for sign in (1, -1)
    )
    assert np.median(left) > 0 > np.median(right)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_black_clips_and_stills_stand_still(frames):
    assert camera_moves.read_moves(np.zeros((2, frames, 128, 128, 3), np.float32)) == ["static", "static"]
    if frames == 1:
        assert np.array_equal(camera_moves.steady(draw_clips(2, 1)[0]), [0, 0])
