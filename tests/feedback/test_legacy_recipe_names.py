"""Old names of recipes and metrics lead to today's, and what has today's names is left alone."""

from __future__ import annotations

import pytest

from feedback.legacy_recipe_names import METHOD_FIELDS, MOVED_FIELDS, new_names, rename_metrics, rename_recipe

OLD = {
    "method": "dpo",
    "seed": 3,
    "start": "production",
    "lora_r": 8,
    "lora_targets": ["to_q"],
    "t_low": 0.1,
    "noise_draws": 4,
    "eval_pairs": 24,
    "beta": 100.0,
    "reference_weight": 0.5,
    "star_margin": 0.2,
    "tilt": 4.0,
    "aim": None,
}
NEW = {
    "method": "dpo",
    "seed": 3,
    "data": {"start_from": "production"},
    "lora": {"r": 8, "target_modules": ["to_q"]},
    "noise_levels": {"low": 0.1, "draws_per_pair": 4},
    "evaluation": {"pairs": 24},
    "dpo": {"beta": 100.0, "reference_weight": 0.5, "star_margin": 0.2},
    "guided": {"reward_scale": 4.0, "target_gain": None},
}


def test_flat_recipe_becomes_nested_and_nested_stays() -> None:
    assert rename_recipe(OLD) == NEW
    assert rename_recipe(NEW) == NEW
    assert rename_recipe({}) == {}


@pytest.mark.parametrize(
    ("method", "kept"),
    [
        ("kto", {"kto": {"beta": 9.0, "loser_guard": 1.0, "reference_weight": 2.0}}),
        ("mapo", {"mapo": {"beta": 9.0, "reference_weight": 2.0}}),
        ("sft", {"sft": {"reference_weight": 2.0}}),
        ("guided", {}),
    ],
)
def test_field_of_several_methods_goes_to_the_recipes_own_that_uses_it(method: str, kept: dict[str, object]) -> None:
    old = {"beta": 9.0, "loser_guard": 1.0, "reference_weight": 2.0, "method": method}
    assert rename_recipe(old) == {"method": method, **kept}
    without_method = {name: value for name, value in old.items() if name != "method"}
    assert rename_recipe(without_method) == {}


def test_half_renamed_recipe_keeps_both_halves() -> None:
    mixed = {"lora_r": 8, "lora": {"alpha": 4.0}, "optimiser": {"max_steps": 3}, "learning_rate": 0.1}
    assert rename_recipe(mixed) == {
        "lora": {"r": 8, "alpha": 4.0},
        "optimiser": {"max_steps": 3, "learning_rate": 0.1},
    }


def test_names_of_today_are_found_by_the_old_one() -> None:
    assert new_names("tilt") == ["guided.reward_scale"]
    assert new_names("beta") == ["dpo.beta", "kto.beta", "mapo.beta"]
    assert new_names("method") == new_names("no_such_field") == []
    assert not set(MOVED_FIELDS) & set(METHOD_FIELDS)
    assert len(set(MOVED_FIELDS.values())) == len(MOVED_FIELDS)


def test_metrics_are_renamed_deep_and_once() -> None:
    figures = {"features": "look", "spread": 0.7, "known": 0.6, "bends": True, "accuracy": 0.8}
    old = {
        "scorer": figures,
        "foresight": {"0.100": {"rows": 1.0, "bends": 0.4}, "0.900": {"rows": 0.2, "bends": 0.0}},
        "gain": 1.5,
        "strength": 1.0,
        "log": [{"step": 1, "unexplained": 0.5}],
    }
    renamed = {"features": "look", "within_prompt_std": 0.7, "reliability": 0.6, "rbf_features": True, "accuracy": 0.8}
    new = {
        "reward_model": renamed,
        "noise_attenuation": {"0.100": {"rows": 1.0, "rbf_features": 0.4}, "0.900": {"rows": 0.2, "rbf_features": 0.0}},
        "measured_gain": 1.5,
        "strength": 1.0,
        "log": [{"step": 1, "unexplained": 0.5}],
    }
    assert rename_metrics(old) == rename_metrics(new) == new
    assert rename_metrics({}) == {}
