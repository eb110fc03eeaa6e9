"""The training loop: one readable function over batches whose every number is fixed by the recipe and the snapshot.

It is given a method and knows none: the method has the loss and the evaluations. The reference's errors come from the cache.
Several processes go through it together, each with its share of every step, and stop together. Raises Interrupted when it is asked to stop, after writing a checkpoint; called again on the same folder it
continues from there. NotAccepted when losses or weights are not finite any more, or run away: the checkpoint before stays.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import Any

import torch
from tqdm import tqdm

from feedback.errors import Interrupted, Invalid, one_line
from finetune.data.batches import draws_of_epoch, order_of_epoch
from finetune.errors import NotAccepted
from finetune.methods.evaluation import is_better
from finetune.metrics import LogEntry, StepEvaluation
from finetune.training.checkpoint import (
    Checkpoint,
    find_checkpoint,
    optimizer_tensors,
    random_of,
    random_of_processes,
    random_tensors,
    restore_optimizer,
    restore_random,
    save_checkpoint,
)
from finetune.training.ema import average_tensors, averaged, restore_average
from finetune.training.run_log import UNWRITTEN, RunLog
from finetune.training.step import take_step
from finetune.training.trainer import Trainer, make_trainer
from finetune.training.watch import READ_EVERY

__all__ = ["TrainState", "Trainer", "make_trainer", "run_training", "take_step"]

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
    refused_checkpoints: list[str] = field(default_factory=list)  # why each was not continued from, a line each

    def plain(self) -> dict[str, Any]:
        names = ("seconds", "best", "stale", "log", "refused_checkpoints")
        return {name: getattr(self, name) for name in names}


def run_training(
    trainer: Trainer,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    quiet: bool = False,
    log: RunLog = UNWRITTEN,
) -> TrainState:
    """Trains from the newest checkpoint, or from the start, to the last step; returns what held-out pairs chose."""
    settings, evaluation = trainer.recipe.optimiser, trainer.recipe.evaluation
    processes, state, began = trainer.model.processes, restore(trainer), time.monotonic()
    batches = BatchOrder(trainer)
    bar = tqdm(total=settings.max_steps, initial=state.step, desc="tune", unit="step", disable=quiet)
    with bar, closing(trainer.cache.ahead):
        while state.step < settings.max_steps and state.stale < evaluation.early_stopping_patience:
            take_step(trainer, *batches.at(state.step), batches.after(state.step))
            state.step += 1
            bar.update()
            last, stopping = state.step == settings.max_steps, processes.any(should_stop())
            evaluating = last or state.step % evaluation.eval_steps == 0
            saving = stopping or last or state.step % settings.save_steps == 0
            if evaluating or saving or state.step % READ_EVERY == 0:
                parts = trainer.watch.read(state.step)
                bar.set_postfix({name: f"{value:.4f}" for name, value in parts.items()})
                log.point(state.step, {"loss": trainer.watch.last_loss, **parts})
            if evaluating:
                evaluate(trainer, state, parts)
                log.point(state.step, evaluated_at(state))
            if saving:
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
        self.steps = recipe.optimiser.max_steps
        self.size = recipe.optimiser.per_device_train_batch_size * recipe.optimiser.gradient_accumulation_steps
        self.shapes = [str(trainer.cache.latent_shape(example.left)) for example in pairs]
        self.of_epoch = lru_cache(maxsize=2)(self.in_order)
        self.per_epoch = len(self.of_epoch(0)[0])

    def in_order(self, epoch: int) -> tuple[list[list[int]], list[int]]:
        """(its batches, the draw of each pair)."""
        order = order_of_epoch(self.shapes, self.size, self.seed, epoch)
        return order, draws_of_epoch(self.count, self.draws, self.seed, epoch)

    def at(self, step: int) -> tuple[list[int], list[int]]:
        """(indices of pairs, their draws)."""
        epoch, batch = divmod(step, self.per_epoch)
        order, draws = self.of_epoch(epoch)
        return order[batch], [draws[index] for index in order[batch]]

    def after(self, step: int) -> tuple[list[int], list[int]] | None:
        """The same of the step after it, where there is one."""
        return self.at(step + 1) if step + 1 < self.steps else None


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


def evaluated_at(state: TrainState) -> dict[str, float]:
    """The held-out numbers of the step, at the best strength so far or the last one tried."""
    entry = state.best if state.best and state.best["step"] == state.step else state.log[-1]
    return {name: float(value) for name, value in entry.items() if isinstance(value, int | float) and name != "step"}


def evaluate_strength(trainer: Trainer, state: TrainState, parts: dict[str, float], strength: float) -> bool:
    """Whether this strength is the best so far; NotAccepted when what it measures are no numbers."""
    evaluation = trainer.method.evaluate(strength)
    # Two machines may differ in a last bit: what is kept, and when training stops, is the same in all processes.
    evaluation = trainer.model.processes.from_first(lambda: evaluation)
    result: StepEvaluation = {"step": state.step, **evaluation}
    for name, value in result.items():
        if not isfinite(value):  # type: ignore[arg-type]
            raise NotAccepted(
                f"At step {state.step} {name} at strength {strength:g} is no finite number. Lower optimiser.learning_rate,"
                f" which is {trainer.recipe.optimiser.learning_rate:g}."
            )
    state.log.append({**result, "train": parts})
    better = is_better(result, state.best, trainer.method)
    if better:
        state.best = result
    return better


def save(trainer: Trainer, state: TrainState) -> None:
    """The first process writes; all weights are the same in all of them, random states are not."""
    random = random_of_processes(trainer.model.processes.gathered(random_tensors()))
    if not trainer.model.processes.is_first:
        return
    tensors = {
        "adapter": trainer.model.adapter_state(),
        "best": state.best_adapter,
        "average": average_tensors(trainer.model, trainer.average),
        "optimizer": optimizer_tensors(trainer.optimizer),
        "random": random,
    }
    plain = {
        **state.plain(),
        "batch": state.step,
        "rates": [group["lr"] for group in trainer.optimizer.param_groups],
        "scheduler": trainer.scheduler.state_dict(),
        "watch": trainer.watch.state(),
        "memory": trainer.model.memory.state(),
        "origin": dict(trainer.origin),
    }
    save_checkpoint(trainer.folder, state.step, tensors, plain, trainer.recipe.optimiser.save_total_limit)


def restore(trainer: Trainer) -> TrainState:
    """Everything back to the newest checkpoint; a fresh state when there is none. Invalid when it cannot be continued."""
    trainer.model.train()
    processes = trainer.model.processes
    start = trainer.start or processes.from_first(lambda: find_checkpoint(trainer.folder, trainer.origin))
    checkpoint = start.checkpoint
    if checkpoint is None:
        torch.manual_seed(trainer.recipe.seed + processes.number)
        return TrainState(refused_checkpoints=start.refused)
    try:
        state = restore_from(trainer, checkpoint)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise Invalid(
            f"checkpoint {checkpoint.step} in {trainer.folder} cannot be continued ({one_line(error)}): tune again with a"
            " new run"
        ) from error
    state.refused_checkpoints = [*state.refused_checkpoints, *start.refused]
    return state


def restore_from(trainer: Trainer, checkpoint: Checkpoint) -> TrainState:
    """What an older version of Circletake did not keep is left as it is."""
    saved = checkpoint.state
    trainer.model.load_adapter(checkpoint.tensors["adapter"])
    restore_average(trainer.model, trainer.average, checkpoint.tensors.get("average", {}), checkpoint.step)
    restore_optimizer(trainer.optimizer, checkpoint.tensors["optimizer"], saved["rates"])
    trainer.scheduler.load_state_dict(saved["scheduler"])
    number = trainer.model.processes.number
    restore_random(random_of(number, checkpoint.tensors["random"]), trainer.recipe.seed + number)
    if "watch" in saved:
        trainer.watch.restore(saved["watch"])
    kept = {name: saved[name] for name in ("seconds", "best", "stale", "log")}
    refused = saved.get("refused_checkpoints", [])
    return TrainState(
        checkpoint.step, best_adapter=checkpoint.tensors.get("best", {}), refused_checkpoints=refused, **kept
    )
