"""The recipe of a take: all that is needed to make it again, kept in the database and embedded in its file."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from generation.models.loading import Loaded

LIBRARIES = ("torch", "diffusers", "transformers", "peft", "safetensors", "numpy", "av", "pillow")
ASKED = (
    "prompt",
    "negative_prompt",
    "kind",
    "width",
    "height",
    "frames",
    "fps_num",
    "fps_den",
    "steps",
    "guidance",
)


def take_recipe(loaded: Loaded, brief: Mapping[str, Any], seed: int, *, group: int) -> dict[str, Any]:
    """JSON-able recipe. With the same values on the same machine, every pixel comes out the same.

    `group`: how many items the sampler drew side by side (see `sampling.group_size`). Other processors, libraries or
    numbers of threads add numbers up in another order and may change the last bit of a few pixels.
    """
    return {
        "brief": {"id": brief["id"], **{key: brief[key] for key in ASKED}},
        "seed": seed,
        "version": loaded.name,
        "base": Path(loaded.base).name,  # a path would tell outsiders about the studio's machines
        "base_sha256": loaded.base_sha256,
        "adapters": [{"sha256": part["sha256"], "weight": part["weight"]} for part in loaded.adapters],
        "pipeline": type(loaded.pipe).__name__,
        "scheduler": scheduler_recipe(loaded.pipe.scheduler),
        "sampling": {
            "group": group,
            "threads": torch.get_num_threads(),
            "device": str(loaded.device),
            "dtype": str(loaded.dtype).removeprefix("torch."),
        },
        "libraries": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
    }


def scheduler_recipe(scheduler: Any) -> dict[str, Any]:
    """Class and configuration of a scheduler, without diffusers' own bookkeeping keys."""
    settings = {key: value for key, value in scheduler.config.items() if not key.startswith("_")}
    return {"class": type(scheduler).__name__, **settings}
