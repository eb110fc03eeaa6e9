"""What is measured of the machine, held against allocations of a known size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch

from finetune.memory import machine
from finetune.memory.machine import free_bytes, left_of_container, limited_activations, measured_growth, peak_bytes

CPU = torch.device("cpu")
MIB = 2**20


def test_growth_is_what_was_there_at_the_worst_moment() -> None:
    with measured_growth(CPU) as growth:
        large = torch.ones(64 * MIB)  # 256 MiB
        del large
        small = torch.ones(16 * MIB)
    assert 200 * MIB < growth.bytes < 400 * MIB
    assert float(small[0]) == 1
    assert peak_bytes(CPU) > growth.bytes


def test_peak_is_this_process_own_and_not_its_parents() -> None:
    """What getrusage says of a new process begins with what its parent took."""
    code = "from finetune.memory.machine import high_water_mark; print(high_water_mark())"
    large = torch.ones(150 * MIB)  # 600 MiB
    peak = int(subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout)
    assert float(large[0]) == 1
    assert 50 * MIB < peak < 600 * MIB


def test_free_memory_of_a_processor_is_what_the_system_can_give(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < free_bytes(CPU) <= psutil.virtual_memory().total
    monkeypatch.setattr(machine, "left_of_container", lambda: 5 * MIB)
    assert free_bytes(CPU) == 5 * MIB


def test_limit_of_a_container_counts_its_file_cache_as_free(tmp_path: Path) -> None:
    assert left_of_container(tmp_path) > 2**60  # none to be seen
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text("anon 400\ninactive_file 100\n")
    assert left_of_container(tmp_path) == 400
    (tmp_path / "memory.max").write_text("max\n")
    assert left_of_container(tmp_path) > 2**60


def test_activations_above_a_limit_raise_before_the_kernel_would_kill() -> None:
    layers = torch.nn.Sequential(*[torch.nn.Linear(256, 256) for _ in range(4)])
    weights, x = list(layers.parameters()), torch.ones(1024, 256)  # 1 MiB a layer
    with limited_activations(CPU, 6 * MIB, weights):
        layers(x).sum().backward()
    with pytest.raises(MemoryError), limited_activations(CPU, 2 * MIB, weights):
        layers(x)
    with limited_activations(CPU, 0, weights), torch.no_grad():
        layers(x)  # nothing is kept
