"""Nothing inside a step waits for the device: tried on torch's meta device, on which there is nothing to wait for.

There a number cannot be read at all. A copy from the processor must be one that does not wait.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from feedback.store import Studio
from finetune.memory.few_bits import make_optimizer
from finetune.training.ema import make_average
from finetune.training.loop import Trainer, take_step
from finetune.training.watch import Watch
from tests.finetune.judged import prepared
from tests.waits import META, Waits

PAIRS, DRAWS = [0, 1, 2, 3], [0, 1, 2, 3]


class Nowhere:
    """An accelerator without a device."""

    device = META

    def autocast(self) -> AbstractContextManager[None]:
        return nullcontext()

    def backward(self, loss: torch.Tensor) -> None:
        loss.backward()

    def clip_grad_norm_(self, weights: Any, norm: float) -> torch.Tensor:
        return torch.nn.utils.clip_grad_norm_(list(weights), norm)


def on_meta(trainer: Trainer) -> Trainer:
    """The same trainer on the meta device."""
    trainer.model.networks["transformer"].to(META)
    object.__setattr__(trainer.model, "accelerator", Nowhere())
    trainer.model.memory.device = META
    weights = list(trainer.model.trainable.values())
    settings = trainer.recipe.optimiser
    optimizer = make_optimizer(weights, settings, trainer.recipe.memory)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    average, watch = make_average(trainer.model, settings.ema_decay), Watch(settings, weights)
    return replace(trainer, optimizer=optimizer, scheduler=scheduler, average=average, watch=watch)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "guided"},
        {"method": "dpo", "reference_weight": 1.0, "ema_decay": 0.9, "star_margin": 0.1},
        {"method": "kto", "micro_batch": 2},
        {"method": "mapo"},
        {"method": "sft"},
    ],
    ids=lambda changes: changes["method"],
)
def test_step_waits_for_nothing(studio: Studio, tmp_path: Path, changes: dict[str, Any]) -> None:
    trainer = prepared(studio, tmp_path / "c", **changes)
    take_step(trainer, PAIRS, DRAWS)  # memory is measured
    elsewhere = on_meta(trainer)
    take_step(elsewhere, PAIRS, DRAWS)  # constants are sent there, once
    with Waits() as waits:
        take_step(elsewhere, PAIRS, DRAWS, ([4, 5, 6], [0, 1, 2]))
        take_step(elsewhere, [4, 5, 6], [0, 1, 2])
    assert waits.seen == []
    elsewhere.cache.ahead.close()


def test_a_wait_is_seen() -> None:
    x = torch.ones(3, device=META)
    with Waits() as waits:
        torch.ones(3).to(META)
        torch.ones(3).to(META, non_blocking=True)
        torch.ones(2).sum().item()  # on the processor nobody waits
        with pytest.raises(RuntimeError):
            x.sum().item()
        with suppress(RuntimeError, NotImplementedError):
            x[x > 0]
    assert [name.split(".")[1].split()[0] for name in waits.seen] == ["_to_copy", "_local_scalar_dense", "index"]


@pytest.mark.gpu
@pytest.mark.parametrize("method", ["guided", "dpo"])
def test_step_on_a_gpu_waits_for_nothing(studio: Studio, tmp_path: Path, method: str) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    trainer = prepared(studio, tmp_path / "c", method=method)
    for _ in range(2):
        take_step(trainer, PAIRS, DRAWS)
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        take_step(trainer, PAIRS, DRAWS)
    finally:
        torch.cuda.set_sync_debug_mode("default")
