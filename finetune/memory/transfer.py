"""Tensors on their way to the device, without anybody waiting for what the device still computes."""

from __future__ import annotations

import torch


def pinned(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """In memory that a GPU reads by itself; as it is where there is no GPU to read it."""
    return tensor.pin_memory() if device.type == "cuda" and tensor.device.type == "cpu" else tensor


def sent(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """On the device. A plain copy from a processor's memory would wait until the device has done all that is queued."""
    return pinned(tensor, device).to(device, non_blocking=True)
