"""Two processes give what one gives, and end together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from feedback.models import runs
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.recipe import recipe_as_dict
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.finetune.training.orders import gradients_of
from tests.finetune.training.together import Team

COUNTS = [7, 1]  # pairs of a step: shares of four and three, of one and none
RECIPES: dict[str, dict[str, Any]] = {
    "dpo": {"method": "dpo"},
    "dpo, guarded as a batch": {"method": "dpo", "loser_guard_scope": "batch", "per_device_train_batch_size": 3},
    "kto": {"method": "kto", "per_device_train_batch_size": 3},
    "guided": {"method": "guided"},
}
RUN = quick(method="dpo", per_device_train_batch_size=7, max_steps=5, save_steps=2)
SHARDED = {f"{name}, sharded": {**RECIPES[name], "shard": "on"} for name in ("kto", "guided")}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    process = Team()
    yield process
    process.close()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A studio to copy."""
    studio = tiny_studio(tmp_path_factory.mktemp("judged") / "studio", tiny_base)
    judge_briefs(studio)
    studio.close()
    return studio.folder


@pytest.fixture(scope="module")
def measured(team: Team, judged: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """(what each of two processes measured)."""
    folder = tmp_path_factory.mktemp("together")
    shutil.copytree(judged, folder / "studio")
    assert team.give("measure_gradients", folder / "studio", folder, {**RECIPES, **SHARDED}, COUNTS) == [0, 0]
    first, second = (torch.load(folder / f"{number}.pt") for number in (0, 1))
    return first, second


@pytest.fixture(scope="module")
def alone(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same of one process."""
    folder = tmp_path_factory.mktemp("alone") / "studio"
    shutil.copytree(judged, folder)
    return {name: gradients_of(folder, changes, COUNTS) for name, changes in RECIPES.items()}


@pytest.mark.parametrize("name", [*RECIPES, *SHARDED])
def test_two_processes_give_the_gradients_of_one(measured: Any, alone: Any, name: str) -> None:
    whole = alone[name.removesuffix(", sharded")]
    for one in measured:
        for step, expected in zip(one[name]["steps"], whole["steps"], strict=True):
            scale = max(float(each.abs().max()) for each in expected.values())
            torch.testing.assert_close(step, expected, rtol=1e-6, atol=1e-6 * scale)
        assert one[name]["evaluation"] == pytest.approx(whole["evaluation"], rel=1e-5)
    first, second = (one[name]["steps"] for one in measured)
    assert all(torch.equal(first[step][key], second[step][key]) for step in range(len(first)) for key in first[step])


@pytest.mark.parametrize("name", SHARDED)
def test_sharded_network_is_held_in_halves(measured: Any, alone: Any, name: str) -> None:
    halves, whole = [one[name]["held"] for one in measured], alone[name.removesuffix(", sharded")]["held"]
    assert [half / whole for half in halves] == pytest.approx([0.5, 0.5], abs=0.05)
    assert whole <= sum(halves) < 1.03 * whole


def adapter_of(studio: Path) -> dict[str, torch.Tensor]:
    return load_file(studio / "models" / "v0001" / "pytorch_lora_weights.safetensors")


def copy_of(judged: Path, folder: Path) -> Path:
    return Path(shutil.copytree(judged, folder))


@pytest.fixture(scope="module")
def whole(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    """The adapter of a run in one process."""
    studio = Studio.open(copy_of(judged, tmp_path_factory.mktemp("whole") / "studio"))
    tune(studio, RUN, progress=False)
    studio.close()
    return adapter_of(studio.folder)


def assert_same_adapter(made: dict[str, torch.Tensor], whole: dict[str, torch.Tensor]) -> None:
    scale = max(float(each.abs().max()) for each in whole.values())
    torch.testing.assert_close(made, whole, rtol=1e-4, atol=1e-4 * scale)


@pytest.mark.parametrize("shard", ["off", "on"])
def test_run_of_two_processes_ends_in_the_adapter_of_one(
    team: Team, judged: Path, tmp_path: Path, whole: dict[str, torch.Tensor], shard: str
) -> None:
    folder = copy_of(judged, tmp_path / "studio")
    recipe = quick(method="dpo", per_device_train_batch_size=7, max_steps=5, save_steps=2, shard=shard)
    assert team.give("tune", folder, recipe_as_dict(recipe)) == [0, 0]
    assert_same_adapter(adapter_of(folder), whole)
    studio = Studio.open(folder)
    metrics = runs.get_run(studio, 1)["metrics"]
    assert (metrics["processes"], metrics["memory"]["sharded"]) == (2, shard == "on")
    studio.close()


def test_killed_process_ends_the_run_and_the_next_start_continues_it(
    team: Team, judged: Path, tmp_path: Path, whole: dict[str, torch.Tensor]
) -> None:
    folder = copy_of(judged, tmp_path / "studio")
    assert team.give("tune", folder, recipe_as_dict(RUN), 4) == [1, -9]
    reason = (folder / "interrupted").read_text()
    assert reason == "run 1 was interrupted, since one of its 2 processes ended: the same command again continues it"
    studio = Studio.open(folder)
    assert runs.get_run(studio, 1)["state"] == "running"
    assert [path.name for path in (folder / "runs" / "0001" / "checkpoints").iterdir()] == ["step-000002"]
    assert tune(studio, RUN, progress=False)["run"] == 1
    assert_same_adapter(adapter_of(folder), whole)
    studio.close()


def test_signal_to_one_process_stops_all_after_the_same_step(
    team: Team, judged: Path, tmp_path: Path, whole: dict[str, torch.Tensor]
) -> None:
    folder = copy_of(judged, tmp_path / "studio")
    assert team.give("tune", folder, recipe_as_dict(RUN), None, 3) == [1, 1]
    assert (folder / "interrupted").read_text() == "run 1 was interrupted: the same command again continues it"
    names = [path.name for path in sorted((folder / "runs" / "0001" / "checkpoints").iterdir())]
    assert names == ["step-000002", "step-000003"]
    assert team.give("tune", folder, recipe_as_dict(RUN)) == [0, 0]
    assert_same_adapter(adapter_of(folder), whole)


def test_refusal_of_the_first_process_lets_the_others_go(team: Team, judged: Path, tmp_path: Path) -> None:
    folder = copy_of(judged, tmp_path / "studio")
    assert team.give("tune", folder, recipe_as_dict(quick(min_pairs=999))) == [3, 0]
