"""The parts of a run that its steps need, and how they are made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import EMAModel

from finetune.data.latent_cache import LatentCache
from finetune.digests import digest
from finetune.memory.few_bits import make_optimizer
from finetune.methods.protocol import Method, RunContext
from finetune.recipe import recipe_as_dict
from finetune.settings import OptimiserSettings, Recipe
from finetune.training.checkpoint import Found, find_checkpoint
from finetune.training.ema import make_average
from finetune.training.watch import Watch
from finetune.tunable_model import TunableModel


@dataclass
class Trainer:
    """The parts of a run that a step needs; no logic of its own."""

    model: TunableModel
    cache: LatentCache
    recipe: Recipe
    method: Method  # prepared
    folder: Path  # of the checkpoints
    optimizer: torch.optim.Optimizer
    scheduler: torch.optim.lr_scheduler.LRScheduler
    average: EMAModel | None  # of the adapter's weights, with ema_decay
    watch: Watch
    origin: Mapping[str, Any] = field(default_factory=dict)  # what its checkpoints must have come of
    start: Found | None = None  # where it goes on from, where somebody looked already


def make_trainer(run: RunContext, recipe: Recipe, method: Method, folder: Path, start: Found | None = None) -> Trainer:
    settings, model = recipe.optimiser, run.model
    weights = list(model.trainable.values())
    optimizer = make_optimizer(weights, settings, recipe.memory)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_at(step, settings))
    average, watch = make_average(model, settings.ema_decay), Watch(settings, weights)
    origin = origin_of(run, recipe)
    return Trainer(model, run.cache, recipe, method, folder, optimizer, scheduler, average, watch, origin, start)


def find_start(run: RunContext, recipe: Recipe, folder: Path) -> Found:
    """The checkpoint to go on from. What it knows of memory is restored at once: preparing is done in the same pieces."""
    start = run.model.processes.from_first(lambda: find_checkpoint(folder, origin_of(run, recipe)))
    if start.checkpoint is not None and "memory" in start.checkpoint.state:
        run.model.memory.restore(start.checkpoint.state["memory"])
    return start


def origin_of(run: RunContext, recipe: Recipe) -> dict[str, Any]:
    """Recipe, judgements and model of a run: a checkpoint of others is not continued. Where it is logged is no part of it."""
    recipe_values = {name: value for name, value in recipe_as_dict(recipe).items() if name != "log"}
    snapshot = digest(json.dumps(run.dataset.snapshot, sort_keys=True, default=str))
    return {"recipe": recipe_values, "snapshot": snapshot, "model": run.model.sha256}


def rate_at(step: int, settings: OptimiserSettings) -> float:
    """The learning rate of a step, as a share of its peak."""
    rising = (step + 1) / (settings.warmup_steps + 1)
    if rising < 1 or settings.lr_scheduler_type == "constant":
        return min(1.0, rising)
    return (1 + cos(pi * (step - settings.warmup_steps) / max(1, settings.max_steps - settings.warmup_steps))) / 2
