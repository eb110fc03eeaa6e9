"""Operations that wait for the device, seen on torch's meta device, where numbers cannot be read at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

META = torch.device("meta")
READS = ("_local_scalar_dense", "nonzero", "masked_select", "aten.equal", "is_nonzero", "_unique")


class Waits(TorchDispatchMode):
    """Notes every operation that waits for the device."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs, name = dict(kwargs or {}), str(func)
        tensors = [each for each in args if isinstance(each, torch.Tensor)]
        if (any(word in name for word in READS) or chooses(name, args)) and tensors[0].device == META:
            self.seen.append(name)
        if name.startswith(("aten._to_copy", "aten.copy_")) and waits(tensors, args, kwargs):
            self.seen.append(f"{name} from {tensors[-1].device}")
        return func(*args, **kwargs)


def chooses(name: str, args: tuple[Any, ...]) -> bool:
    """Whether it takes the elements where a mask is true, whose number has to be known."""
    indices = args[1] if name.startswith("aten.index.Tensor") else ()
    return any(each is not None and each.dtype == torch.bool for each in indices)


def waits(tensors: list[torch.Tensor], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether it is a copy between devices whose end somebody waits for."""
    target = tensors[0].device if len(tensors) > 1 else torch.device(kwargs.get("device") or tensors[0].device)
    beside = kwargs.get("non_blocking") or (len(tensors) > 1 and args[2:3] == (True,))
    return target != tensors[-1].device and not beside
