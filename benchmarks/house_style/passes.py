"""What a tuning run asks of the networks: passes through the denoiser, forward and back, and takes through the VAE.

Counted in items. Blocks of the denoiser count as the share of it that they are, since hidden states are read by half of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook


@dataclass
class Passes:
    forward: float = 0.0
    backward: float = 0.0
    encoded: int = 0
    decoded: int = 0
    share_of: dict[torch.nn.Module, float] = field(default_factory=dict)  # of a denoiser, by block

    def find_blocks(self, module: torch.nn.Module, inputs: Any) -> None:
        """Before a denoiser is used: what its blocks are."""
        blocks = getattr(module, "blocks", None)
        if isinstance(blocks, torch.nn.ModuleList):
            self.share_of |= dict.fromkeys(blocks, 1 / len(blocks))

    def count(self, module: torch.nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        if module in self.share_of:
            self.count_block(len(inputs[0]) * self.share_of[module], output)
        elif hasattr(module, "conv_in") and hasattr(module, "conv_out"):
            items, decodes = len(inputs[0]), "Decoder" in type(module).__name__
            self.decoded, self.encoded = self.decoded + items * decodes, self.encoded + items * (not decodes)

    def count_block(self, passes: float, output: torch.Tensor) -> None:
        self.forward += passes

        def count_backward(gradient: torch.Tensor) -> None:
            self.backward += passes

        if output.requires_grad:
            output.register_hook(count_backward)

    def described(self) -> dict[str, int]:
        names = ("forward", "backward", "encoded", "decoded")
        return {name: round(getattr(self, name)) for name in names}


@contextmanager
def counting_passes() -> Iterator[Passes]:
    passes = Passes()
    before, after = register_module_forward_pre_hook(passes.find_blocks), register_module_forward_hook(passes.count)
    try:
        yield passes
    finally:
        before.remove()
        after.remove()
