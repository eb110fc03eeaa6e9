"""Checkpoints: whole or absent, and a killed run that ends in the very bits of one that was left alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from feedback.errors import Conflict, Interrupted, Refused
from feedback.legacy_recipe_names import METHOD_FIELDS, MOVED_FIELDS
from feedback.models import runs, versions
from feedback.store import Studio
from finetune.jobs.locks import only_one
from finetune.jobs.tune import tune
from finetune.recipe import recipe_as_dict
from finetune.settings import Recipe
from finetune.training import checkpoint, loop
from finetune.training.checkpoint import find_checkpoint, finished, save_checkpoint
from generation.models.adapter_files import WEIGHTS
from tests.finetune.judged import QUICK, judge_briefs, quick, tiny_studio

ROOT = Path(__file__).parents[3]
LONG = {**QUICK, "max_steps": 24, "eval_steps": 8, "save_steps": 2, "max_winner_error": 2.0, "dropout": 0.1}


def test_only_whole_checkpoints_are_read(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save_checkpoint(
            tmp_path, step, {"adapter": {"a": torch.full((3,), float(step))}, "best": {}}, {"x": step}, keep=2
        )
    assert [path.name for path in finished(tmp_path)] == ["step-000002", "step-000003"]
    (tmp_path / "step-000009.partial").mkdir()
    newest = find_checkpoint(tmp_path, {}).checkpoint
    assert newest is not None
    assert (newest.step, newest.tensors["adapter"]["a"].tolist(), newest.state["x"]) == (3, [3.0] * 3, 3)
    (tmp_path / "step-000003" / "adapter.safetensors").write_bytes(b"cut off")
    older = find_checkpoint(tmp_path, {}).checkpoint
    assert older is not None
    assert older.step == 2
    (tmp_path / "step-000002" / "manifest.json").unlink()
    assert find_checkpoint(tmp_path, {}).checkpoint is None


def test_old_checkpoints_are_pruned_only_when_the_new_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path, 1, {"adapter": {"a": torch.ones(1)}}, {}, keep=1)
    monkeypatch.setattr(Path, "rename", lambda self, target: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(tmp_path, 2, {"adapter": {"a": torch.ones(1)}}, {}, keep=1)
    assert [path.name for path in finished(tmp_path)] == ["step-000001"]


def judged_copy(folder: Path, base: Path) -> Studio:
    studio = tiny_studio(folder, base)
    judge_briefs(studio)
    return studio


SCRIPT = """
import sys, json, torch
torch.set_num_threads(1)
from feedback.store import Studio
from finetune.recipe import recipe_from
from finetune.jobs.tune import tune
tune(Studio.open(sys.argv[1]), recipe_from(json.loads(sys.argv[2])), progress=False)
"""


def start_tuning(studio: Studio, recipe: Recipe) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(studio.folder), json.dumps(recipe_as_dict(recipe))]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def wait_for_checkpoint(studio: Studio, process: subprocess.Popen[str]) -> None:
    folder = studio.runs_folder / "0001" / "checkpoints"
    deadline = time.monotonic() + 120
    while not finished(folder):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def adapter_bits(studio: Studio) -> dict[str, bytes]:
    tensors = load_file(studio.models_folder / "v0001" / WEIGHTS)
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_run_that_was_told_to_stop_ends_in_the_same_bits(tmp_path: Path, tiny_base: Path, one_thread: None) -> None:
    """Those that are killed are in test_resume.py."""
    whole, killed = (judged_copy(tmp_path / name, tiny_base) for name in ("whole", "killed"))
    recipe = quick(**LONG)
    tune(whole, recipe, progress=False)
    process = start_tuning(killed, recipe)
    wait_for_checkpoint(killed, process)
    process.send_signal(signal.SIGTERM)
    complaint = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "interrupted" in complaint
    row = runs.running_run(killed)
    assert row is not None
    assert finished(killed.folder / row["folder"] / "checkpoints")[-1].name < "step-000024"
    result = tune(killed, recipe, progress=False)
    assert (result["run"], result["version"]) == (1, "v0001")
    assert adapter_bits(killed) == adapter_bits(whole)
    assert len(runs.list_runs(killed)) == 1


def test_interrupted_run_is_continued_only_with_its_own_recipe(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: object, **named: object) -> None:
        raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr("finetune.jobs.tune.run_training", stop)
        with pytest.raises(Interrupted, match="run 1 was interrupted: the same command again continues it"):
            tune(studio, quick(), progress=False)
    assert runs.get_run(studio, 1)["state"] == "running"
    result = tune(studio, quick(seed=3, max_winner_error=2), progress=False)
    assert result["run"] == 2
    assert runs.get_run(studio, 1)["state"] == "failed"
    assert versions.get_version(studio, "v0001")["run"] == 2


def test_run_whose_snapshot_was_touched_is_given_up(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: object, **named: object) -> None:
        raise Interrupted

    recipe = quick(max_winner_error=2)
    with monkeypatch.context() as patch:
        patch.setattr("finetune.jobs.tune.run_training", stop)
        with pytest.raises(Interrupted):
            tune(studio, recipe, progress=False)
    snapshot = studio.runs_folder / "0001" / "snapshot.json"
    snapshot.write_text(snapshot.read_text().replace("left", "lift"))
    assert tune(studio, recipe, progress=False)["run"] == 2
    assert "was changed" in runs.get_run(studio, 1)["reason"]


def interrupt(studio: Studio, recipe: Recipe, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was asked to stop after a step, and wrote its checkpoint."""
    steps = iter(range(1, step + 1))
    with monkeypatch.context() as patch:
        run_training = loop.run_training
        stop = lambda: next(steps) == step  # noqa: E731
        patch.setattr("finetune.jobs.tune.run_training", lambda *given: run_training(given[0], given[1], stop, True))
        with pytest.raises(Interrupted):
            tune(studio, recipe, progress=False)


def old_recipe(recipe: Recipe) -> dict[str, Any]:
    """As the row of a run kept it before recipes had sections."""
    new, old = recipe_as_dict(recipe), {"method": recipe.method, "seed": recipe.seed}
    for name, dotted in MOVED_FIELDS.items():
        section, field = dotted.split(".")
        old[name] = new[section][field]
    for name, methods in METHOD_FIELDS.items():
        old[name] = new[recipe.method if recipe.method in methods else "dpo"][name]
    return old


def as_begun_by_an_older_version(studio: Studio, recipe: dict[str, Any]) -> None:
    with studio.writing() as db:
        db.execute("UPDATE runs SET recipe = ? WHERE id = 1", (json.dumps(recipe),))


@pytest.mark.parametrize("method", ["guided", "mapo"])
def test_run_begun_with_the_old_names_is_continued(
    tmp_path: Path, tiny_base: Path, one_thread: None, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    whole, cut = (judged_copy(tmp_path / name, tiny_base) for name in ("whole", "cut"))
    recipe = quick(method=method)
    tune(whole, recipe, progress=False)
    interrupt(cut, recipe, 4, monkeypatch)
    as_begun_by_an_older_version(cut, old_recipe(recipe))
    assert tune(cut, recipe, progress=False)["run"] == 1
    assert adapter_bits(cut) == adapter_bits(whole)


def test_run_begun_with_a_field_that_nobody_knows_is_given_up_in_one_line(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(studio, quick(), 2, monkeypatch)
    as_begun_by_an_older_version(studio, {**old_recipe(quick()), "flux": 3})
    assert tune(studio, quick(), progress=False)["run"] == 2
    assert runs.get_run(studio, 1)["reason"].startswith("given up: recipe field flux is unknown")


def test_checkpoint_of_another_network_is_refused_in_one_line(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt(studio, quick(), 2, monkeypatch)
    as_begun_by_an_older_version(studio, old_recipe(quick(r=2)))
    monkeypatch.setattr(checkpoint, "refuse_other_origin", lambda path, saved, origin: None)  # an old one does not say
    with pytest.raises(Refused, match=r"cannot be continued .* tune again with a new run") as caught:
        tune(studio, quick(r=2), progress=False)
    assert "\n" not in str(caught.value)
    assert runs.get_run(studio, 1)["state"] == "failed"
    assert tune(studio, quick(r=2), progress=False)["run"] == 2


def test_sections_of_other_methods_do_not_keep_a_run_from_being_continued(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(studio, quick(), 2, monkeypatch)
    assert tune(studio, quick(target_gain=1.0), progress=False)["run"] == 1


def test_two_runs_at_once_are_refused(studio: Studio) -> None:
    with only_one(studio.runs_folder / "tune.lock", "a tuning run"), pytest.raises(Conflict, match="already going on"):
        tune(studio, quick(), progress=False)
