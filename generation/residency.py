"""Constants on the device that computes with them, sent there once: every copy from the processor waits for the device."""

from __future__ import annotations

import torch
from torch.utils.weak import WeakIdKeyDictionary

_copies: WeakIdKeyDictionary = WeakIdKeyDictionary()  # constant -> {device: its copy}


def resident(constant: torch.Tensor, device: torch.device) -> torch.Tensor:
    """The same tensor on the device; nobody may change either afterwards."""
    if constant.device == device:
        return constant
    copies = _copies.setdefault(constant, {})
    if device not in copies:
        copies[device] = constant.to(device)
    return copies[device]
