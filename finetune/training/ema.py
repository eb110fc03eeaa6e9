"""A moving average of the adapter's weights, which forgets the zigzag of the last steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from diffusers.training_utils import EMAModel

from finetune.tunable_model import Policy


def make_average(policy: Policy, decay: float) -> EMAModel | None:
    """diffusers' EMAModel over the adapter, or None with decay 0.

    It begins as the weights after the first step, and at step n keeps min(decay, n / (9 + n)) of itself: a run of a
    hundred steps is not held back by an adapter that does nothing yet.
    """
    return EMAModel(policy.trainable.values(), decay=decay) if decay else None


@contextmanager
def averaged(policy: Policy, average: EMAModel | None) -> Iterator[None]:
    """The average in the adapter's place; the adapter comes back bit for bit."""
    if average is None:
        yield
        return
    weights = list(policy.trainable.values())
    average.store(weights)
    average.copy_to(weights)
    try:
        yield
    finally:
        average.restore(weights)


def average_tensors(policy: Policy, average: EMAModel | None) -> dict[str, torch.Tensor]:
    """The average by the parameters' names, for a checkpoint; empty without one."""
    return {} if average is None else dict(zip(policy.trainable, average.shadow_params, strict=True))


def restore_average(policy: Policy, average: EMAModel | None, tensors: dict[str, torch.Tensor], step: int) -> None:
    """Puts back what `average_tensors` gave after `step` steps."""
    if average is not None:
        for name, shadow in zip(policy.trainable, average.shadow_params, strict=True):
            shadow.copy_(tensors[name])
        average.optimization_step = step
