"""Checkpoints: a folder of safetensors and JSON with a hashed manifest, whole under its name or not there at all.

Written beside its name, fsynced and renamed (`feedback.durable_files`); only then are older ones pruned. Nothing is
pickled. Optimizer, scheduler and random state are all kept, so that a resumed run ends in the same bits on a processor.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from feedback.durable_files import PARTIAL, remove_partials, whole_folder
from generation.models.adapter_files import file_sha256

MANIFEST = "manifest.json"
STATE = "state.json"
Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """What was in a checkpoint folder: named groups of tensors (adapter, best, optimizer, random) and plain values."""

    step: int
    tensors: dict[str, Tensors]
    state: dict[str, Any]


def save_checkpoint(folder: Path, step: int, tensors: dict[str, Tensors], state: dict[str, Any], keep: int) -> Path:
    """Writes a checkpoint and prunes all but the newest `keep`; returns its folder. Empty groups are left out."""
    final = folder / f"step-{step:06d}"
    with whole_folder(final) as partial:
        for name, group in tensors.items():
            if group:
                save_file(group, partial / f"{name}.safetensors")
        (partial / STATE).write_text(json.dumps({"step": step, **state}, sort_keys=True))
        write_manifest(partial)
    prune(folder, keep)
    return final


def write_manifest(folder: Path) -> None:
    hashes = {path.name: file_sha256(path) for path in sorted(folder.iterdir())}
    (folder / MANIFEST).write_text(json.dumps(hashes, indent=1, sort_keys=True))


def prune(folder: Path, keep: int) -> None:
    for old in finished(folder)[:-keep]:
        shutil.rmtree(old)
    remove_partials(folder)


def finished(folder: Path) -> list[Path]:
    """Checkpoint folders, oldest first."""
    return sorted(path for path in folder.glob("step-*") if path.suffix != PARTIAL)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole by its manifest; None when there is none. A broken one is passed over."""
    for path in reversed(finished(folder)):
        if is_whole(path):
            state = json.loads((path / STATE).read_text())
            tensors = {file.stem: load_file(file) for file in path.glob("*.safetensors")}
            return Checkpoint(state["step"], tensors, state)
    return None


def is_whole(path: Path) -> bool:
    try:
        hashes = json.loads((path / MANIFEST).read_text())
        return STATE in hashes and all(file_sha256(path / name) == sha256 for name, sha256 in hashes.items())
    except (OSError, ValueError, AttributeError):
        return False


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> Tensors:
    """AdamW's state as flat names: `3.exp_avg` belongs to the fourth parameter."""
    state = optimizer.state_dict()["state"]
    return {f"{index}.{name}": value.cpu() for index, row in state.items() for name, value in row.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Tensors, rates: list[float]) -> None:
    """Puts back what `optimizer_tensors` gave, and each group's learning rate."""
    state: dict[int, Tensors] = {}
    for name, value in tensors.items():
        index, _, field = name.partition(".")
        state.setdefault(int(index), {})[field] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate


def random_tensors() -> Tensors:
    """The state of torch's generators, on the processor and on each GPU."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states |= {f"cuda{number}": state for number, state in enumerate(torch.cuda.get_rng_state_all())}
    return states


def restore_random(tensors: Tensors) -> None:
    torch.set_rng_state(tensors["cpu"])
    for name, state in tensors.items():
        if name != "cpu" and torch.cuda.is_available():
            torch.cuda.set_rng_state(state, int(name.removeprefix("cuda")))
