"""Pieces: found by measuring, halved when memory runs out, and what is done when not even one item fits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from feedback.errors import Refused
from finetune.memory import plan as plan_module
from finetune.memory.machine import GIB
from finetune.memory.plan import MemoryPlan
from finetune.memory.uses import EVALUATION, LOSS, MEDIA, Use
from finetune.settings import MemorySettings

SHAPE = (4, 1, 8, 8)
CPU = torch.device("cpu")


class Network(torch.nn.Linear):
    """Says whether it was told to compute activations twice."""

    checkpointing = False

    def enable_gradient_checkpointing(self) -> None:
        self.checkpointing = True


class Parts(SimpleNamespace):
    """Of a pipeline whose VAE can work in tiles."""

    can_tile, tiling, offloading = True, False, False

    def use_tiling(self) -> None:
        self.tiling = True


def plan_of(**settings: Any) -> MemoryPlan:
    return MemoryPlan(MemorySettings(**settings), CPU, [Network(2, 2)], Parts())  # type: ignore[arg-type]


def fits(most: int, tried: list[int], *, unless: Any = lambda: False) -> Any:
    def work(items: Sequence[int]) -> list[int]:
        tried.append(len(items))
        if len(items) > most and not unless():
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return [10 * item for item in items]

    return work


def flat(results: list[list[int]]) -> list[int]:
    return [each for some in results for each in some]


@pytest.mark.parametrize(
    ("settings", "use", "shape", "costs_to_split", "size"),
    [
        ({}, LOSS, (16, 1, 32, 32), False, 1),  # 2048 places in a pair
        ({}, LOSS, (16, 21, 60, 104), False, 1),
        ({}, LOSS, (20, 1, 16, 16), False, 4),
        ({}, LOSS, (4, 1, 4, 4), False, 32),
        ({}, LOSS, (16, 1, 32, 32), True, 32),
        ({}, EVALUATION, (16, 1, 32, 32), False, 32),  # keeps no activations
        ({"micro_batch": 8}, LOSS, (16, 1, 32, 32), False, 8),
    ],
)
def test_on_a_processor_few_large_pairs_go_through_at_a_time(
    settings: dict[str, Any], use: Use, shape: tuple[int, ...], costs_to_split: bool, size: int
) -> None:
    assert plan_of(**settings).size(use, shape, 32, costs_to_split=costs_to_split) == size


def test_on_a_gpu_as_many_as_fit() -> None:
    plan = plan_of()
    plan.device = torch.device("cuda")
    assert plan.size(LOSS, (16, 21, 60, 104), 32) == 32


@pytest.fixture(autouse=True)
def takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one item takes is measured elsewhere."""
    monkeypatch.setattr(plan_module, "measured_growth", lambda device: Measured(0))


class Measured:
    def __init__(self, count: int) -> None:
        self.bytes = count

    def __enter__(self) -> Measured:
        return self

    def __exit__(self, *given: object) -> None: ...


def test_all_goes_through_at_once_where_it_fits() -> None:
    tried: list[int] = []
    plan = plan_of()
    assert flat(plan.in_pieces(EVALUATION, SHAPE, range(20), 16, fits(99, tried))) == [10 * each for each in range(20)]
    assert tried == [1, 16, 4]  # one to measure, once
    plan.in_pieces(EVALUATION, SHAPE, range(20), 16, fits(99, tried))
    assert tried[3:] == [16, 4]
    assert (plan.notes, plan.pieces) == ([], {"evaluation 4x1x8x8": 16})


def test_halves_until_it_fits_and_stays_there(caplog: pytest.LogCaptureFixture) -> None:
    tried: list[int] = []
    plan = plan_of()
    with caplog.at_level(logging.WARNING):
        results = plan.in_pieces(EVALUATION, SHAPE, range(20), 16, fits(5, tried))
    assert flat(results) == [10 * each for each in range(20)]
    assert tried == [1, 16, 8, 4, 4, 4, 4, 4]
    assert plan.pieces == {"evaluation 4x1x8x8": 4}
    assert [record.message for record in caplog.records] == plan.notes
    assert len(plan.notes) == 2
    assert plan.notes[0].startswith("8 instead of 16 pairs of 4x1x8x8 at a time (evaluation): CUDA out of memory")


def test_other_shapes_and_uses_are_measured_apart() -> None:
    plan, tried = plan_of(), list[int]()
    plan.in_pieces(EVALUATION, SHAPE, range(4), 4, fits(2, tried))
    assert plan.size(EVALUATION, SHAPE, 4) == 2
    assert plan.size(EVALUATION, (4, 5, 8, 8), 4) == plan.size(LOSS, SHAPE, 4) == 4


def test_other_errors_are_nobodys_shortage() -> None:
    def work(items: Sequence[int]) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        plan_of().in_pieces(EVALUATION, SHAPE, range(4), 4, work)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory")]
)
def test_a_processor_runs_out_of_memory_too(error: Exception) -> None:
    def work(items: Sequence[int]) -> int:
        if len(items) > 2:
            raise error
        return len(items)

    assert plan_of().in_pieces(EVALUATION, SHAPE, range(4), 4, work) == [2, 2]


def test_measured_growth_says_how_many_fit(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(plan_module, "free_bytes", lambda device: 10 * GIB)
    monkeypatch.setattr(plan_module, "measured_growth", lambda device: Measured(GIB))
    plan, tried = plan_of(), list[int]()
    plan.in_pieces(EVALUATION, SHAPE, range(32), 32, fits(99, tried))
    assert tried == [1, 8, 8, 8, 8]  # eight take 8 of the 10 GiB
    assert plan.notes == [
        "8 instead of 32 pairs of 4x1x8x8 at a time (evaluation): one takes 1.00 GiB, and 10.0 are free"
    ]


def test_a_fixed_size_is_kept_to_and_still_halves() -> None:
    plan, tried = plan_of(micro_batch=3), list[int]()
    plan.in_pieces(EVALUATION, SHAPE, range(8), 8, fits(99, tried))
    assert tried == [1, 3, 3, 2]
    plan.in_pieces(EVALUATION, (1,), range(3), 8, fits(1, tried))
    assert tried[4:] == [1, 3, 1, 1, 1]


def test_gradient_checkpointing_begins_when_not_one_pair_fits() -> None:
    plan, tried = plan_of(), list[int]()
    (network,) = plan.networks
    plan.in_pieces(LOSS, SHAPE, range(8), 8, fits(0, tried, unless=lambda: network.checkpointing))
    assert network.checkpointing
    assert plan.describe()["gradient_checkpointing"]
    assert tried == [1, 1, 8]  # measured anew
    assert plan.notes[0].startswith("gradient checkpointing from here on, since not one of the pairs")


@pytest.mark.parametrize(
    ("settings", "use", "advice"),
    [
        ({"gradient_checkpointing": "off"}, LOSS, "set memory.gradient_checkpointing to auto"),
        ({"gradient_checkpointing": "on"}, LOSS, "use a machine with more memory, or learn from smaller takes"),
        ({"gradient_checkpointing": "auto"}, LOSS, "use a machine with more memory, or learn from smaller takes"),
        ({"vae_tiling": "off"}, MEDIA, "set memory.vae_tiling to auto"),
        ({}, MEDIA, "use a machine with more memory"),
        ({}, EVALUATION, "use a machine with more memory"),
    ],
)
def test_refuses_in_one_line_that_says_what_would_help(settings: dict[str, Any], use: Use, advice: str) -> None:
    plan = plan_of(**settings)
    if settings.get("gradient_checkpointing") == "on":
        plan.use_checkpointing()
    with pytest.raises(Refused, match=advice) as caught:
        plan.in_pieces(use, SHAPE, range(4), 4, fits(0, []))
    assert f"not one of the {use.item}s of 4x1x8x8 fits into memory" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_advice_for_a_gpu_is_fewer_bits() -> None:
    plan = plan_of(gradient_checkpointing="on")
    plan.device, plan.checkpointing = torch.device("cuda"), True
    assert "memory.base_4bit" in plan.advice(LOSS)


def test_tiles_are_the_vaes_last_resort() -> None:
    plan, tried = plan_of(), list[int]()
    plan.in_pieces(MEDIA, SHAPE, range(2), 8, fits(0, tried, unless=lambda: plan.parts.tiling))
    assert plan.describe()["vae_tiling"]
    assert plan.notes[0].startswith("the VAE works in tiles from here on, since not one of the takes")


def test_what_was_settled_goes_on_in_the_next_sitting() -> None:
    plan, tried = plan_of(), list[int]()
    plan.in_pieces(LOSS, SHAPE, range(8), 8, fits(2, tried))
    plan.use_checkpointing()
    again = plan_of()
    again.restore(plan.state())
    assert again.networks[0].checkpointing
    assert again.notes == plan.notes
    tried.clear()
    again.in_pieces(LOSS, SHAPE, range(8), 8, fits(2, tried))
    assert tried == [2, 2, 2, 2]  # nothing is tried again


def test_measuring_draws_nothing_from_chance() -> None:
    plan = plan_of()  # its network draws its weights
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    plan.measure(LOSS, SHAPE, 4, lambda: torch.rand(7))
    assert torch.equal(torch.rand(3), expected)
