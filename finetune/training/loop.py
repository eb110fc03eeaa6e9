"""The training loop: one readable function over batches whose every number is fixed by the recipe and the snapshot.

It is given a method and knows none: the method has the loss and the evaluations. One device; the reference's errors come from
the cache. Raises Interrupted when it is asked to stop, after writing a checkpoint; called again on the same folder it
continues from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import EMAModel
from tqdm import tqdm

from feedback.errors import Interrupted, Invalid
from finetune.data.batches import draws_of_epoch, order_of_epoch
from finetune.data.latent_cache import LatentCache
from finetune.methods.evaluation import is_better
from finetune.methods.protocol import Method, RunContext
from finetune.metrics import LogEntry, StepEvaluation
from finetune.settings import OptimiserSettings, Recipe
from finetune.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimizer_tensors,
    random_tensors,
    restore_optimizer,
    restore_random,
    save_checkpoint,
)
from finetune.training.ema import average_tensors, averaged, make_average, restore_average
from finetune.tunable_model import TunableModel

OnProgress = Callable[[float], None]
ShouldStop = Callable[[], bool]


@dataclass
class TrainState:
    """How far a run is and what it measured: all of it goes into the checkpoint."""

    step: int = 0
    seconds: float = 0.0  # of training, over all sittings
    best: StepEvaluation | None = None  # of the best step and strength
    best_adapter: dict[str, torch.Tensor] = field(default_factory=dict)
    stale: int = 0  # evaluations in a row without a better one
    log: list[LogEntry] = field(default_factory=list)  # every evaluation

    def plain(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "best": self.best, "stale": self.stale, "log": self.log}


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


def make_trainer(run: RunContext, recipe: Recipe, method: Method, folder: Path) -> Trainer:
    settings, model = recipe.optimiser, run.model
    weights = model.trainable.values()
    optimizer = torch.optim.AdamW(weights, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_at(step, settings))
    average = make_average(model, settings.ema_decay)
    return Trainer(model, run.cache, recipe, method, folder, optimizer, scheduler, average)


def rate_at(step: int, settings: OptimiserSettings) -> float:
    """The learning rate of a step, as a share of its peak."""
    rising = (step + 1) / (settings.warmup_steps + 1)
    if rising < 1 or settings.lr_scheduler_type == "constant":
        return min(1.0, rising)
    return (1 + cos(pi * (step - settings.warmup_steps) / max(1, settings.max_steps - settings.warmup_steps))) / 2


def run_training(trainer: Trainer, on_progress: OnProgress, should_stop: ShouldStop, quiet: bool = False) -> TrainState:
    """Trains from the newest checkpoint, or from the start, to the last step; returns what held-out pairs chose."""
    settings, evaluation = trainer.recipe.optimiser, trainer.recipe.evaluation
    state, began = restore(trainer), time.monotonic()
    batches = BatchOrder(trainer)
    with tqdm(total=settings.max_steps, initial=state.step, desc="tune", unit="step", disable=quiet) as bar:
        while state.step < settings.max_steps and state.stale < evaluation.early_stopping_patience:
            parts = take_step(trainer, *batches.at(state.step))
            state.step += 1
            bar.update()
            bar.set_postfix({name: f"{value:.4f}" for name, value in parts.items()})
            last = state.step == settings.max_steps
            if last or state.step % evaluation.eval_steps == 0:
                evaluate(trainer, state, parts)
            stopping = should_stop()
            if stopping or last or state.step % settings.save_steps == 0:
                state.seconds, began = state.seconds + time.monotonic() - began, time.monotonic()
                save(trainer, state)
            if stopping:
                raise Interrupted(f"training was interrupted after step {state.step}")
            on_progress(state.step / settings.max_steps)
    return state


class BatchOrder:
    """Which pairs and draws make up each step: a function of the step, so that there is nothing to restore."""

    def __init__(self, trainer: Trainer) -> None:
        recipe, pairs = trainer.recipe, trainer.method.train
        self.seed, self.draws, self.count = recipe.seed, recipe.noise_levels.draws_per_pair, len(pairs)
        self.size = recipe.optimiser.per_device_train_batch_size * recipe.optimiser.gradient_accumulation_steps
        self.shapes = [str(tuple(trainer.cache.latent(example.left).shape)) for example in pairs]
        self.per_epoch = len(order_of_epoch(self.shapes, self.size, self.seed, 0))

    def at(self, step: int) -> tuple[list[int], list[int]]:
        """(indices of pairs, their draws)."""
        epoch, batch = divmod(step, self.per_epoch)
        pairs = order_of_epoch(self.shapes, self.size, self.seed, epoch)[batch]
        draws = draws_of_epoch(self.count, self.draws, self.seed, epoch)
        return pairs, [draws[index] for index in pairs]


def take_step(trainer: Trainer, pairs: list[int], draws: list[int]) -> dict[str, float]:
    """One optimizer step; returns the mean of each part of the loss, before weights."""
    settings, model = trainer.recipe.optimiser, trainer.model
    trainer.optimizer.zero_grad(set_to_none=True)
    size = settings.per_device_train_batch_size
    totals: dict[str, float] = {}
    for start in range(0, len(pairs), size):
        examples = [trainer.method.train[index] for index in pairs[start : start + size]]
        loss, parts = trainer.method.loss(examples, draws[start : start + size])
        model.accelerator.backward(loss.sum() / len(pairs))
        for name, value in parts.items():
            totals[name] = totals.get(name, 0.0) + float(value.detach().sum()) / len(pairs)
    model.accelerator.clip_grad_norm_(model.trainable.values(), settings.max_grad_norm)
    trainer.optimizer.step()
    trainer.scheduler.step()
    if trainer.average is not None:
        trainer.average.step(model.trainable.values())
    return totals


def evaluate(trainer: Trainer, state: TrainState, parts: dict[str, float]) -> None:
    """Evaluates every strength on the held-out pairs and keeps the adapter if one is the best so far."""
    trainer.model.eval()
    with averaged(trainer.model, trainer.average):
        strengths = trainer.recipe.evaluation.strengths
        better = [evaluate_strength(trainer, state, parts, strength) for strength in strengths]
        if any(better):
            state.best_adapter = trainer.model.adapter_state()
    trainer.model.train()
    state.stale = 0 if any(better) else state.stale + 1


def evaluate_strength(trainer: Trainer, state: TrainState, parts: dict[str, float], strength: float) -> bool:
    """Whether this strength is the best so far."""
    result: StepEvaluation = {"step": state.step, **trainer.method.evaluate(strength)}
    state.log.append({**result, "train": parts})
    better = is_better(result, state.best, trainer.method)
    if better:
        state.best = result
    return better


def save(trainer: Trainer, state: TrainState) -> None:
    tensors = {
        "adapter": trainer.model.adapter_state(),
        "best": state.best_adapter,
        "average": average_tensors(trainer.model, trainer.average),
        "optimizer": optimizer_tensors(trainer.optimizer),
        "random": random_tensors(),
    }
    rates = [group["lr"] for group in trainer.optimizer.param_groups]
    plain = {**state.plain(), "batch": state.step, "rates": rates, "scheduler": trainer.scheduler.state_dict()}
    save_checkpoint(trainer.folder, state.step, tensors, plain, trainer.recipe.optimiser.save_total_limit)


def restore(trainer: Trainer) -> TrainState:
    """Everything back to the newest checkpoint; a fresh state when there is none. Invalid when it is not of this run."""
    trainer.model.train()
    checkpoint = load_checkpoint(trainer.folder)
    if checkpoint is None:
        torch.manual_seed(trainer.recipe.seed)
        return TrainState()
    try:
        return restore_from(trainer, checkpoint)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Invalid(
            f"checkpoint {checkpoint.step} in {trainer.folder} cannot be continued ({reason}): tune again with a new run"
        ) from error


def restore_from(trainer: Trainer, checkpoint: Checkpoint) -> TrainState:
    trainer.model.load_adapter(checkpoint.tensors["adapter"])
    restore_average(trainer.model, trainer.average, checkpoint.tensors.get("average", {}), checkpoint.step)
    restore_optimizer(trainer.optimizer, checkpoint.tensors["optimizer"], checkpoint.state["rates"])
    trainer.scheduler.load_state_dict(checkpoint.state["scheduler"])
    restore_random(checkpoint.tensors["random"])
    kept = {name: checkpoint.state[name] for name in ("seconds", "best", "stale", "log")}
    return TrainState(step=checkpoint.step, best_adapter=checkpoint.tensors.get("best", {}), **kept)
