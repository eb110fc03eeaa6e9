"""Recipes from YAML: what differs from the defaults of the method, and one line for whatever cannot be meant."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback.errors import Invalid, Refused
from feedback.legacy_recipe_names import METHOD_FIELDS, MOVED_FIELDS, rename_recipe
from finetune import settings as module
from finetune.methods.registry import CLASSES, method_named
from finetune.recipe import load_recipe, recipe_as_dict, recipe_from
from finetune.settings import METHODS, DpoSettings, Recipe, Section, trains_alike
from ui.cli import main


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def test_file_names_only_what_differs(tmp_path: Path) -> None:
    text = "optimiser:\n  max_steps: 40\n  learning_rate: 1e-3\ndpo: {beta: 1000}\nevaluation:\n  strengths: [1, 0.5]\n"
    recipe = load_recipe(written(tmp_path, text))
    assert (recipe.optimiser.max_steps, recipe.optimiser.learning_rate) == (40, 1e-3)
    assert (recipe.dpo.beta, recipe.evaluation.strengths) == (1000.0, (1.0, 0.5))
    assert recipe.lora.r == Recipe().lora.r
    assert load_recipe(written(tmp_path, "")) == load_recipe(written(tmp_path, "lora:\n")) == Recipe()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("optimiser: {max_steps: many}", "optimiser.max_steps"),
        ("optimiser: {max_steps: 2.5}", "optimiser.max_steps"),
        ("optimiser: {max_steps: 0}", "optimiser.max_steps"),
        ("optimiser: {max_steps: .inf}", "optimiser.max_steps"),
        ("optimiser: {max_steps: true}", "optimiser.max_steps"),
        ("optimiser: {learning_rate: -1}", "optimiser.learning_rate"),
        ("optimiser: {learning_rate: .nan}", "optimiser.learning_rate"),
        ("optimiser: {ema_decay: 1}", "optimiser.ema_decay"),
        ("optimiser: {ema_decay: -0.5}", "optimiser.ema_decay"),
        ("optimiser: 3", "section optimiser"),
        ("optimiser: [max_steps]", "section optimiser"),
        ("method: ppo", "method: 'ppo' is not one of guided"),
        ("method: [dpo]", "method"),
        ("seed: one", "seed"),
        ("data: {label_smoothing: 0.5}", "data.label_smoothing"),
        ("data: {label_smoothing: many}", "data.label_smoothing"),
        ("data: {rater_reliability: 1}", "data.rater_reliability"),
        ("data: {rater_reliability: often}", "true or false"),
        ("data: {off_policy_weight: 1.5}", "data.off_policy_weight"),
        ("data: {off_policy_weight: -0.1}", "data.off_policy_weight"),
        ("data: {start_from: nowhere}", "data.start_from"),
        ("dpo: {loss_type: hinge}", "dpo.loss_type"),
        ("dpo: {loser_guard_scope: house}", "dpo.loser_guard_scope"),
        ("dpo: {star_margin: -0.1}", "dpo.star_margin"),
        ("dpo: {beta: 0}", "dpo.beta"),
        ("kto: {beta: 0}", "kto.beta"),
        ("kto: {loss_type: ipo}", "kto.loss_type"),
        ("mapo: {loser_guard: 0.5}", "mapo.loser_guard"),
        ("sft: {reference_weight: -1}", "sft.reference_weight"),
        ("guided: {reward_scale: 0}", "guided.reward_scale"),
        ("guided: {hidden_states: sometimes}", "guided.hidden_states"),
        ("guided: {hidden_states_scale: 0}", "guided.hidden_states_scale"),
        ("guided: {gradient_normalisation: 2}", "guided.gradient_normalisation"),
        ("lora: {target_modules: to_q}", "lora.target_modules"),
        ("lora: {target_modules: []}", "lora.target_modules"),
        ("lora: {target_modules: ['']}", "lora.target_modules"),
        ("lora: {target_modules: 3}", "a list of names"),
        ("noise_levels: {weighting: low}", "noise_levels.weighting"),
        ("noise_levels: {low: 0.9, high: 0.1}", "noise_levels.low"),
        ("evaluation: {strengths: '1'}", "evaluation.strengths"),
        ("evaluation: {strengths: 1}", "evaluation.strengths"),
        ("evaluation: {strengths: []}", "evaluation.strengths"),
        ("- a\n- b", "field: value"),
        ("a: [", "YAML"),
    ],
)
def test_impossible_values_are_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(Refused) as caught:
        load_recipe(written(tmp_path, text))
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("learning_rate: 1e-3", "recipe field learning_rate is now optimiser.learning_rate"),
        ("tilt: 4", "recipe field tilt is now guided.reward_scale"),
        ("guided: {tilt: 4}", "recipe field guided.tilt is now guided.reward_scale"),
        ("guided: {evenness: 1}", "recipe field guided.evenness is now guided.gradient_normalisation"),
        ("lora: {lora_targets: [to_q]}", "recipe field lora.lora_targets is now lora.target_modules"),
        ("data: {start: base}", "recipe field data.start is now data.start_from"),
        ("beta: 100", "recipe field beta is now dpo.beta or kto.beta or mapo.beta"),
        ("method: mapo\nloser_guard: 1", "recipe field loser_guard is now dpo.loser_guard or kto.loser_guard"),
    ],
)
def test_old_name_anywhere_is_refused_with_the_new_one(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(line)}$"):
        load_recipe(written(tmp_path, text))


@pytest.mark.parametrize("old", [*MOVED_FIELDS, *METHOD_FIELDS])
def test_every_old_name_leads_to_a_field_that_there_is(tmp_path: Path, old: str) -> None:
    with pytest.raises(Refused, match=f"recipe field {old} is now ") as caught:
        recipe_from({old: None})
    for dotted in str(caught.value).partition(" is now ")[2].split(" or "):
        section, field = dotted.split(".")
        assert hasattr(getattr(Recipe(), section), field)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("optimiser: {max_step: 4}", "optimiser.max_steps"),
        ("max_step: 4", "optimiser.max_steps"),
        ("optimizer: {max_steps: 4}", "optimiser"),
        ("guided: {rewardscale: 4}", "guided.reward_scale"),
        ("kto: {bta: 4}", "kto.beta"),
        ("evaluation: {learning_rates: 4}", "optimiser.learning_rate"),
    ],
)
def test_unknown_name_gets_the_nearest_that_there_is(tmp_path: Path, text: str, near: str) -> None:
    with pytest.raises(Refused, match=f"is unknown: did you mean {re.escape(near)}\\?$"):
        load_recipe(written(tmp_path, text))


def test_name_like_no_other_gets_the_list(tmp_path: Path) -> None:
    with pytest.raises(
        Refused, match=r"lora.xyzzy is unknown; there are lora.alpha, lora.denoisers, lora.dropout, lora.r, lora.target"
    ):
        load_recipe(written(tmp_path, "lora: {xyzzy: 1}"))
    with pytest.raises(Refused, match="xyzzy is unknown; there are data, dpo, evaluation, guided, "):
        load_recipe(written(tmp_path, "xyzzy: 1"))


def test_null_and_true_and_names_are_read(tmp_path: Path) -> None:
    text = "data: {label_smoothing: null, rater_reliability: true}\nlora: {target_modules: [to_q, to_v]}\n"
    recipe = load_recipe(written(tmp_path, text))
    assert (recipe.data.label_smoothing, recipe.data.rater_reliability) == (None, True)
    assert recipe.lora.target_modules == ("to_q", "to_v")


def test_options_are_off_unless_asked_for() -> None:
    recipe = Recipe()
    assert (recipe.dpo.loss_type, recipe.dpo.loser_guard_scope) == ("sigmoid", "sample")
    assert recipe.noise_levels.weighting == "uniform"
    assert (recipe.data.label_smoothing, recipe.data.rater_reliability) == (0.08, False)
    assert recipe.lora.target_modules is None
    assert (recipe.dpo.star_margin, recipe.dpo.reference_weight, recipe.optimiser.ema_decay) == (0.0, 0.0, 0.0)
    assert recipe.data.off_policy_weight == 1.0


@pytest.mark.parametrize("method", ["dpo", "kto", "mapo", "sft"])
def test_method_of_the_command_line_brings_its_own_defaults(tmp_path: Path, method: str) -> None:
    path = written(tmp_path, "optimiser: {warmup_steps: 3}\nevaluation: {pairs: 9}\n")
    recipe = load_recipe(path, method)
    assert (recipe.method, recipe.optimiser.learning_rate, recipe.data.start_from) == (method, 5e-4, "production")
    assert (recipe.optimiser.warmup_steps, recipe.evaluation.pairs) == (3, 9)  # what the file names stays
    assert recipe == load_recipe(written(tmp_path, f"method: {method}\n{path.read_text()}"))
    back = load_recipe(path, "guided")
    assert (back.method, back.optimiser.learning_rate, back.data.start_from) == ("guided", 1.5e-3, "base")


def test_tune_command_with_a_file_and_a_method_uses_the_methods_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[Recipe] = []
    monkeypatch.setattr("finetune.jobs.tune.tune", lambda studio, recipe, **options: used.append(recipe) or {})
    path = written(tmp_path, "seed: 5\n")
    runner, folder = CliRunner(), str(tmp_path / "studio")
    assert runner.invoke(main, ["init", folder]).exit_code == 0
    command = ["tune", "--recipe", str(path), "--method", "dpo", "--studio", folder]
    assert runner.invoke(main, command).exit_code == 0
    assert (used[0].method, used[0].seed, used[0].optimiser.learning_rate, used[0].data.start_from) == (
        "dpo",
        5,
        5e-4,
        "production",
    )


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"none\.yaml"):
        load_recipe(tmp_path / "none.yaml")


def test_row_of_a_run_gives_the_recipe_back() -> None:
    values = {"method": "kto", "kto": {"beta": 700.0}, "evaluation": {"strengths": [0.25, 1.0]}}
    recipe = recipe_from({**values, "data": {"label_smoothing": None}, "lora": {"target_modules": ["to_q"]}})
    plain = recipe_as_dict(recipe)
    assert recipe_from(plain) == recipe
    assert (plain["evaluation"]["strengths"], plain["lora"]["target_modules"]) == ([0.25, 1.0], ["to_q"])


def test_recipe_of_an_old_run_is_read_by_its_new_names() -> None:
    old = {"method": "dpo", "beta": 9.0, "lora_r": 4, "start": "base", "aim": None, "strengths": [1.0], "tilt": 2.0}
    recipe = recipe_from(rename_recipe(old))
    assert (recipe.dpo.beta, recipe.lora.r, recipe.data.start_from) == (9.0, 4, "base")
    assert (recipe.guided.target_gain, recipe.guided.reward_scale) == (None, 2.0)
    assert recipe.optimiser.learning_rate == 5e-4


def test_runs_differ_by_what_their_method_uses_only() -> None:
    one = recipe_from({"method": "dpo"})
    assert trains_alike(one, recipe_from({"method": "dpo", "guided": {"target_gain": None}}))
    assert not trains_alike(one, recipe_from({"method": "dpo", "dpo": {"beta": 3.0}}))
    assert not trains_alike(one, recipe_from({"method": "dpo", "seed": 1}))
    assert not trains_alike(one, recipe_from({"method": "kto"}))


def test_every_method_has_a_section_and_a_class() -> None:
    assert tuple(each.name for each in CLASSES) == METHODS
    for method in METHODS:
        assert getattr(Recipe(), method).section == method
        assert recipe_from({"method": method}).method == method
        assert method_named(method).ranked_by in ("heldout_loss", "winner_error_ratio", "unexplained")
    assert {each.name for each in fields(Recipe)} >= set(METHODS)


def test_every_field_has_its_sentence() -> None:
    sections = [each for _, each in inspect.getmembers(module, inspect.isclass) if issubclass(each, Section)]
    described: dict[str, set[str]] = {}
    sources = [inspect.getsource(inspect.getmodule(each)) for each in sections]  # type: ignore[arg-type]
    for node in (node for source in sources for node in ast.parse(source).body):
        if isinstance(node, ast.ClassDef):
            described[node.name] = {
                field.target.id
                for field, after in pairwise(node.body)
                if isinstance(field, ast.AnnAssign)
                and isinstance(after, ast.Expr)
                and str(after.value.value).endswith(".")
            }
    for section in filter(is_dataclass, sections):
        inherited = set().union(*(described.get(parent.__name__, set()) for parent in section.__mro__))
        assert {each.name for each in fields(section)} <= inherited, section


@pytest.mark.parametrize(("share", "read"), [("auto", "auto"), (0, 0.0), (0.25, 0.25), (1, 1.0)])
def test_the_share_of_judged_takes_is_automatic_or_a_number(share: object, read: object) -> None:
    recipe = recipe_from({"guided": {"judged_takes_share": share}})
    assert recipe.guided.judged_takes_share == read
    assert recipe_from(recipe_as_dict(recipe)) == recipe


@pytest.mark.parametrize("share", [-0.1, 1.1, "half", True, None, [0.5]])
def test_another_share_of_judged_takes_is_refused_by_name(share: object) -> None:
    with pytest.raises(Invalid, match=r"guided\.judged_takes_share: .* is not"):
        recipe_from({"guided": {"judged_takes_share": share}})


def test_trl_and_peft_know_the_names() -> None:
    from peft import LoraConfig
    from trl import DPOConfig

    recipe = Recipe()
    ours = {
        each.name
        for section in (recipe.optimiser, recipe.evaluation, recipe.dpo, recipe.data)
        for each in fields(section)
    }
    shared = {"beta", "label_smoothing", "learning_rate", "max_steps", "per_device_train_batch_size"}
    shared |= {"gradient_accumulation_steps", "warmup_steps", "weight_decay", "max_grad_norm", "eval_steps"}
    shared |= {"save_steps", "save_total_limit", "loss_type", "lr_scheduler_type"}
    assert shared <= {each.name for each in fields(DPOConfig)} & ours
    assert {"r", "target_modules"} <= {each.name for each in fields(LoraConfig)} & {
        each.name for each in fields(recipe.lora)
    }
    assert isinstance(recipe.dpo, DpoSettings)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("{}", "gradient_checkpointing", "auto"),
        ("{gradient_checkpointing: on}", "gradient_checkpointing", "on"),  # which YAML reads as true
        ("{vae_tiling: off}", "vae_tiling", "off"),
        ("{offload: auto}", "offload", "auto"),
        ("{micro_batch: auto}", "micro_batch", "auto"),
        ("{micro_batch: 4}", "micro_batch", 4),
        ("{compile: true}", "compile", True),
    ],
)
def test_memory_is_automatic_on_or_off(tmp_path: Path, text: str, name: str, value: object) -> None:
    recipe = load_recipe(written(tmp_path, f"memory: {text}\n"))
    assert getattr(recipe.memory, name) == value
    assert recipe_from(recipe_as_dict(recipe)) == recipe


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{micro_batch: 0}", "memory.micro_batch: 0 is not auto, or 1 or more"),
        ("{micro_batch: many}", "memory.micro_batch: 'many' is not one of auto, a whole number"),
        ("{micro_batch: 1.5}", "memory.micro_batch: 1.5 is not a whole number"),
        ("{micro_batch: yes}", "memory.micro_batch: True is not a whole number"),
        ("{offload: sometimes}", "memory.offload: 'sometimes' is not one of auto, on, off"),
        ("{offload: 1}", "memory.offload: 1 is not one of auto, on, off"),
        ("{vae_tiling: null}", "memory.vae_tiling: None is not one of auto, on, off"),
    ],
)
def test_what_memory_cannot_be_is_refused(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_recipe(written(tmp_path, f"memory: {text}\n"))
    assert str(caught.value) == f"recipe field {line}"


def test_memory_makes_no_other_run_unless_it_learns_otherwise() -> None:
    plain = recipe_from({})
    same = {"gradient_checkpointing": "on", "micro_batch": 2, "offload": "on", "compile": True}
    assert trains_alike(plain, recipe_from({"memory": same}))
    for name, value in (("vae_tiling", "on"), ("optimiser_8bit", True), ("base_4bit", True)):
        assert not trains_alike(plain, recipe_from({"memory": {name: value}})), name
