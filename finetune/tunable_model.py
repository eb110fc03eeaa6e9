"""The network being tuned: production or its base as it is, frozen, with one new adapter on its first denoiser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer

from feedback import versions
from feedback.errors import Invalid, Refused
from feedback.studio import Studio
from finetune.data.examples import digest
from finetune.recipe import Recipe
from generation.families import Family
from generation.limits import Limits
from generation.loading import load_parts

NAME = "tuned"
ADAPTABLE = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.Embedding)


@dataclass(frozen=True)
class Policy:
    """A denoiser with a trainable adapter called `tuned`; with the adapter off it is the reference."""

    pipe: Any
    family: Family
    denoiser: torch.nn.Module
    low: float  # noise levels that this denoiser is used for
    high: float
    config: LoraConfig
    accelerator: Accelerator
    base: str
    base_sha256: str
    adapters: tuple[dict[str, Any], ...]  # those the new one is put on top of, part of the reference
    dtype: torch.dtype
    limits: Limits  # of the base: what it can draw

    @property
    def device(self) -> torch.device:
        return self.accelerator.device

    @property
    def sha256(self) -> str:
        """Of the reference: base, adapters, number format."""
        return digest(self.base_sha256, json.dumps(self.adapters, sort_keys=True), str(self.dtype))

    @property
    def trainable(self) -> dict[str, torch.nn.Parameter]:
        return {name: weight for name, weight in self.denoiser.named_parameters() if weight.requires_grad}

    @property
    def lora_layers(self) -> list[LoraLayer]:
        return [module for module in self.denoiser.modules() if isinstance(module, LoraLayer)]

    def autocast(self) -> AbstractContextManager[None]:
        return self.accelerator.autocast()

    @contextmanager
    def reference(self) -> Iterator[None]:
        """The adapter off."""
        for layer in self.lora_layers:
            layer.enable_adapters(False)
        try:
            yield
        finally:
            for layer in self.lora_layers:
                layer.enable_adapters(True)

    @contextmanager
    def strength(self, strength: float) -> Iterator[None]:
        """The adapter's effect multiplied by strength."""
        before = [layer.scaling[NAME] for layer in self.lora_layers]
        for layer, scale in zip(self.lora_layers, before, strict=True):
            layer.scaling[NAME] = scale * strength
        try:
            yield
        finally:
            for layer, scale in zip(self.lora_layers, before, strict=True):
                layer.scaling[NAME] = scale

    def adapter_state(self) -> dict[str, torch.Tensor]:
        """The adapter's weights, copied to memory."""
        state = get_peft_model_state_dict(self.denoiser, adapter_name=NAME)
        return {name: weight.detach().cpu().clone().contiguous() for name, weight in sorted(state.items())}

    def load_adapter(self, state: dict[str, torch.Tensor]) -> None:
        set_peft_model_state_dict(self.denoiser, state, adapter_name=NAME)


def load_policy(studio: Studio, version: str, recipe: Recipe) -> Policy:
    """Loads a version afresh (nothing else may use its network), bakes in its adapters and adds a new one.

    With the recipe's start at "base", what earlier runs made of the version is left out.
    """
    accelerator = Accelerator(mixed_precision=recipe.mixed_precision)
    if accelerator.num_processes > 1:
        raise Refused(f"tuning runs in one process, not {accelerator.num_processes}: start it without a launcher")
    row = versions.get_version(studio, version)
    adapters = versions.foundation(studio, version) if recipe.start == "base" else row["adapters"]
    loaded = load_parts(studio.folder, version, row["base"], tuple(adapters))
    network = loaded.family.denoisers_of(loaded.pipe)[0]
    bake_adapters(network.module)
    dtype = loaded.dtype
    config = add_adapter(network.module, loaded.family, recipe)
    loaded.pipe.to(accelerator.device)
    return Policy(
        loaded.pipe,
        loaded.family,
        network.module,
        network.low,
        network.high,
        config,
        accelerator,
        loaded.base,
        loaded.base_sha256,
        loaded.adapters,
        dtype,
        loaded.limits,
    )


def add_adapter(denoiser: torch.nn.Module, family: Family, recipe: Recipe) -> LoraConfig:
    """A fresh LoRA that changes nothing yet; its weights are 32 bits and the only ones that train."""
    config = LoraConfig(
        r=recipe.lora_r,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=lora_targets(denoiser, family, recipe),
    )
    torch.manual_seed(recipe.seed)
    inject_adapter_in_model(config, denoiser, adapter_name=NAME)
    for name, weight in denoiser.named_parameters():
        ours = "lora_" in name
        weight.requires_grad_(ours)
        if ours:
            weight.data = weight.data.float()
    return config


def lora_targets(denoiser: torch.nn.Module, family: Family, recipe: Recipe) -> list[str]:
    """Endings of module names, the recipe's or the family's; Invalid names one of the recipe's that fits no layer."""
    for target in recipe.lora_targets or ():
        fitting = [module for name, module in denoiser.named_modules() if f".{name}".endswith(f".{target}")]
        if not fitting or not all(isinstance(module, ADAPTABLE) for module in fitting):
            known = ", ".join(adaptable_endings(denoiser))
            raise Invalid(f"lora_targets: {target!r} is not the end of a layer's name; those are {known}")
    return list(recipe.lora_targets or family.lora_targets)


def adaptable_endings(denoiser: torch.nn.Module) -> list[str]:
    """Last parts of the names of layers that can have an adapter, those of numbered ones with the part before."""
    names = [name for name, module in denoiser.named_modules() if isinstance(module, ADAPTABLE)]
    return sorted({re.search(r"[^.]+(\.\d+)*$", name)[0] for name in names})  # type: ignore[index]


def bake_adapters(denoiser: torch.nn.Module) -> None:
    """Replaces every merged LoRA layer by the plain layer under it, which holds the sum: peft skips new adapters on
    layers that are merged."""
    wrapped = [(name, module) for name, module in denoiser.named_modules() if isinstance(module, LoraLayer)]
    for name, module in wrapped:
        parent, _, child = name.rpartition(".")
        setattr(denoiser.get_submodule(parent), child, module.get_base_layer())
    denoiser.requires_grad_(False)
    if hasattr(denoiser, "peft_config"):
        del denoiser.peft_config
