"""A dry run says what a run would take, and a run takes about that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedback.errors import Refused
from feedback.models import runs
from feedback.store import Studio
from finetune.data.dataset import Dataset
from finetune.jobs import dry_run
from finetune.jobs.tune import tune
from finetune.memory.machine import free_bytes
from finetune.methods.guided import strength
from finetune.methods.protocol import Method
from finetune.methods.registry import make_method
from tests.finetune.judged import prepared, quick
from ui.cli import main


@pytest.mark.parametrize(
    ("changes", "references", "drawn"),
    [
        ({"method": "dpo"}, 36, 0),
        ({"method": "guided"}, 0, 0),
        ({"method": "guided", "target_gain": 2.0, "target_gain_takes": 6}, 0, 6),
        ({"method": "sft", "reference_weight": 1.0}, 36, 0),
    ],
    ids=["dpo", "guided", "guided and drawn", "sft"],
)
def test_says_items_steps_and_seconds(studio: Studio, changes: dict[str, Any], references: int, drawn: int) -> None:
    estimate = tune(studio, quick(**changes), dry_run=True)["estimate"]
    counts = ("takes_to_encode", "prompts_to_encode", "reference_errors", "steps", "evaluations", "takes_to_draw")
    assert [estimate[name] for name in counts] == [24, 6, references, 6, 2, drawn]
    parts = [value for name, value in estimate.items() if name.endswith("_seconds") and name != "total_seconds"]
    assert all(part >= 0 for part in parts)
    assert sum(parts) == pytest.approx(estimate["total_seconds"], abs=0.2)
    assert estimate["training_seconds"] >= 6 * estimate["seconds_a_step"] > 0
    assert (estimate["drawing_seconds"] > 0) == bool(drawn)
    assert estimate["memory"]["pieces"]["loss 4x1x4x4"] == 8
    assert estimate["memory"]["peak_bytes"] > 0


def test_takes_are_drawn_of_briefs_whose_prompts_are_known(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reward model may read hidden states under the brief's prompt, and a dry run encodes those of a few briefs."""
    known, drawn = set[int](), set[int]()
    few_examples, measure_group = dry_run.few_examples, strength.measure_group

    def few_are(dataset: Dataset, method: Method) -> Dataset:
        few = few_examples(dataset, method)
        known.update(example.brief for example in few.examples)
        return few

    def group_is(model: Any, raters: Any, group: Any, *rest: Any) -> Any:
        drawn.update(brief["id"] for brief, _ in group)
        return measure_group(model, raters, group, *rest)

    monkeypatch.setattr(dry_run, "EVALUATED", 1)
    monkeypatch.setattr(dry_run, "few_examples", few_are)
    monkeypatch.setattr(strength, "measure_group", group_is)
    tune(studio, quick(method="guided", target_gain=2.0, target_gain_takes=6), dry_run=True)
    assert drawn
    assert drawn <= known


def test_what_is_in_the_cache_is_not_counted(studio: Studio, tmp_path: Path) -> None:
    prepared(studio, tmp_path / "c")
    estimate = tune(studio, quick(), dry_run=True)["estimate"]
    assert (estimate["takes_to_encode"], estimate["prompts_to_encode"], estimate["reference_errors"]) == (0, 0, 0)
    assert estimate["caching_seconds"] == 0


def test_run_is_the_same_after_a_dry_run(studio: Studio) -> None:
    tune(studio, quick(), dry_run=True)
    assert tune(studio, quick(), progress=False)["run"] == 1
    assert len(runs.list_runs(studio)) == 1


def test_unfinished_run_is_left_alone(studio: Studio) -> None:
    number = runs.start_run(studio, "dpo", {}, "0" * 64, "runs/0001", [])
    tune(studio, quick(), dry_run=True)
    assert runs.get_run(studio, number)["state"] == "running"


def test_few_examples_are_whole_briefs_with_enough_to_fit(studio: Studio, tmp_path: Path) -> None:
    dataset = prepared(studio, tmp_path / "c").method.run.dataset
    few = dry_run.few_examples(dataset, make_method(quick()))
    assert len(few.train) == 18  # three briefs of six pairs
    assert len({example.brief for example in few.train}) == 3
    assert len(few.heldout) == 2
    assert not few.heldout_briefs & {example.brief for example in few.train}


def test_times_are_those_of_the_whole_recipe(studio: Studio) -> None:
    small, large = (tune(studio, quick(max_steps=steps), dry_run=True)["estimate"] for steps in (6, 600))
    assert large["training_seconds"] > 20 * small["training_seconds"]


def test_what_would_not_fit_is_refused_by_a_dry_run_too(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from finetune.memory import plan

    assert free_bytes is plan.free_bytes
    monkeypatch.setattr(plan, "free_bytes", lambda device: 1000)
    with pytest.raises(Refused, match="not one of the pairs of 4x1x4x4 fits into memory"):
        tune(studio, quick(), dry_run=True)


def test_command_prints_a_table_or_json(studio: Studio, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("method: dpo\noptimiser: {max_steps: 6, per_device_train_batch_size: 8}\n")
    words = ["tune", "--dry-run", "--recipe", str(recipe), "--studio", str(studio.folder)]
    text = CliRunner().invoke(main, words)
    assert text.exit_code == 0, text.output
    lines = text.stdout.splitlines()
    assert any(line.split()[:4] == ["cache", "24", "takes,", "6"] for line in lines)
    assert any(line.startswith("train    6 steps of ") for line in lines)
    assert any(line.startswith("at most") for line in lines)
    assert any(line.startswith("memory: ") and "8 at a time: loss 4x1x4x4" in line for line in lines)
    result = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert result["estimate"]["steps"] == 6
    assert result["state"] == "dry run"
