"""Recipes from YAML: what differs from the defaults, and one line for whatever cannot be meant."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

from feedback.errors import Refused
from finetune import recipe as module
from finetune.recipe import Recipe, load_recipe, recipe_as_dict, recipe_from


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def test_file_names_only_what_differs(tmp_path: Path) -> None:
    recipe = load_recipe(written(tmp_path, "max_steps: 40\nlearning_rate: 1e-3\nbeta: 1000\nstrengths: [1, 0.5]\n"))
    assert (recipe.max_steps, recipe.learning_rate, recipe.beta, recipe.strengths) == (40, 1e-3, 1000.0, (1.0, 0.5))
    assert recipe.lora_r == Recipe().lora_r
    assert load_recipe(written(tmp_path, "")) == Recipe()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("max_step: 4", "max_step"),
        ("max_steps: many", "max_steps"),
        ("max_steps: 2.5", "max_steps"),
        ("max_steps: 0", "max_steps"),
        ("max_steps: true", "max_steps"),
        ("learning_rate: -1", "learning_rate"),
        ("method: ppo", "method"),
        ("label_smoothing: 0.5", "label_smoothing"),
        ("label_smoothing: many", "label_smoothing"),
        ("loss_type: hinge", "loss_type"),
        ("loser_guard_scope: house", "loser_guard_scope"),
        ("t_weighting: low", "t_weighting"),
        ("rater_reliability: 1", "rater_reliability"),
        ("rater_reliability: often", "true or false"),
        ("star_margin: -0.1", "star_margin"),
        ("reference_weight: -1", "reference_weight"),
        ("off_policy_weight: 1.5", "off_policy_weight"),
        ("off_policy_weight: -0.1", "off_policy_weight"),
        ("ema_decay: 1", "ema_decay"),
        ("ema_decay: -0.5", "ema_decay"),
        ("lora_targets: to_q", "lora_targets"),
        ("lora_targets: []", "lora_targets"),
        ("lora_targets: ['']", "lora_targets"),
        ("lora_targets: 3", "a list of names"),
        ("strengths: '1'", "strengths"),
        ("t_low: 0.9\nt_high: 0.1", "t_low"),
        ("strengths: 1", "strengths"),
        ("strengths: []", "strengths"),
        ("- a\n- b", "field: value"),
        ("a: [", "YAML"),
    ],
)
def test_impossible_values_are_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(Refused) as caught:
        load_recipe(written(tmp_path, text))
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_null_and_true_and_names_are_read(tmp_path: Path) -> None:
    recipe = load_recipe(
        written(tmp_path, "label_smoothing: null\nrater_reliability: true\nlora_targets: [to_q, to_v]\n")
    )
    assert (recipe.label_smoothing, recipe.rater_reliability) == (None, True)
    assert recipe.lora_targets == ("to_q", "to_v")


def test_options_are_off_unless_asked_for() -> None:
    recipe = Recipe()
    assert (recipe.loss_type, recipe.loser_guard_scope, recipe.t_weighting) == ("sigmoid", "sample", "uniform")
    assert (recipe.label_smoothing, recipe.rater_reliability, recipe.lora_targets) == (0.08, False, None)
    assert (recipe.star_margin, recipe.reference_weight, recipe.ema_decay) == (0.0, 0.0, 0.0)
    assert recipe.off_policy_weight == 1.0


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"none\.yaml"):
        load_recipe(tmp_path / "none.yaml")


def test_row_of_a_run_gives_the_recipe_back() -> None:
    recipe = Recipe(beta=700.0, strengths=(0.25, 1.0), method="kto", label_smoothing=None, rater_reliability=True)
    assert recipe_from(recipe_as_dict(recipe)) == recipe
    recipe = Recipe(lora_targets=("to_q", "to_v"), ema_decay=0.95)
    assert recipe_from(recipe_as_dict(recipe)) == recipe


def test_every_field_has_its_sentence() -> None:
    body = next(n for n in ast.parse(inspect.getsource(module)).body if isinstance(n, ast.ClassDef)).body
    described = {
        field.target.id
        for field, after in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr) and str(after.value.value).endswith(".")
    }
    assert described == {field.name for field in fields(Recipe)}


def test_trl_and_peft_know_the_names() -> None:
    from peft import LoraConfig
    from trl import DPOConfig

    shared = {"beta", "label_smoothing", "learning_rate", "max_steps", "per_device_train_batch_size", "seed"}
    shared |= {"gradient_accumulation_steps", "warmup_steps", "weight_decay", "max_grad_norm", "eval_steps"}
    shared |= {"save_steps", "save_total_limit", "loss_type"}
    assert shared <= {field.name for field in fields(DPOConfig)} & {field.name for field in fields(Recipe)}
    assert {"lora_alpha", "lora_dropout"} <= {field.name for field in fields(LoraConfig)}
