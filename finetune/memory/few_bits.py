"""Fewer bits: AdamW's state in 8, the frozen network's weights in 4. Both are bitsandbytes', and for GPUs only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import torch

from feedback.errors import Refused
from finetune.settings import MemorySettings, OptimiserSettings

MakeLinear = Callable[[torch.nn.Linear], torch.nn.Module]


def refuse_impossible(settings: MemorySettings) -> None:
    """Refused, in one line, for what this machine cannot do."""
    for name in ("optimiser_8bit", "base_4bit"):
        if not getattr(settings, name):
            continue
        if not torch.cuda.is_available():
            raise Refused(
                f"recipe field memory.{name}: bitsandbytes works on GPUs, and there is none here: set it to false"
            )
        if find_spec("bitsandbytes") is None:
            raise Refused(f"recipe field memory.{name} needs bitsandbytes: pip install 'circletake[gpu]'")


def bitsandbytes() -> ModuleType:
    import bitsandbytes  # only where it is asked for: no processor needs it

    return bitsandbytes


def make_optimizer(
    weights: Iterable[torch.nn.Parameter], settings: OptimiserSettings, memory: MemorySettings
) -> torch.optim.Optimizer:
    """AdamW, with its state in 32 bits or in 8."""
    make: Any = bitsandbytes().optim.AdamW8bit if memory.optimiser_8bit else torch.optim.AdamW
    return make(weights, lr=settings.learning_rate, weight_decay=settings.weight_decay)


def quantise(network: torch.nn.Module, make_linear: MakeLinear) -> None:
    """Puts what `make_linear` makes of them in the place of the network's plain linear layers.

    But for those that diffusers keeps in 32 bits, such as the embedding of times. For a network without adapters: one
    that is put on afterwards is made for 4 bits (peft asks `is_loaded_in_4bit`).
    """
    precise = tuple(getattr(network, "_keep_in_fp32_modules", None) or ())
    linears = [(name, layer) for name, layer in network.named_modules() if type(layer) is torch.nn.Linear]
    for name, layer in linears:
        if not any(part in name.split(".") for part in precise):
            parent, _, child = name.rpartition(".")
            setattr(network.get_submodule(parent), child, make_linear(layer))
    network.is_loaded_in_4bit = True  # type: ignore[assignment]


def linear_4bit(layer: torch.nn.Linear) -> torch.nn.Module:
    """The same layer in NF4, its scales quantised too (QLoRA, arXiv 2305.14314), on the device that the layer is on."""
    nn = bitsandbytes().nn
    options: dict[str, Any] = {"quant_type": "nf4", "compress_statistics": True}
    made = nn.Linear4bit(
        layer.in_features, layer.out_features, layer.bias is not None, compute_dtype=layer.weight.dtype, **options
    )
    made.weight = nn.Params4bit(layer.weight.data.cpu(), requires_grad=False, **options)
    made.bias = layer.bias
    return made.to(layer.weight.device)  # it is quantised as it gets there
