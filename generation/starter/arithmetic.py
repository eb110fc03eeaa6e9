"""How the starter's training computes: short floats and plain products where the processor is fast at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel


@contextmanager
def quick_arithmetic() -> Iterator[None]:
    """Within this block matrices are multiplied in bfloat16 where the processor has tiles for it (AMX).

    Attention is done by plain products there: over some hundred tokens the backward pass of torch's fused kernel for
    processors took a quarter of a training step. Sums, norms and weights stay float32.
    """
    if not torch.cpu.get_capabilities().get("amx_bf16", False):
        yield
        return
    with sdpa_kernel(SDPBackend.MATH), torch.autocast("cpu", torch.bfloat16):
        yield
