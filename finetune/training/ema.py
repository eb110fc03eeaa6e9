"""An exponential moving average of the adapter's weights, which smooths the noise of the last steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from diffusers.training_utils import EMAModel

from finetune.tunable_model import TunableModel


def make_average(model: TunableModel, decay: float) -> EMAModel | None:
    """diffusers' EMAModel over the adapter, or None with decay 0.

    It begins as the weights after the first step, and at step n keeps min(decay, n / (9 + n)) of itself: a run of a
    hundred steps is not held back by an adapter that changes nothing yet.
    """
    return EMAModel(model.trainable.values(), decay=decay) if decay else None


@contextmanager
def averaged(model: TunableModel, average: EMAModel | None) -> Iterator[None]:
    """The average in the adapter's place; the adapter comes back bit for bit."""
    if average is None:
        yield
        return
    weights = list(model.trainable.values())
    average.store(weights)
    average.copy_to(weights)
    try:
        yield
    finally:
        average.restore(weights)


def average_tensors(model: TunableModel, average: EMAModel | None) -> dict[str, torch.Tensor]:
    """The average by the parameters' names, for a checkpoint; empty without one."""
    return {} if average is None else dict(zip(model.trainable, average.shadow_params, strict=True))


def restore_average(model: TunableModel, average: EMAModel | None, tensors: dict[str, torch.Tensor], step: int) -> None:
    """Puts back what `average_tensors` gave after `step` steps."""
    if average is not None:
        for name, shadow in zip(model.trainable, average.shadow_params, strict=True):
            shadow.copy_(tensors[name])
        average.optimization_step = step
