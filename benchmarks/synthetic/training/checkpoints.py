"""Checkpoints of the starter's training: weights as safetensors, the optimiser beside them, swapped in by one rename."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import load_model, save_model
from torch import nn


class Keepable(Protocol):
    """An optimiser, or several that act as one."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None: ...


def save_state(folder: Path, parts: dict[str, nn.Module], optimiser: Keepable | None, state: dict[str, Any]) -> None:
    """Writes folder/checkpoint whole, or not at all."""
    partial, final = folder / "checkpoint.partial", folder / "checkpoint"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, part in parts.items():
        save_model(part, str(partial / f"{name}.safetensors"))  # knows of weights that two modules share
    if optimiser is not None:
        torch.save(optimiser.state_dict(), partial / "optimiser.pt")
    (partial / "state.json").write_text(json.dumps(state))
    old = folder / "checkpoint.old"
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    partial.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def load_state(folder: Path, parts: dict[str, nn.Module], optimiser: Keepable | None) -> dict[str, Any]:
    """Loads folder/checkpoint into the parts; returns its state, or a fresh one where there is no checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / "checkpoint"
    if not (final / "state.json").exists():
        return {"step": 0, "seconds": 0.0}
    for name, part in parts.items():
        load_model(part, final / f"{name}.safetensors")
    if optimiser is not None:
        optimiser.load_state_dict(torch.load(final / "optimiser.pt", weights_only=True))
    return json.loads((final / "state.json").read_text())
