"""The network being tuned: production or its base, frozen, with one new adapter on its first denoiser."""

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

from feedback.errors import Invalid, Refused
from feedback.models import versions
from feedback.store import Studio
from finetune.digests import digest
from finetune.memory.few_bits import linear_4bit, quantise
from finetune.memory.parts import Parts
from finetune.memory.plan import MemoryPlan, make_plan
from finetune.settings import LoraSettings, Recipe
from generation.families.protocol import Family
from generation.models.limits import Limits
from generation.models.loading import load_parts

NAME = "tuned"
ADAPTABLE = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.Embedding)


@dataclass(frozen=True)
class TunableModel:
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
    adapters: tuple[versions.Adapter, ...]  # those the new one is put on top of, part of the reference
    dtype: torch.dtype
    limits: Limits  # of the base: the sizes that it can draw
    memory: MemoryPlan

    @property
    def networks(self) -> list[torch.nn.Module]:
        """Every network that is trained."""
        return [self.denoiser]

    @property
    def parts(self) -> Parts:
        """Where the pipeline's other networks are."""
        return self.memory.parts

    @property
    def device(self) -> torch.device:
        return self.accelerator.device

    @property
    def sha256(self) -> str:
        """Of the reference: base, adapters, number format."""
        formats = [str(self.dtype), *(["nf4"] if self.memory.settings.base_4bit else [])]
        return digest(self.base_sha256, json.dumps(self.adapters, sort_keys=True), *formats)

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
    def at_strength(self, strength: float) -> Iterator[None]:
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


def load_tunable_model(studio: Studio, version: str, recipe: Recipe) -> TunableModel:
    """Loads a version afresh (nothing else may use its network), bakes in its adapters and adds a new one.

    With data.start_from at "base", the adapters that earlier runs made are left out.
    """
    accelerator = Accelerator(mixed_precision=recipe.optimiser.mixed_precision)
    if accelerator.num_processes > 1:
        raise Refused(f"tuning runs in one process, not {accelerator.num_processes}: start it without a launcher")
    row = versions.get_version(studio, version)
    adapters = versions.foundation(studio, version) if recipe.data.start_from == "base" else row["adapters"]
    loaded = load_parts(studio.folder, version, row["base"], tuple(adapters), denoisers_only=True)
    network = loaded.family.denoisers_of(loaded.pipe)[0]
    bake_adapters(network.module)
    dtype = loaded.dtype
    if recipe.memory.base_4bit:
        quantise(network.module, linear_4bit)
    config = add_adapter(network.module, loaded.family, recipe.lora, recipe.seed)
    network.module.to(accelerator.device)
    if recipe.memory.compile:
        network.module.compile()
    return TunableModel(
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
        make_plan(loaded, [network.module], accelerator.device, recipe.memory),
    )


def add_adapter(denoiser: torch.nn.Module, family: Family, settings: LoraSettings, seed: int) -> LoraConfig:
    """A fresh LoRA that changes nothing yet; its weights are 32 bits and the only ones that train."""
    config = LoraConfig(
        r=settings.r,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=target_modules(denoiser, family, settings),
    )
    torch.manual_seed(seed)
    inject_adapter_in_model(config, denoiser, adapter_name=NAME)
    for name, weight in denoiser.named_parameters():
        is_adapter = "lora_" in name
        weight.requires_grad_(is_adapter)
        if is_adapter:
            weight.data = weight.data.float()
    return config


def target_modules(denoiser: torch.nn.Module, family: Family, settings: LoraSettings) -> list[str]:
    """Endings of module names, the recipe's or the family's; Invalid names one of the recipe's that fits no layer."""
    for target in settings.target_modules or ():
        fitting = [module for name, module in denoiser.named_modules() if f".{name}".endswith(f".{target}")]
        if not fitting or not all(isinstance(module, ADAPTABLE) for module in fitting):
            known = ", ".join(adaptable_endings(denoiser))
            raise Invalid(
                f"recipe field lora.target_modules: {target!r} is not the end of a layer's name; those are {known}"
            )
    return list(settings.target_modules or family.lora_targets)


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
