"""The simulated raters' tastes, measured from pixels, follow the renderer's own style within one content."""

import numpy as np
import pytest

from benchmarks.synthetic import oracles, scenes

SCENES = 24


def rank_correlation(a, b) -> float:
    first, second = (np.argsort(np.argsort(values)) for values in (a, b))
    return float(np.corrcoef(first, second)[0, 1])


@pytest.fixture(scope="module")
def drawn():
    """Per content: pixels float[SCENES, 1, 128, 128, 3] and the styles, as takes of one brief."""
    rng, groups = np.random.default_rng(5), []
    for _ in range(12):
        content = scenes.sample_content(rng)
        styles = [scenes.sample_style(rng) for _ in range(SCENES)]
        pixels = np.stack([scenes.render(content, style, 128, 1, k) for k, style in enumerate(styles)])
        groups.append((pixels.astype(np.float32) / 255, styles))
    return groups


@pytest.mark.parametrize(
    ("taste", "attribute", "floor"),
    [
        ("warm", "grade", 0.75),
        ("low_horizon", "horizon", 0.6),
        ("contrasty", "contrast", 0.7),
        ("barred", "bars", 0.7),
        ("grainy", "grain", 0.9),
    ],
)
def test_a_taste_follows_the_style_that_it_is_about(drawn, taste, attribute, floor):
    correlations = [
        rank_correlation(getattr(oracles, taste)(pixels), [getattr(style, attribute) for style in styles])
        for pixels, styles in drawn
    ]
    assert np.mean(correlations) > floor, correlations


@pytest.mark.parametrize(
    ("taste", "wishes"),
    [("warm_low_horizon", ("grade", "horizon")), ("warm_barred_contrasty", ("grade", "bars", "contrast"))],
)
def test_a_combined_taste_follows_each_of_its_wishes(drawn, taste, wishes):
    for attribute in wishes:
        correlations = [
            rank_correlation(getattr(oracles, taste)(pixels), [getattr(style, attribute) for style in styles])
            for pixels, styles in drawn
        ]
        assert np.mean(correlations) > 0.3, (attribute, correlations)


def test_opposites_are_opposite(drawn):
    pixels, _ = drawn[0]
    for taste, opposite in (("warm", "cold"), ("low_horizon", "high_horizon"), ("contrasty", "soft")):
        assert np.array_equal(getattr(oracles, taste)(pixels), -getattr(oracles, opposite)(pixels))


def test_grain_is_measured_in_the_units_of_the_pixels():
    noise = np.random.default_rng(0).normal(0, 0.05, (1, 1, 64, 64, 1)).astype(np.float32)
    assert oracles.grainy(0.5 + np.repeat(noise, 3, axis=-1))[0] == pytest.approx(0.05, rel=0.1)
    assert oracles.grainy(np.full((1, 1, 64, 64, 3), 0.5, np.float32))[0] == 0


@pytest.mark.parametrize("taste", oracles.BUILT_IN)
def test_a_score_per_item_even_for_black_and_for_clips(taste):
    scores = getattr(oracles, taste)(np.zeros((3, 2, 32, 32, 3), np.float32))
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()
