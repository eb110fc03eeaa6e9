"""What two sets of takes say of each other, on measurements whose answer is known; and that the ablation's recipes are recipes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from benchmarks.house_style.figures import Measured, compare
from finetune.recipe import load_recipe, recipe_from

RECIPES = sorted(Path("benchmarks/recipes").rglob("*.yaml"))
BRIEFS, TAKES = 40, 2


def measured(seed: int, hit: float = 0.9, spread: float = 1.0, away: float = 0.0) -> Measured:
    rng = np.random.default_rng(seed)
    hits = (rng.random((BRIEFS, TAKES, 5)) < hit).astype(float)
    looks = rng.normal(away, 1, (BRIEFS, TAKES, 3))
    return Measured(rng.random((BRIEFS, TAKES)), hits, looks, spread * (1 + 0.1 * rng.random(BRIEFS)))


REAL = np.random.default_rng(9).normal(0, 1, (200, 3))


def test_a_side_against_itself_has_changed_nothing_and_is_sure_of_it() -> None:
    same = compare(measured(1), measured(1), REAL)
    assert same["win_rate"] == 0.5
    for name, nothing in (("content_change_mean", 0), ("variety_ratio", 1), ("realism_ratio", 1)):
        assert [same[name], same[f"{name}_low"], same[f"{name}_high"]] == pytest.approx([nothing] * 3)
    assert same["held_quality"]


@pytest.mark.parametrize("worse", [{"hit": 0.5}, {"spread": 0.5}, {"away": 1.5}])
def test_what_is_lost_is_found_beyond_doubt_and_quality_is_not_held(worse: dict[str, float]) -> None:
    found = compare(measured(2, **worse), measured(1), REAL)
    assert not found["held_quality"]
    if "hit" in worse:
        assert found["content_change_mean"] == pytest.approx(-40, abs=8)
        assert found["content_change_mean_high"] < -30
    elif "spread" in worse:
        assert found["variety_ratio_low"] < found["variety_ratio"] < found["variety_ratio_high"] < 0.6
    else:
        assert found["realism_ratio_low"] > 2


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recipe_of_the_ablation_changes_little(path: Path) -> None:
    """One factor against its method's defaults; two where one makes no sense without the other."""
    recipe = asdict(load_recipe(path))
    default = asdict(recipe_from({"method": recipe["method"]}))
    assert len({name for name, value in recipe.items() if value != default[name]}) <= 2


def test_the_ablation_has_recipes() -> None:
    assert len(RECIPES) > 30
