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
from tests.finetune.training.orders import gains_of_takes, gradients_of
from tests.finetune.training.together import Team

COUNTS = [7, 1]  # pairs of a step: shares of four and three, of one and none
RECIPES: dict[str, dict[str, Any]] = {
    "dpo": {"method": "dpo"},
    "dpo, guarded as a batch": {"method": "dpo", "loser_guard_scope": "batch", "per_device_train_batch_size": 3},
    "kto": {"method": "kto", "per_device_train_batch_size": 3},
    "guided": {"method": "guided"},
}
RUN = quick(method="dpo", per_device_train_batch_size=7, max_steps=5, save_steps=2)


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


def read_both(folder: Path) -> tuple[Any, Any]:
    """What the processes wrote."""
    first, second = (torch.load(folder / f"{number}.pt") for number in (0, 1))
    return first, second


def copy_of(judged: Path, folder: Path) -> Path:
    return Path(shutil.copytree(judged, folder))


def assert_same(steps: list[dict[str, torch.Tensor]], expected: list[dict[str, torch.Tensor]], share: float) -> None:
    for one, other in zip(steps, expected, strict=True):
        scale = max(float(each.abs().max()) for each in other.values())
        torch.testing.assert_close(one, other, rtol=share, atol=share * scale)


@pytest.mark.parametrize("name", RECIPES)
def test_two_processes_give_the_gradients_of_one(team: Team, judged: Path, tmp_path: Path, name: str) -> None:
    """Whole, and with the frozen weights held in halves."""
    whole = gradients_of(copy_of(judged, tmp_path / "alone"), RECIPES[name], COUNTS)
    folder = copy_of(judged, tmp_path / "studio")
    for shard, share in (("off", 1.0), ("on", 0.5)):
        recipe = {**RECIPES[name], "shard": shard}
        assert team.give("measure_gradients", folder, tmp_path, recipe, COUNTS) == [0, 0]
        both = read_both(tmp_path)
        for one in both:
            assert_same(one["steps"], whole["steps"], 1e-6)
            assert one["evaluation"] == pytest.approx(whole["evaluation"], rel=1e-5)
            assert one["held"] / whole["held"] == pytest.approx(share, abs=0.05)
        first, second = (one["steps"] for one in both)
        assert all(
            torch.equal(first[step][key], second[step][key]) for step in range(len(first)) for key in first[step]
        )


def test_memory_that_runs_out_in_one_process_has_all_begin_the_step_again(
    team: Team, judged: Path, tmp_path: Path
) -> None:
    folder = copy_of(judged, tmp_path / "studio")
    assert team.give("measure_gradients_with_shortage", folder, tmp_path, {"method": "kto"}, [7]) == [0, 0]
    first, second = read_both(tmp_path)
    expected = gradients_of(folder, {"method": "kto"}, [7])["steps"]
    assert max(second["items"]) > 4  # it ran out
    assert second["items"][-1] <= 4
    for one in (first, second):
        assert_same(one["steps"], expected, 1e-6)


def test_takes_are_drawn_by_both_processes(team: Team, judged: Path, tmp_path: Path) -> None:
    folder = copy_of(judged, tmp_path / "studio")
    expected = gains_of_takes(copy_of(judged, tmp_path / "alone"), {"method": "guided"})
    for shard in ("off", "on"):
        recipe = {"method": "guided", "shard": shard}
        assert team.give("measure_gains_of_takes", folder, tmp_path, recipe) == [0, 0]
        for gains in read_both(tmp_path):
            torch.testing.assert_close(gains, expected, rtol=1e-4, atol=1e-4)


def adapter_of(studio: Path) -> dict[str, torch.Tensor]:
    return load_file(studio / "models" / "v0001" / "pytorch_lora_weights.safetensors")


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


def test_signal_to_one_process_stops_all_after_the_same_step(team: Team, judged: Path, tmp_path: Path) -> None:
    """The run that is continued is, to the bit, the one that was left alone, each process having its own dropout."""
    folder, undisturbed = (copy_of(judged, tmp_path / name) for name in ("studio", "undisturbed"))
    recipe = recipe_as_dict(quick(method="dpo", dropout=0.1, max_steps=5, save_steps=2))
    assert team.give("tune", folder, recipe, None, 3) == [1, 0]
    assert (folder / "interrupted").read_text() == "run 1 was interrupted: the same command again continues it"
    names = [path.name for path in sorted((folder / "runs" / "0001" / "checkpoints").iterdir())]
    assert names == ["step-000002", "step-000003"]
    for studio in (folder, undisturbed):
        assert team.give("tune", studio, recipe) == [0, 0]
    last = Path("runs") / "0001" / "checkpoints" / "step-000005" / "adapter.safetensors"
    made, expected = (load_file(studio / last) for studio in (folder, undisturbed))
    assert all(torch.equal(made[name], expected[name]) for name in expected)


def test_refusal_of_the_first_process_lets_the_others_go(team: Team, judged: Path, tmp_path: Path) -> None:
    folder = copy_of(judged, tmp_path / "studio")
    assert team.give("tune", folder, recipe_as_dict(quick(min_pairs=999))) == [3, 0]
