"""Checkpoints: a folder of safetensors and JSON with a hashed manifest, whole under its name or not there at all.

Written beside its name, fsynced and renamed (`feedback.durable_files`); only then are older ones pruned. Nothing is
pickled. Optimizer, scheduler and random state are all kept, so that a resumed run ends in the same bits on a processor.
One that is not as it was written, or of another run, is refused with the name of the file, and the one before is used.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from feedback.durable_files import PARTIAL, remove_partials, whole_folder
from feedback.errors import Invalid, Refused, one_line
from feedback.legacy_recipe_names import rename_recipe
from finetune.recipe import recipe_from
from finetune.settings import trains_alike
from finetune.tensor_files import save_tensors
from generation.models.weights_digest import file_sha256

log = logging.getLogger(__name__)
MANIFEST = "manifest.json"
STATE = "state.json"
WEIGHTS = ".safetensors"
REFUSED = ".refused"  # the ending of a folder that was not continued from: kept for whoever wants to know why
NONE_LEFT = "no checkpoint of this run can be used: training begins again"
Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """What was in a checkpoint folder: named groups of tensors (adapter, best, optimizer, random) and plain values."""

    step: int
    tensors: dict[str, Tensors]
    state: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What there is to continue from."""

    checkpoint: Checkpoint | None
    refused: list[str]  # why each newer one is not used, a line each


def save_checkpoint(folder: Path, step: int, tensors: dict[str, Tensors], state: dict[str, Any], keep: int) -> Path:
    """Writes a checkpoint and prunes all but the newest `keep`; returns its folder. Empty groups are left out."""
    final = folder / f"step-{step:06d}"
    with whole_folder(final) as partial:
        for name, group in tensors.items():
            if group:
                save_tensors(group, partial / f"{name}{WEIGHTS}")
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
    return sorted(path for path in folder.glob("step-*") if path.suffix not in (PARTIAL, REFUSED))


def find_checkpoint(folder: Path, origin: Mapping[str, Any]) -> Found:
    """The newest checkpoint that is whole and of this origin; what is refused is logged."""
    refused: list[str] = []
    for path in reversed(finished(folder)):
        try:
            checkpoint = read_checkpoint(path)
            refuse_other_origin(path, checkpoint.state.get("origin", {}), origin)
            return logged(Found(checkpoint, refused))
        except Invalid as reason:
            refused.append(str(reason))
            set_aside(path)
    return logged(Found(None, [*refused, NONE_LEFT] if refused else []))


def logged(result: Found) -> Found:
    for line in result.refused:
        log.warning(line)
    return result


def set_aside(path: Path) -> None:
    """Out of the way of those that are written from here on, which may be of earlier steps."""
    aside = path.with_name(path.name + REFUSED)
    shutil.rmtree(aside, ignore_errors=True)  # of an earlier sitting
    path.rename(aside)


def read_checkpoint(path: Path) -> Checkpoint:
    """Invalid names the file that is not as it was written."""
    hashes = read_json(path, MANIFEST)
    if STATE not in hashes:
        raise broken(path, MANIFEST, f"it does not name {STATE}")
    for name, sha256 in hashes.items():
        if not (path / name).is_file():
            raise broken(path, name, "it is missing")
        if file_sha256(path / name) != sha256:
            raise broken(path, name, "its content is not what was written")
    state = read_json(path, STATE)
    step = state.get("step")
    if not isinstance(step, int) or path.name != f"step-{step:06d}":
        raise broken(path, STATE, f"it is that of step {step}")
    groups = [name for name in sorted(hashes) if name.endswith(WEIGHTS)]
    return Checkpoint(step, {name.removesuffix(WEIGHTS): load(path, name) for name in groups}, state)


def load(path: Path, name: str) -> Tensors:
    try:
        return load_file(path / name)
    except Exception as error:  # whatever the library says of it
        raise broken(path, name, one_line(error)) from error


def read_json(path: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads((path / name).read_text())
    except FileNotFoundError:
        raise broken(path, name, "it is missing") from None
    except (OSError, ValueError) as error:
        raise broken(path, name, f"it is no JSON ({one_line(error)})") from None
    if not isinstance(content, dict):
        raise broken(path, name, f"it holds no object but {type(content).__name__}")
    return content


def broken(path: Path, name: str, what: str) -> Invalid:
    return Invalid(f"checkpoint {path.name} is not used: {path / name}: {what}")


def refuse_other_origin(path: Path, saved: Mapping[str, Any], origin: Mapping[str, Any]) -> None:
    """Invalid when it came of another recipe, other judgements or another model. Older checkpoints do not say."""
    for name in ("snapshot", "model"):
        if name in saved and name in origin and saved[name] != origin[name]:
            raise broken(path, STATE, f"it is of another {name}")
    if "recipe" in saved and "recipe" in origin and not same_recipe(saved["recipe"], origin["recipe"]):
        raise broken(path, STATE, "it is of another recipe")


def same_recipe(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    try:
        return trains_alike(*(recipe_from(rename_recipe(dict(each))) for each in (one, other)))
    except Refused:  # a field that nobody knows
        return False


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> Tensors:
    """The optimizer's state as flat names: `3.exp_avg` belongs to the fourth parameter. A count is an int64 scalar."""
    state = optimizer.state_dict()["state"]
    flat = {f"{index}.{name}": value for index, row in state.items() for name, value in row.items()}
    return {
        name: value.detach().cpu().contiguous() if isinstance(value, torch.Tensor) else torch.tensor(value)
        for name, value in flat.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Tensors, rates: list[float]) -> None:
    """Puts back what `optimizer_tensors` gave, and each group's learning rate."""
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        index, _, field = name.partition(".")
        count = value.dim() == 0 and value.dtype == torch.int64
        state.setdefault(int(index), {})[field] = int(value) if count else value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate


def random_tensors() -> Tensors:
    """The state of torch's generators, on the processor and on each GPU."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states |= {f"cuda{number}": state for number, state in enumerate(torch.cuda.get_rng_state_all())}
    return states


def random_of_processes(states: Sequence[Tensors]) -> Tensors:
    """Those of several processes: `cpu` of the first, `process1.cpu` of the second."""
    return {
        f"process{number}.{name}" if number else name: state
        for number, tensors in enumerate(states)
        for name, state in tensors.items()
    }


def random_of(number: int, tensors: Tensors) -> Tensors:
    """One process's again; empty where there were fewer of them then."""
    own = f"process{number}" if number else ""
    return {name.rpartition(".")[2]: state for name, state in tensors.items() if name.rpartition(".")[0] == own}


def restore_random(tensors: Tensors, seed: int) -> None:
    """Puts back what `random_tensors` gave; of a process that was not there then, begins with a seed."""
    if not tensors:
        torch.manual_seed(seed)
        return
    torch.set_rng_state(tensors["cpu"])
    for name, state in tensors.items():
        if name != "cpu" and torch.cuda.is_available():
            torch.cuda.set_rng_state(state, int(name.removeprefix("cuda")))
