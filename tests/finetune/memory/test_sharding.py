"""A network whose frozen weights two processes hold together computes what a whole one does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from feedback.errors import Refused
from feedback.store import Studio
from finetune.memory.sharding import blocks_of
from finetune.tunable_model import load_tunable_model
from generation.models import loading
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.finetune.training.orders import gradients_of, hidden_states_of
from tests.finetune.training.test_together import assert_same, copy_of, read_both
from tests.finetune.training.together import Team
from tests.tiny_pipelines import catalogue
from tests.tiny_pipelines.wan import tiny_transformer, tiny_wan

MAKE: dict[str, Any] = {
    "two denoisers": lambda folder: tiny_wan(folder, boundary=0.5),
    "flux": lambda folder: catalogue.TINY["flux.1 dev"].make(folder, **catalogue.TINY["flux.1 dev"].options),
}


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    process = Team()
    yield process
    process.close()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def judged(folder: Path, base: Path) -> Path:
    studio = tiny_studio(folder, base)
    judge_briefs(studio, 3)
    studio.close()
    return folder


@pytest.mark.parametrize(("name", "counts"), [("two denoisers", [4, 1]), ("flux", [3])])
def test_sharded_network_gives_the_gradients_of_a_whole_one(
    team: Team, tmp_path: Path, name: str, counts: list[int]
) -> None:
    """With two denoisers, one process has pairs for one of them, and the other process for the other."""
    folder = judged(tmp_path / "studio", MAKE[name](tmp_path / "base"))
    expected = gradients_of(copy_of(folder, tmp_path / "alone"), {"method": "dpo"}, counts)
    assert team.give("measure_gradients", folder, tmp_path, {"method": "dpo", "shard": "on"}, counts) == [0, 0]
    halves = read_both(tmp_path)
    for half in halves:
        assert_same(half["steps"], expected["steps"], 1e-5)
    assert [half["held"] / expected["held"] for half in halves] == pytest.approx([0.5, 0.5], abs=0.05)


def test_layers_that_stay_in_32_bits_are_sharded_with_the_others(
    team: Team, tmp_path: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = judged(tmp_path / "studio", tiny_base)
    recipe = {"method": "dpo", "gradient_checkpointing": "on"}
    monkeypatch.setattr(loading, "number_types", lambda device: torch.bfloat16)
    expected = gradients_of(copy_of(folder, tmp_path / "alone"), recipe, [3])
    assert team.give("measure_gradients_in_bf16", folder, tmp_path, {**recipe, "shard": "on"}, [3]) == [0, 0]
    for half in read_both(tmp_path):
        assert_same(half["steps"], expected["steps"], 0.02)


@pytest.mark.parametrize(("name", "frames"), [("wan 2.1 clip", 9), ("flux.1 dev", 1), ("sd 1.5", 1)])
def test_hidden_states_of_a_sharded_network_are_those_of_a_whole_one(
    team: Team, tmp_path: Path, name: str, frames: int
) -> None:
    """And it goes on computing the right gradients: nothing is left behind of a network that was read in its middle."""
    base = catalogue.TINY[name].make(tmp_path / "base", **catalogue.TINY[name].options)
    expected = hidden_states_of(str(base), frames)
    assert team.give("measure_hidden_states", base, tmp_path, frames) == [0, 0]
    assert_same([*read_both(tmp_path)], [expected, expected], 1e-5)
    assert float(expected["alone"].abs().max()) > 0


def test_blocks_are_sharded_one_by_one() -> None:
    network = tiny_transformer()
    assert blocks_of(network) == list(network.blocks)


def test_sharding_in_one_process_is_refused(empty: Studio) -> None:
    with pytest.raises(Refused, match=r"memory\.shard is on, and there is one process"):
        load_tunable_model(empty, "tiny", quick(shard="on"))
