"""The provenance of a take: all that is needed to make it again, kept in the database and embedded in its file."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict

import torch

from generation.models.loading import Loaded
from generation.request import BRIEF_FIELDS, BriefRow

LIBRARIES = ("torch", "diffusers", "transformers", "peft", "safetensors", "numpy", "av", "pillow")


class Provenance(TypedDict):
    """JSON values only."""

    brief: dict[str, Any]  # BRIEF_FIELDS of its row
    seed: int
    version: str
    base: str  # the name of its folder: a path would tell outsiders about the studio's machines
    base_sha256: str
    adapters: list[dict[str, Any]]  # sha256 and weight of each
    pipeline: str  # class name
    scheduler: dict[str, Any]
    sampling: dict[str, Any]  # what the last bits of pixels depend on besides
    libraries: dict[str, str]


def take_provenance(loaded: Loaded, brief: BriefRow, seed: int, *, group: int) -> Provenance:
    """With the same values on the same machine, every pixel comes out the same.

    `group`: how many items the sampler drew side by side (see `sampling.group_size`). Other processors, libraries or
    numbers of threads add numbers up in another order and may change the last bit of a few pixels.
    """
    return {
        "brief": {name: brief.get(name) for name in BRIEF_FIELDS},
        "seed": seed,
        "version": loaded.name,
        "base": Path(loaded.base).name,
        "base_sha256": loaded.base_sha256,
        "adapters": [{"sha256": part["sha256"], "weight": part["weight"]} for part in loaded.adapters],
        "pipeline": type(loaded.pipe).__name__,
        "scheduler": scheduler_settings(loaded.pipe.scheduler),
        "sampling": {
            "group": group,
            "threads": torch.get_num_threads(),
            "device": str(loaded.device),
            "dtype": str(loaded.dtype).removeprefix("torch."),
        },
        "libraries": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
    }


def scheduler_settings(scheduler: Any) -> dict[str, Any]:
    """Class and configuration of a scheduler, without diffusers' own bookkeeping keys."""
    settings = {key: value for key, value in scheduler.config.items() if not key.startswith("_")}
    return {"class": type(scheduler).__name__, **settings}
