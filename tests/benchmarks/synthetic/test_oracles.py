"""The simulated raters' tastes, measured from pixels, follow the renderer's own style within one content."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.synthetic import composition_reader, oracles, scenes, tastes

SCENES = 24


def rank_correlation(a, b) -> float:
    first, second = (np.argsort(np.argsort(values)) for values in (a, b))
    return float(np.corrcoef(first, second)[0, 1])


@pytest.fixture(scope="module")
def drawn():
    """Per content: pixels float[SCENES, 1, 128, 128, 3], the styles, and the content, as takes of one brief."""
    rng, groups = np.random.default_rng(5), []
    for _ in range(12):
        content = scenes.sample_content(rng)
        styles = [scenes.sample_style(rng) for _ in range(SCENES)]
        pixels = np.stack([scenes.render(content, style, 128, 1, k) for k, style in enumerate(styles)])
        groups.append((pixels.astype(np.float32) / 255, styles, content))
    return groups


@pytest.mark.parametrize(
    ("taste", "attribute", "floor"),
    [
        ("warm", "grade", 0.75),
        ("low_horizon", "horizon", 0.6),
        ("contrasty", "contrast", 0.7),
        ("barred", "bars", 0.7),
        ("grainy", "grain", 0.9),
        ("muted", "saturation", -0.55),
    ],
)
def test_a_taste_follows_the_style_that_it_is_about(drawn, taste, attribute, floor):
    correlations = [
        rank_correlation(getattr(oracles, taste)(pixels), [getattr(style, attribute) for style in styles])
        for pixels, styles, _ in drawn
    ]
    assert np.mean(correlations) * np.sign(floor) > abs(floor), correlations


@pytest.mark.parametrize(
    ("taste", "wishes"),
    [("warm_low_horizon", ("grade", "horizon")), ("warm_barred_contrasty", ("grade", "bars", "contrast"))],
)
def test_a_combined_taste_follows_each_of_its_wishes(drawn, taste, wishes):
    for attribute in wishes:
        correlations = [
            rank_correlation(getattr(oracles, taste)(pixels), [getattr(style, attribute) for style in styles])
            for pixels, styles, _ in drawn
        ]
        assert np.mean(correlations) > 0.3, (attribute, correlations)


def test_opposites_are_opposite(drawn):
    pixels, _, _ = drawn[0]
    for taste, opposite in (("warm", "cold"), ("low_horizon", "high_horizon"), ("contrasty", "soft")):
        assert np.array_equal(getattr(oracles, taste)(pixels), -getattr(oracles, opposite)(pixels))


def test_grain_is_measured_in_the_units_of_the_pixels():
    noise = np.random.default_rng(0).normal(0, 0.05, (1, 1, 64, 64, 1)).astype(np.float32)
    assert oracles.grainy(0.5 + np.repeat(noise, 3, axis=-1))[0] == pytest.approx(0.05, rel=0.1)
    assert oracles.grainy(np.full((1, 1, 64, 64, 3), 0.5, np.float32))[0] == 0


def towards_the_light(style) -> float:
    return (style.position - 0.5) * (1 if style.mirrored else -1)


@pytest.mark.parametrize(
    ("taste", "truth", "weathers", "floor"),
    [
        ("subject_left", lambda style: -style.position, ("clear", "rain", "snow", "fog"), 0.95),
        ("off_centre", lambda style: abs(style.position - 0.5), ("clear", "rain", "snow", "fog"), 0.9),
        # Rain and fog hide the sun, and most places do not show where the light comes from then.
        ("light_from_left", lambda style: not style.mirrored, ("clear", "snow"), 0.6),
        ("subject_by_light", towards_the_light, ("clear", "snow"), 0.85),
    ],
)
def test_a_taste_of_composition_follows_where_things_stand(drawn, taste, truth, weathers, floor):
    correlations = [
        rank_correlation(tastes.function_of(taste)(pixels), [truth(style) for style in styles])
        for pixels, styles, content in drawn
        if content.weather in weathers
    ]
    assert np.mean(correlations) > floor, correlations


def test_a_mirrored_picture_is_the_opposite_for_tastes_about_sides(drawn):
    pixels = np.concatenate([pixels[:4] for pixels, _, _ in drawn])
    for taste, sign in (("subject_left", -1), ("light_from_left", -1), ("off_centre", 1), ("subject_by_light", 1)):
        score = tastes.function_of(taste)
        here, mirrored = score(pixels), score(pixels[:, :, :, ::-1])
        assert np.corrcoef(here, mirrored)[0, 1] * sign > 0.8, taste


def test_what_stands_out_more_is_bolder():
    """The same scene with its subject painted over in the colours around it, and in black."""
    rng = np.random.default_rng(3)
    content = replace(scenes.sample_content(rng), time="day", weather="clear", framing="medium", subject="person")
    pixels, subject = scenes.render_with_subject(content, scenes.sample_style(rng), 128, 1, 3)
    shown = np.stack([pixels, np.where(subject[..., None], 0, pixels)]).astype(np.float32) / 255
    plain, black = tastes.function_of("bold_subject")(shown)
    assert black > plain > 0


def test_warm_lights_want_cold_shadows_more_than_a_warm_grade():
    ramp = np.linspace(0.2, 0.8, 64, dtype=np.float32)[None, None, :, None, None] * np.ones(
        (1, 1, 64, 64, 3), np.float32
    )
    tint = (ramp - 0.5) * np.array([0.3, 0.0, -0.3], np.float32)
    teal_and_orange, opposite = ramp + tint, ramp - tint
    graded = ramp * np.array([1.1, 1.0, 0.9], np.float32)
    other, grey, warm, liked = oracles.warm_lights(np.concatenate([opposite, ramp, graded, teal_and_orange]))
    assert other < grey < liked
    assert grey == pytest.approx(0, abs=1e-6)
    assert warm - grey < (liked - grey) / 3


def test_twelve_tastes_in_two_groups_and_those_of_clips():
    assert len(tastes.LOOK) == len(tastes.COMPOSITION) == 6
    assert len({*tastes.LOOK, *tastes.COMPOSITION, *tastes.CLIPS}) == 12 + len(tastes.CLIPS)
    assert [tastes.group_of(name) for name in ("warm", "off_centre", "pan_left", "cold")] == [
        "look", "composition", "clips", None,
    ]  # fmt: skip


def test_a_composition_reader_with_other_weights_makes_other_tastes(tmp_path, monkeypatch):
    before = {name: tastes.source_of(name) for name in ("subject_left", "warm")}
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"other weights")
    monkeypatch.setattr(composition_reader, "READER", other)
    assert tastes.source_of("subject_left") != before["subject_left"]
    assert tastes.source_of("warm") == before["warm"]


@pytest.mark.parametrize("taste", tastes.BUILT_IN)
def test_a_score_per_item_even_for_black_and_for_clips(taste):
    scores = tastes.function_of(taste)(np.zeros((3, 2, 64, 64, 3), np.float32))
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()
