"""The simulated raters' tastes, measured from pixels, follow the renderer's own style within one content."""

import numpy as np
import pytest

from generation.starter import scenes, tastes

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


@pytest.mark.parametrize(("taste", "wanted", "floor"), [("warm", "grade", 0.75), ("low_horizon", "horizon", 0.6)])
def test_a_taste_follows_the_style_that_it_is_about(drawn, taste, wanted, floor):
    found = [
        rank_correlation(getattr(tastes, taste)(pixels), [getattr(style, wanted) for style in styles])
        for pixels, styles in drawn
    ]
    assert np.mean(found) > floor, found


def test_the_combined_taste_follows_both(drawn):
    for wanted in ("grade", "horizon"):
        found = [
            rank_correlation(tastes.warm_low_horizon(pixels), [getattr(style, wanted) for style in styles])
            for pixels, styles in drawn
        ]
        assert np.mean(found) > 0.3, (wanted, found)


def test_a_score_per_item_even_for_black_and_for_clips():
    assert tastes.warm_low_horizon(np.zeros((3, 2, 32, 32, 3), np.float32)).shape == (3,)
