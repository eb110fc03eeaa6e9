"""The renderer: the same arguments give the same picture, and a caption names its content."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.synthetic import scenes
from benchmarks.synthetic.camera_moves import measure_travel
from benchmarks.synthetic.labels import MOVES, SubjectLook
from benchmarks.synthetic.training.architecture import LONGEST_CAPTION, build_tokenizer


def draw(seed: int, **options):
    rng = np.random.default_rng(seed)
    content, style = scenes.sample_content(rng), scenes.sample_style(rng)
    return scenes.render(content, style, seed=seed, **options)


def test_the_same_arguments_give_the_same_pixels():
    assert np.array_equal(draw(3), draw(3))
    assert not np.array_equal(draw(3), draw(4))


@pytest.mark.parametrize(("size", "frames", "shape"), [(128, 1, (1, 128, 128, 3)), ((64, 96), 3, (3, 64, 96, 3))])
def test_shape_and_range(size, frames, shape):
    pixels = draw(1, size=size, frames=frames)
    assert pixels.shape == shape
    assert pixels.dtype == np.uint8
    assert pixels.std() > 5


def test_the_camera_moves_in_a_clip_only_when_style_says_so():
    rng = np.random.default_rng(0)
    content = scenes.Content("day", "city", "clear", "house", "medium")
    calm = {"grain": 0.0, "bars": 0.0, "amount": 1.0}
    style = scenes.sample_style(rng)
    moves = {
        move: scenes.render(content, type(style)(**{**style.__dict__, **calm, "move": move}), 64, 3, 5)
        for move in ("static", "pan", "push-in", "tilt")
    }
    assert np.array_equal(moves["static"][0], moves["static"][2])
    for move in ("pan", "push-in", "tilt"):
        assert not np.array_equal(moves[move][0], moves[move][2])


def test_every_caption_parses_back_to_its_content():
    rng = np.random.default_rng(0)
    for _ in range(3000):
        content = scenes.sample_content(rng)
        words = scenes.caption(content, rng)
        assert scenes.parse_caption(words) == content, words


def test_captions_are_repeatable_and_various():
    made = scenes.captions(50, 7)
    assert made == scenes.captions(50, 7)
    assert len(set(made)) > 45
    assert scenes.captions(50, 8) != made


def test_an_incomplete_text_is_no_caption_but_its_labels_are_found():
    assert scenes.parse_caption("a horse") is None
    assert scenes.find_labels("A lighthouse, at night") == {"subject": "lighthouse", "time": "night"}
    assert scenes.find_labels("a house among pine trees")["subject"] == "house"


def test_warm_grade_is_warmer_than_cool():
    rng = np.random.default_rng(2)
    content, style = scenes.sample_content(rng), scenes.sample_style(rng)
    cool, warm = (
        scenes.render(content, type(style)(**{**style.__dict__, "grade": grade}), 64, 1, 1).astype(float)
        for grade in (-1.0, 1.0)
    )
    assert (warm[..., 0] - warm[..., 2]).mean() > (cool[..., 0] - cool[..., 2]).mean() + 10


def test_clip_captions_name_a_move_half_of_the_time_and_still_parse():
    rng = np.random.default_rng(0)
    for index in range(2000):
        content, move = scenes.sample_content(rng), MOVES[index % len(MOVES)]
        words = scenes.caption(content, rng, move, float(rng.choice([-1, 0, 1])))
        assert scenes.find_move(words) == move, words
        assert scenes.parse_caption(words) == content, words
    made = scenes.clip_captions(2000, 3)
    assert made == scenes.clip_captions(2000, 3)
    assert len([text for text in made if scenes.find_move(text)]) == pytest.approx(1000, abs=100)
    assert not any(scenes.find_move(text) for text in scenes.captions(2000, 3))


def test_pans_and_tilts_mostly_say_which_way():
    rng = np.random.default_rng(0)
    content = scenes.sample_content(rng)
    for move, ways in (("pan", ("right", "left")), ("tilt", ("down", "up"))):
        for amount, way in zip((-0.7, 0.7), ways, strict=True):
            directions = [scenes.caption(content, rng, move, amount).rsplit(maxsplit=1)[1] for _ in range(500)]
            assert directions.count(way) == pytest.approx(400, abs=40)
            assert not {"left", "right", "up", "down"} & (set(directions) - {way})
        assert not any(scenes.caption(content, rng, move).endswith(ways) for _ in range(50))
    assert not any(scenes.caption(content, rng, "push-in", 1.0).endswith(("left", "right")) for _ in range(50))


@pytest.mark.parametrize(
    ("move", "amount", "axis", "sign"), [("pan", -0.8, 0, -1), ("pan", 0.8, 0, 1), ("tilt", 0.8, 1, 1)]
)
def test_what_is_seen_goes_the_other_way_than_the_camera(move, amount, axis, sign):
    """A camera that pans right lets the picture travel to the left."""
    rng = np.random.default_rng(3)
    content, style = scenes.Content("day", "city", "clear", "house", "medium"), scenes.sample_style(rng)
    clip = scenes.render(content, replace(style, move=move, amount=amount, bars=0.0), 128, 9, 1)
    assert sign * measure_travel(clip[None] / 255)[0, axis] > 0.03


def test_captions_that_name_no_move_are_the_ones_they_were():
    assert scenes.captions(2, 7) == [
        "at middle distance, in falling snow, at night: a ship with sails before a city skyline",
        "close-up, in thick mist, at sunrise: an old oak in the woods",
    ]


def test_captions_fit_the_text_encoder():
    made = scenes.clip_captions(2000, 0) + scenes.captions(2000, 0)
    assert max(len(ids) for ids in build_tokenizer()(made).input_ids) <= LONGEST_CAPTION


def test_amounts_of_moves_are_visible_and_of_both_signs():
    rng = np.random.default_rng(0)
    amounts = np.array([scenes.sample_style(rng).amount for _ in range(400)])
    assert ((np.abs(amounts) >= 0.5) & (np.abs(amounts) <= 1)).all()
    assert 150 < (amounts > 0).sum() < 250


def test_where_the_subject_is_is_where_another_subject_looks_different():
    rng = np.random.default_rng(2)
    style = scenes.sample_style(rng)
    style = type(style)(**{**style.__dict__, "grain": 0.0, "bars": 0.0})
    pixels, subject = scenes.render_with_subject(scenes.Content("day", "field", "clear", "car", "medium"), style, 64)
    assert np.array_equal(pixels, scenes.render(scenes.Content("day", "field", "clear", "car", "medium"), style, 64))
    assert subject.shape == (1, 64, 64)
    assert 0.02 < subject.mean() < 0.5
    assert len(np.unique(pixels[0][subject[0]], axis=0)) > 3
    closer = scenes.render_with_subject(scenes.Content("day", "field", "clear", "car", "close"), style, 64)[1]
    assert closer.mean() > 1.3 * subject.mean()


def test_a_subjects_look_changes_the_subject_and_nothing_else():
    content, plain = (
        scenes.Content("day", "field", "clear", "car", "medium"),
        replace(scenes.sample_style(np.random.default_rng(2)), grain=0.0, bars=0.0, position=0.5),
    )
    before, subject = scenes.render_with_subject(content, plain, 96, 1, 3)
    for look in (SubjectLook(colour="blue"), SubjectLook(rounded=True), SubjectLook(faces_left=True)):
        after, other = scenes.render_with_subject(content, replace(plain, subject=look), 96, 1, 3)
        assert not np.array_equal(after, before)
        assert np.array_equal(after[~(subject | other)], before[~(subject | other)])
    blue = scenes.render(content, replace(plain, subject=SubjectLook(colour="blue")), 96, 1, 3)[subject].mean(axis=0)
    assert blue[2] > blue[0]
    small, large = (
        scenes.render_with_subject(content, replace(plain, subject=SubjectLook(size=size)), 96, 1, 3)[1].mean()
        for size in (0.75, 1.25)
    )
    assert large > 2 * small
