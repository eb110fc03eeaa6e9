"""What the pipelines call after each step, as a share done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from generation.families.protocol import OnProgress


def share_after_step(on_progress: OnProgress) -> Callable[..., dict[str, Any]]:
    """A `callback_on_step_end`. Some samplers take more steps than the request has: the share is of those."""

    def after_step(pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        on_progress((step + 1) / pipe.num_timesteps)
        return tensors

    return after_step
