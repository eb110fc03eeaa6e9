"""What the processes of a `Team` do, each of them; and the same alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import torch

from feedback.errors import Interrupted
from feedback.store import Studio
from finetune.errors import ProcessLost
from finetune.jobs import tune as job
from finetune.memory.sharding import held_bytes
from finetune.processes import join
from finetune.recipe import recipe_from
from finetune.training import loop
from finetune.training.loop import take_step
from tests.finetune.judged import prepared

Result = dict[str, Any]


def measure_gradients(studio: str, out: str, recipes: dict[str, dict[str, Any]], counts: list[int]) -> None:
    """Of steps of so many pairs, for each recipe; into a file of each process."""
    results = {name: gradients_of(Path(studio), changes, counts) for name, changes in recipes.items()}
    torch.save(results, Path(out) / f"{join().number}.pt")


def gradients_of(folder: Path, changes: dict[str, Any], counts: list[int]) -> Result:
    studio = Studio.open(folder)
    trainer = prepared(studio, folder / "checkpoints", **changes)
    held = sum(held_bytes(network) for network in trainer.model.networks.values())
    trainer.model.train()
    steps = []
    for count in counts:
        unlike_zero(trainer.model.trainable)
        parts = take_step(trainer, list(range(count)), [number % 4 for number in range(count)])
        gradients = {name: weight.grad.clone() for name, weight in trainer.model.trainable.items()}  # type: ignore[union-attr]
        steps.append(gradients | {name: value.float() for name, value in parts.items()})
    trainer.model.eval()
    evaluation = trainer.method.evaluate(1.0)
    studio.close()
    return {"steps": steps, "held": held, "evaluation": evaluation}


def unlike_zero(weights: dict[str, torch.nn.Parameter]) -> None:
    """An adapter that changes something, the same each time: B begins at zero, where many a loss agrees."""
    chance = torch.Generator().manual_seed(5)
    for weight in weights.values():
        weight.data = 0.1 * torch.randn(weight.shape, generator=chance)


def tune(studio: str, recipe: dict[str, Any], die_at: int | None = None, stop_at: int | None = None) -> None:
    """A whole run. `die_at`: the step at which the second process kills itself; `stop_at`: at which it gets SIGTERM."""
    processes = join()
    if not processes.is_first:
        at_step(die_at, signal.SIGKILL)
        at_step(stop_at, signal.SIGTERM)
        try:
            job.take_part(Path(studio))
        except (ProcessLost, Interrupted):
            os._exit(1)
        return
    with processes.dismissing_others():
        opened = Studio.open(studio)
        try:
            job.tune(opened, recipe_from(recipe), progress=False)
        except Interrupted as reason:
            (Path(studio) / "interrupted").write_text(str(reason))
            os._exit(1)


def at_step(number: int | None, sent: signal.Signals) -> None:
    if number is None:
        return
    take, taken = loop.take_step, [0]

    def take_and_send(*given: Any) -> Any:
        taken[0] += 1
        if taken[0] == number:
            os.kill(os.getpid(), sent)
        return take(*given)

    loop.take_step = take_and_send
