"""The training loop: one readable function over batches whose every number is fixed by the recipe and the snapshot.

Supports guided, dpo, kto, mapo and sft on one device, with the reference's errors read from the cache. Raises Stopped when it is
asked to stop, after writing a checkpoint; called again on the same folder it goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import EMAModel
from tqdm import tqdm

from finetune.data.batches import draws_of_epoch, order_of_epoch
from finetune.data.examples import Example
from finetune.data.latent_cache import Cache
from finetune.methods.evaluation import evaluate, evaluate_guided, is_better
from finetune.methods.guided.guidance import Steering
from finetune.methods.pairwise import guided_losses, pair_losses
from finetune.recipe import Recipe
from finetune.training.checkpoint import (
    load_checkpoint,
    optimizer_tensors,
    random_tensors,
    restore_optimizer,
    restore_random,
    save_checkpoint,
)
from finetune.training.ema import average_tensors, averaged, make_average, restore_average
from finetune.tunable_model import Policy

Beat = Callable[[float], None]
Stop = Callable[[], bool]


class Stopped(Exception):
    """The run was asked to stop; its work is on the disk."""


@dataclass
class Course:
    """How far a run is and what it found: all of it goes into the checkpoint."""

    step: int = 0
    seconds: float = 0.0  # of training, over all sittings
    best: dict[str, Any] | None = None  # evaluation of the best step and strength, with "step"
    best_adapter: dict[str, torch.Tensor] = field(default_factory=dict)
    stale: int = 0  # evaluations in a row without a better one
    log: list[dict[str, Any]] = field(default_factory=list)  # every evaluation, and the training losses at it

    def plain(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "best": self.best, "stale": self.stale, "log": self.log}


@dataclass
class Trainer:
    """The parts of a run that a step needs; no logic of its own."""

    policy: Policy
    cache: Cache
    recipe: Recipe
    beta: float
    train: Sequence[Example]
    heldout: Sequence[Example]
    folder: Path  # of the checkpoints
    optimizer: torch.optim.Optimizer
    scheduler: torch.optim.lr_scheduler.LRScheduler
    average: EMAModel | None  # of the adapter's weights, with ema_decay
    steering: Steering | None = None  # of method guided


def make_trainer(
    policy: Policy,
    cache: Cache,
    recipe: Recipe,
    beta: float,
    train: Sequence[Example],
    heldout: Sequence[Example],
    folder: Path,
    steering: Steering | None = None,
) -> Trainer:
    optimizer = torch.optim.AdamW(policy.trainable.values(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_at(step, recipe))
    average = make_average(policy, recipe.ema_decay)
    return Trainer(policy, cache, recipe, beta, train, heldout, folder, optimizer, scheduler, average, steering)


def rate_at(step: int, recipe: Recipe) -> float:
    """The learning rate of a step, as a share of its peak."""
    rising = (step + 1) / (recipe.warmup_steps + 1)
    if rising < 1 or recipe.lr_scheduler_type == "constant":
        return min(1.0, rising)
    return (1 + cos(pi * (step - recipe.warmup_steps) / max(1, recipe.max_steps - recipe.warmup_steps))) / 2


def run_training(trainer: Trainer, beat: Beat, stop: Stop, quiet: bool = False) -> Course:
    """Trains from the newest checkpoint, or from the start, to the last step; returns what held-out pairs chose."""
    recipe = trainer.recipe
    course, began = restore(trainer), time.monotonic()
    batches = BatchOrder(trainer)
    with tqdm(total=recipe.max_steps, initial=course.step, desc="tune", unit="step", disable=quiet) as bar:
        while course.step < recipe.max_steps and course.stale < recipe.early_stopping_patience:
            parts = take_step(trainer, *batches.at(course.step))
            course.step += 1
            bar.update()
            bar.set_postfix({name: f"{value:.4f}" for name, value in parts.items()})
            last = course.step == recipe.max_steps
            if last or course.step % recipe.eval_steps == 0:
                judge(trainer, course, parts)
            asked = stop()
            if asked or last or course.step % recipe.save_steps == 0:
                course.seconds, began = course.seconds + time.monotonic() - began, time.monotonic()
                save(trainer, course)
            if asked:
                raise Stopped
            beat(course.step / recipe.max_steps)
    return course


class BatchOrder:
    """Which pairs and draws make up each step; a function of the step, so that there is nothing to restore."""

    def __init__(self, trainer: Trainer) -> None:
        recipe = trainer.recipe
        self.seed, self.draws, self.count = recipe.seed, recipe.noise_draws, len(trainer.train)
        self.size = recipe.per_device_train_batch_size * recipe.gradient_accumulation_steps
        self.shapes = [str(tuple(trainer.cache.latent(example.left).shape)) for example in trainer.train]
        self.per_epoch = len(order_of_epoch(self.shapes, self.size, self.seed, 0))

    def at(self, step: int) -> tuple[list[int], list[int]]:
        """(indices of pairs, their draws)."""
        epoch, batch = divmod(step, self.per_epoch)
        pairs = order_of_epoch(self.shapes, self.size, self.seed, epoch)[batch]
        draws = draws_of_epoch(self.count, self.draws, self.seed, epoch)
        return pairs, [draws[index] for index in pairs]


def take_step(trainer: Trainer, pairs: list[int], draws: list[int]) -> dict[str, float]:
    """One optimizer step; returns the mean of each part of the loss, before weights."""
    recipe, policy = trainer.recipe, trainer.policy
    trainer.optimizer.zero_grad(set_to_none=True)
    size = recipe.per_device_train_batch_size
    totals: dict[str, float] = {}
    for start in range(0, len(pairs), size):
        examples = [trainer.train[index] for index in pairs[start : start + size]]
        some = draws[start : start + size]
        loss, parts = losses_of_step(trainer, examples, some)
        policy.accelerator.backward(loss.sum() / len(pairs))
        for name, value in parts.items():
            totals[name] = totals.get(name, 0.0) + float(value.detach().sum()) / len(pairs)
    policy.accelerator.clip_grad_norm_(policy.trainable.values(), recipe.max_grad_norm)
    trainer.optimizer.step()
    trainer.scheduler.step()
    if trainer.average is not None:
        trainer.average.step(policy.trainable.values())
    return totals


def losses_of_step(
    trainer: Trainer, examples: Sequence[Example], draws: Sequence[int]
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """(weighted loss, its parts before weights), each [B]."""
    policy, cache, recipe = trainer.policy, trainer.cache, trainer.recipe
    if trainer.steering is not None:
        return guided_losses(policy, cache, trainer.steering, recipe, examples, draws)
    return pair_losses(policy, cache, recipe, trainer.beta, examples, draws)


def judge(trainer: Trainer, course: Course, parts: dict[str, float]) -> None:
    """Evaluates every strength on the held-out pairs and keeps the adapter if one is the best so far."""
    trainer.policy.denoiser.eval()
    with averaged(trainer.policy, trainer.average):
        better = [judge_strength(trainer, course, parts, strength) for strength in trainer.recipe.strengths]
        if any(better):
            course.best_adapter = trainer.policy.adapter_state()
    trainer.policy.denoiser.train()
    course.stale = 0 if any(better) else course.stale + 1


def judge_strength(trainer: Trainer, course: Course, parts: dict[str, float], strength: float) -> bool:
    """Whether this strength is the best so far."""
    result = {"step": course.step, **evaluate_course(trainer, strength)}
    course.log.append({**result, "train": parts})
    better = is_better(result, course.best, trainer.recipe)
    if better:
        course.best = result
    return better


def evaluate_course(trainer: Trainer, strength: float) -> dict[str, Any]:
    policy, cache, recipe = trainer.policy, trainer.cache, trainer.recipe
    if trainer.steering is not None:
        return evaluate_guided(policy, cache, trainer.heldout, recipe, trainer.steering, strength)
    return evaluate(policy, cache, trainer.heldout, recipe, trainer.beta, strength)


def save(trainer: Trainer, course: Course) -> None:
    tensors = {
        "adapter": trainer.policy.adapter_state(),
        "best": course.best_adapter,
        "average": average_tensors(trainer.policy, trainer.average),
        "optimizer": optimizer_tensors(trainer.optimizer),
        "random": random_tensors(),
    }
    rates = [group["lr"] for group in trainer.optimizer.param_groups]
    state = {**course.plain(), "batch": course.step, "rates": rates, "scheduler": trainer.scheduler.state_dict()}
    save_checkpoint(trainer.folder, course.step, tensors, state, trainer.recipe.save_total_limit)


def restore(trainer: Trainer) -> Course:
    """Everything back to the newest checkpoint; a fresh course when there is none."""
    trainer.policy.denoiser.train()
    found = load_checkpoint(trainer.folder)
    if found is None:
        torch.manual_seed(trainer.recipe.seed)
        return Course()
    trainer.policy.load_adapter(found.tensors["adapter"])
    restore_average(trainer.policy, trainer.average, found.tensors.get("average", {}), found.step)
    restore_optimizer(trainer.optimizer, found.tensors["optimizer"], found.state["rates"])
    trainer.scheduler.load_state_dict(found.state["scheduler"])
    restore_random(found.tensors["random"])
    kept = {name: found.state[name] for name in ("seconds", "best", "stale", "log")}
    return Course(step=found.step, best_adapter=found.tensors.get("best", {}), **kept)
