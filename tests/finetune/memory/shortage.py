"""Stand-ins for a machine with little memory: networks that really raise when more than so many items come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def raise_above(most: int, network: torch.nn.Module, unless: Callable[[], bool] = lambda: False) -> list[int]:
    """A network that runs out of memory with more than `most` items at a time; returns how many came, as they come."""
    seen: list[int] = []

    def check(module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        items = next(len(each) for each in (*args, *kwargs.values()) if isinstance(each, torch.Tensor))
        seen.append(items)
        if items > most and not unless():
            raise torch.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {items} GiB")

    network.register_forward_pre_hook(check, with_kwargs=True)
    return seen
