"""How the starter's training computes: short floats and plain products where the processor is fast at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

FEW_TOKENS = 128
PLAIN, ANY = [SDPBackend.MATH], [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]


@contextmanager
def quick_arithmetic(tokens: int) -> Iterator[None]:
    """Within this block matrices are multiplied in bfloat16 where the processor has tiles for it (AMX).

    Attention among few tokens is done by plain products there: torch's fused kernel for processors took a quarter of a
    step of stills, of 64 tokens each. Among the 1088 of a clip it is the other way round: plain products took more than
    half. Sums, norms and weights stay float32.

    torch's cache of compiled graphs does not know which attention a graph was made with: after a change here remove it
    (TORCHINDUCTOR_CACHE_DIR), or steps may be several times as slow as they could be.
    """
    if not torch.cpu.get_capabilities().get("amx_bf16", False):
        yield
        return
    with sdpa_kernel(PLAIN if tokens <= FEW_TOKENS else ANY), torch.autocast("cpu", torch.bfloat16):
        yield
