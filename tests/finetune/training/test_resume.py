"""A run that is killed at any instant ends in the bits of one that was left alone; a checkpoint that is not as it was
written is refused with the name of its file."""

from __future__ import annotations

import json
import logging
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from feedback.errors import Interrupted
from feedback.models import runs
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.recipe import recipe_as_dict
from finetune.settings import Recipe
from finetune.training import loop
from finetune.training.checkpoint import NONE_LEFT, find_checkpoint, finished, write_manifest
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.finetune.training.killed import Killer

STEPS, SAVED = 9, 2
RECIPES: dict[str, dict[str, Any]] = {
    "dpo": {"method": "dpo", "ema_decay": 0.9},
    "guided": {"method": "guided", "lr_scheduler_type": "cosine"},
    "kto": {"method": "kto", "per_device_train_batch_size": 4, "gradient_accumulation_steps": 2, "micro_batch": 3},
    "sft": {"method": "sft", "gradient_checkpointing": "on", "weight_decay": 0.1},
}
WRITES = 44  # instants of a run: four checkpoints of files, state, manifest, name and removals
CHANCE = random.Random("any instant")
KILLED = [(method, "step", CHANCE.randrange(1, STEPS + 1)) for method in RECIPES]
KILLED += [(method, "write", CHANCE.randrange(1, WRITES)) for method in ("dpo", "guided", "kto")]


def recipe_of(name: str) -> Recipe:
    every = {"max_steps": STEPS, "eval_steps": 3, "save_steps": SAVED, "dropout": 0.1, "max_winner_error": 9.0}
    return quick(**{**every, **RECIPES[name]})


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    process = Killer()
    yield process
    process.close()


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A studio to copy."""
    studio = tiny_studio(tmp_path_factory.mktemp("judged") / "studio", tiny_base)
    judge_briefs(studio)
    studio.close()
    return studio.folder


def copy_of(judged: Path, folder: Path) -> Studio:
    shutil.copytree(judged, folder)
    return Studio.open(folder)


@pytest.fixture(scope="module")
def whole(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, bytes]]:
    """By the name of a recipe: the adapter of a run that was left alone."""
    made: dict[str, dict[str, bytes]] = {}

    def adapter_of(name: str) -> dict[str, bytes]:
        if name not in made:
            studio = copy_of(judged, tmp_path_factory.mktemp("whole") / "studio")
            tune(studio, recipe_of(name), progress=False)
            made[name] = adapter_bits(studio)
            studio.close()
        return made[name]

    return adapter_of


def adapter_bits(studio: Studio) -> dict[str, bytes]:
    tensors = load_file(studio.models_folder / "v0001" / "pytorch_lora_weights.safetensors")
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}


@pytest.mark.parametrize(("name", "instant", "count"), KILLED)
def test_run_killed_at_any_instant_ends_in_the_same_bits(
    judged: Path, tmp_path: Path, killer: Killer, whole: Any, name: str, instant: str, count: int
) -> None:
    folder, recipe = tmp_path / "studio", recipe_of(name)
    shutil.copytree(judged, folder)
    assert killer.tune_until(folder, recipe_as_dict(recipe), instant, count)
    studio = Studio.open(folder)
    result = tune(studio, recipe, progress=False)
    assert (result["run"], result["version"]) == (1, "v0001")
    assert "refused_checkpoints" not in result["metrics"]  # what a kill leaves is no checkpoint, torn or not
    assert adapter_bits(studio) == whole(name)
    checkpoints = studio.runs_folder / "0001" / "checkpoints"
    assert [path.name for path in sorted(checkpoints.iterdir())] == ["step-000008", "step-000009"]
    studio.close()


def test_run_killed_again_and_again_ends_in_the_same_bits(
    judged: Path, tmp_path: Path, killer: Killer, whole: Any
) -> None:
    folder, recipe = tmp_path / "studio", recipe_of("dpo")
    shutil.copytree(judged, folder)
    kills = 0
    while killer.tune_until(folder, recipe_as_dict(recipe), "step", 3):
        kills += 1
    assert kills == 4  # each sitting gets to the next checkpoint
    studio = Studio.open(folder)
    assert adapter_bits(studio) == whole("dpo")
    studio.close()


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def swap(path: Path) -> None:
    """The older checkpoint's file in its place."""
    shutil.copy(path.parents[1] / "step-000004" / path.name, path)


BROKEN: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "flipped bit": ("adapter.safetensors", flip, "its content is not what was written"),
    "flipped bit of the optimizer": ("optimizer.safetensors", flip, "its content is not what was written"),
    "truncated": ("random.safetensors", truncate, "its content is not what was written"),
    "empty": ("average.safetensors", lambda path: path.write_bytes(b""), "its content is not what was written"),
    "missing": ("best.safetensors", Path.unlink, "it is missing"),
    "swapped": ("adapter.safetensors", swap, "its content is not what was written"),
    "state of another step": ("state.json", swap, "its content is not what was written"),
    "no state": ("state.json", Path.unlink, "it is missing"),
    "no manifest": ("manifest.json", Path.unlink, "it is missing"),
    "manifest of another step": ("manifest.json", swap, "its content is not what was written"),
    "torn manifest": ("manifest.json", truncate, "it is no JSON (Unterminated string"),
    "manifest of nothing": ("manifest.json", lambda path: path.write_text("{}"), "it does not name state.json"),
    "manifest that is no object": ("manifest.json", lambda path: path.write_text("[]"), "it holds no object but list"),
}


def interrupted(studio: Studio, recipe: Recipe, step: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was stopped after a step; the folder of its checkpoints."""
    steps = iter(range(1, step + 1))
    with monkeypatch.context() as patch:
        run_training = loop.run_training
        patch.setattr(
            "finetune.jobs.tune.run_training",
            lambda *given: run_training(given[0], given[1], lambda: next(steps) == step, True),
        )
        with pytest.raises(Interrupted):
            tune(studio, recipe, progress=False)
    return studio.runs_folder / "0001" / "checkpoints"


@pytest.fixture
def studio(judged: Path, tmp_path: Path) -> Iterator[Studio]:
    copy = copy_of(judged, tmp_path / "studio")
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def two_checkpoints(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoints of steps 4 and 6."""
    studio = copy_of(judged, tmp_path_factory.mktemp("two") / "studio")
    with pytest.MonkeyPatch.context() as patch:
        folder = interrupted(studio, recipe_of("dpo"), 6, patch)
    studio.close()
    assert [path.name for path in finished(folder)] == ["step-000004", "step-000006"]
    return folder


@pytest.mark.parametrize("name", BROKEN)
def test_checkpoint_that_is_not_as_written_is_refused_by_name(
    two_checkpoints: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    folder = shutil.copytree(two_checkpoints, tmp_path / "c")
    file, damage, what = BROKEN[name]
    damage(folder / "step-000006" / file)
    with caplog.at_level(logging.WARNING):
        start = find_checkpoint(folder, {})
    assert start.checkpoint is not None
    assert start.checkpoint.step == 4
    (line,) = start.refused
    named = "adapter.safetensors" if name == "manifest of another step" else file
    assert line.startswith(f"checkpoint step-000006 is not used: {folder / 'step-000006' / named}: {what}")
    assert "\n" not in line
    assert [record.message for record in caplog.records] == start.refused
    assert not (folder / "step-000006").exists()
    assert find_checkpoint(folder, {}).refused == []  # it is out of the way


def test_whole_folders_in_each_others_place_are_refused(two_checkpoints: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(two_checkpoints, tmp_path / "c")
    (folder / "step-000004").rename(folder / "step-000007")
    start = find_checkpoint(folder, {})
    assert start.checkpoint is not None
    assert start.checkpoint.step == 6
    assert "step-000007/state.json: it is that of step 4" in start.refused[0]


def test_file_that_is_no_safetensors_is_refused_whatever_its_hash(two_checkpoints: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(two_checkpoints, tmp_path / "c")
    (folder / "step-000006" / "adapter.safetensors").write_bytes(b"pickled")
    (folder / "step-000006" / "manifest.json").unlink()
    write_manifest(folder / "step-000006")
    assert "adapter.safetensors" in find_checkpoint(folder, {}).refused[0]


def test_the_one_before_is_used_and_the_run_says_so(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    recipe = recipe_of("dpo")
    folder = interrupted(studio, recipe, 6, monkeypatch)
    flip(folder / "step-000006" / "optimizer.safetensors")
    first_steps: list[int] = []
    restore = loop.restore
    monkeypatch.setattr(loop, "restore", lambda trainer: note(first_steps, restore(trainer)))
    metrics = tune(studio, recipe, progress=False)["metrics"]
    assert first_steps == [4]
    assert len(metrics["refused_checkpoints"]) == 1
    assert "step-000006/optimizer.safetensors" in metrics["refused_checkpoints"][0]
    assert runs.get_run(studio, 1)["metrics"]["refused_checkpoints"] == metrics["refused_checkpoints"]
    assert adapter_bits(studio) == whole("dpo")


def note(steps: list[int], state: loop.TrainState) -> loop.TrainState:
    steps.append(state.step)
    return state


def test_where_none_is_whole_training_begins_again_and_says_so(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    recipe = recipe_of("dpo")
    folder = interrupted(studio, recipe, 6, monkeypatch)
    for path in finished(folder):
        truncate(path / "adapter.safetensors")
    interrupted(studio, recipe, 2, monkeypatch)
    assert [path.name for path in finished(folder)] == ["step-000002"]  # no broken one of a later step outlives it
    metrics = tune(studio, recipe, progress=False)["metrics"]
    assert [line == NONE_LEFT for line in metrics["refused_checkpoints"]] == [False, False, True]
    assert adapter_bits(studio) == whole("dpo")
    assert [path.name for path in finished(folder)] == ["step-000008", "step-000009"]


def test_what_was_refused_is_still_known_after_another_interruption(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of("dpo")
    folder = interrupted(studio, recipe, 6, monkeypatch)
    flip(folder / "step-000006" / "optimizer.safetensors")
    interrupted(studio, recipe, 2, monkeypatch)
    assert len(tune(studio, recipe, progress=False)["metrics"]["refused_checkpoints"]) == 1


@pytest.mark.parametrize("what", ["recipe", "snapshot", "model"])
def test_checkpoint_of_another_run_is_refused(two_checkpoints: Path, tmp_path: Path, what: str) -> None:
    folder = shutil.copytree(two_checkpoints, tmp_path / "c")
    origin = json.loads((folder / "step-000006" / "state.json").read_text())["origin"]
    assert find_checkpoint(folder, origin).refused == []
    other = recipe_as_dict(recipe_of("sft")) if what == "recipe" else "of something else"
    start = find_checkpoint(folder, {**origin, what: other})
    assert start.checkpoint is None
    assert [line.endswith(f"state.json: it is of another {what}") for line in start.refused] == [True, True, False]


def test_other_memory_settings_are_no_other_run(two_checkpoints: Path, tmp_path: Path) -> None:
    """Whoever ran out of memory must be able to go on with less."""
    folder = shutil.copytree(two_checkpoints, tmp_path / "c")
    origin = json.loads((folder / "step-000006" / "state.json").read_text())["origin"]
    smaller = {**origin["recipe"], "memory": {"micro_batch": 1, "gradient_checkpointing": "on", "offload": "on"}}
    assert find_checkpoint(folder, {**origin, "recipe": smaller}).refused == []
    coarser = {**origin["recipe"], "memory": {"base_4bit": True}}
    assert find_checkpoint(folder, {**origin, "recipe": coarser}).checkpoint is None


def test_checkpoint_of_an_older_version_is_continued(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    """It says neither what it came of nor how memory was used."""
    recipe = recipe_of("guided")
    folder = interrupted(studio, recipe, 6, monkeypatch)
    for path in finished(folder):
        state = json.loads((path / "state.json").read_text())
        for name in ("origin", "memory", "watch", "refused_checkpoints"):
            del state[name]
        (path / "state.json").write_text(json.dumps(state))
        (path / "manifest.json").unlink()
        write_manifest(path)
    metrics = tune(studio, recipe, progress=False)["metrics"]
    assert "refused_checkpoints" not in metrics
    assert adapter_bits(studio) == whole("guided")
