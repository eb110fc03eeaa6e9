"""The denoisers being tuned: production's or its base's, frozen, with one new adapter on each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from accelerate import Accelerator
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer

from feedback.errors import Invalid
from feedback.models import versions
from feedback.models.library_adapters import adapters_of_library
from feedback.store import Studio
from finetune.digests import digest
from finetune.memory.few_bits import linear_4bit, quantise
from finetune.memory.parts import Parts
from finetune.memory.plan import MemoryPlan, make_plan
from finetune.memory.sharding import must_shard, shard
from finetune.processes import Processes, join
from finetune.settings import LoraSettings, NoiseLevelSettings, Recipe
from generation.families.protocol import Denoiser, Family
from generation.models.adapter_files import Adapter as AdapterFile
from generation.models.adapter_files import read_registered
from generation.models.adapters import attach_adapter, lora_layers
from generation.models.limits import Limits
from generation.models.loading import Resident, load_parts
from generation.models.pinning import check_pinned

NAME = "tuned"
ADAPTABLE = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.Embedding)
Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class TunableModel:
    """A pipeline's denoisers with trainable adapters called `tuned`; with these off they are the reference.

    A library adapter that it stands on is part of the reference, and the only part that `without_library` turns off, too.
    """

    pipe: Any
    family: Family
    denoisers: tuple[Denoiser, ...]  # all of the pipeline's, the family's order
    tuned: tuple[Denoiser, ...]  # those of them that have an adapter
    accelerator: Accelerator
    base: str
    base_sha256: str
    adapters: tuple[versions.Adapter, ...]  # those the new one is put on top of, part of the reference
    dtype: torch.dtype
    limits: Limits  # of the base: the sizes that it can draw
    memory: MemoryPlan
    processes: Processes = field(default_factory=Processes)  # that tune it together

    @property
    def parts(self) -> Parts:
        """Where the pipeline's other networks are."""
        return self.memory.parts

    @property
    def device(self) -> torch.device:
        return self.accelerator.device

    @property
    def low(self) -> float:
        """Lowest noise level that a tuned denoiser is used for."""
        return min(denoiser.low for denoiser in self.tuned)

    @property
    def high(self) -> float:
        """Highest, likewise."""
        return max(denoiser.high for denoiser in self.tuned)

    @property
    def sha256(self) -> str:
        """Of the reference: base, adapters, number format."""
        formats = [str(self.dtype), *(["nf4"] if self.memory.settings.base_4bit else [])]
        return digest(self.base_sha256, json.dumps(self.adapters, sort_keys=True), *formats)

    @property
    def networks(self) -> dict[str, torch.nn.Module]:
        """By the pipeline's component."""
        return {denoiser.name: denoiser.module for denoiser in self.denoisers}

    @property
    def trainable(self) -> dict[str, torch.nn.Parameter]:
        return {
            f"{self.prefix(denoiser)}{name}": weight
            for denoiser in self.tuned
            for name, weight in denoiser.module.named_parameters()
            if weight.requires_grad
        }

    @property
    def lora_layers(self) -> list[LoraLayer]:
        """Those with an adapter that is tuned."""
        layers = [layer for denoiser in self.tuned for layer in lora_layers(denoiser.module)]
        return [layer for layer in layers if NAME in layer.scaling]

    @property
    def layers_with_library(self) -> list[LoraLayer]:
        layers = [layer for denoiser in self.denoisers for layer in lora_layers(denoiser.module)]
        return [layer for layer in layers if any(name != NAME for name in layer.scaling)]

    def prefix(self, denoiser: Denoiser) -> str:
        """Of the names of its weights: none where there is one denoiser, as in checkpoints of an older Circletake."""
        return f"{denoiser.name}." if len(self.denoisers) > 1 else ""

    def autocast(self) -> AbstractContextManager[None]:
        return self.accelerator.autocast()

    def train(self) -> None:
        """Dropout on, in what is tuned."""
        for denoiser in self.tuned:
            denoiser.module.train()

    def eval(self) -> None:
        for denoiser in self.denoisers:
            denoiser.module.eval()

    @contextmanager
    def reference(self) -> Iterator[None]:
        """What is tuned is off."""
        if self.layers_with_library:
            with self.at_strength(0.0):
                yield
        else:
            with turned_off(self.lora_layers):
                yield

    @contextmanager
    def without_library(self) -> Iterator[None]:
        """The reference without a library adapter, too: what the guards of quality compare with."""
        with turned_off([*self.lora_layers, *self.layers_with_library]):
            yield

    @contextmanager
    def at_strength(self, strength: float) -> Iterator[None]:
        """The adapters' effect multiplied by strength."""
        before = [layer.scaling[NAME] for layer in self.lora_layers]
        for layer, scale in zip(self.lora_layers, before, strict=True):
            layer.scaling[NAME] = scale * strength
        try:
            yield
        finally:
            for layer, scale in zip(self.lora_layers, before, strict=True):
                layer.scaling[NAME] = scale

    def adapter_state(self) -> Tensors:
        """The adapters' weights, copied to memory."""
        states = {self.prefix(each): get_peft_model_state_dict(each.module, adapter_name=NAME) for each in self.tuned}
        named = {f"{prefix}{name}": weight for prefix, state in states.items() for name, weight in state.items()}
        return {name: weight.detach().cpu().clone().contiguous() for name, weight in sorted(named.items())}

    def load_adapter(self, state: Tensors) -> None:
        """Puts back what `adapter_state` gave; ValueError names a weight that is of another adapter or missing."""
        for denoiser in self.tuned:
            prefix = self.prefix(denoiser)
            own = {name.removeprefix(prefix): weight for name, weight in state.items() if name.startswith(prefix)}
            expected = get_peft_model_state_dict(denoiser.module, adapter_name=NAME).keys()
            if own.keys() != expected:
                raise ValueError(f"{prefix}{min(own.keys() ^ expected)} is a weight of only one of the two adapters")
            set_peft_model_state_dict(denoiser.module, own, adapter_name=NAME)


@contextmanager
def turned_off(layers: Sequence[LoraLayer]) -> Iterator[None]:
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)
            freeze_under(layer)


def freeze_under(layer: LoraLayer) -> None:
    """What is not tuned: turning a layer on again makes all of its adapters trainable."""
    for parameter, values in layer.named_parameters():
        if "lora_" in parameter and f".{NAME}." not in parameter:
            values.requires_grad_(False)


def adapters_under(
    studio: Studio, version: str, recipe: Recipe, library: str | None
) -> tuple[list[versions.Adapter], list[versions.Adapter]]:
    """(adapters of the reference, those of them that were learned from the library).

    With data.start_from at "base", the adapters that earlier runs made are left out. `library`: the version whose library
    adapter is put on, unless production carries one already and is what is tuned.
    """
    if recipe.data.start_from == "base" or recipe.learns_from_library:
        start = versions.foundation(studio, version)
    else:
        start = versions.get_version(studio, version)["adapters"]
    own = [each for each in adapters_of_library(studio, version) if each in start]
    if own or library is None:
        return start, own
    added = adapters_of_library(studio, library)
    return [*start, *added], added


def load_tunable_model(studio: Studio, version: str, recipe: Recipe, library: str | None = None) -> TunableModel:
    """Loads a version afresh (nothing else may use its networks), its adapters in the weights, and adds new ones.

    `library`: as for `adapters_under`. Such an adapter stays beside the weights, so that it can be turned off.
    """
    processes = join()
    accelerator = Accelerator(mixed_precision=recipe.optimiser.mixed_precision)
    row = versions.get_version(studio, version)
    adapters, under = adapters_under(studio, version, recipe, library)
    if processes.is_first:
        check_pinned(studio, version)
    # Where each process may get a part only, nothing is on the device before that is known.
    resident: Resident = "denoisers" if processes.is_alone else "none"
    merged = tuple(each for each in adapters if each not in under)
    loaded = load_parts(studio.folder, version, row["base"], merged, resident)
    denoisers = loaded.family.denoisers_of(loaded.pipe)
    for denoiser in denoisers:
        denoiser.module.requires_grad_(False)
    tuned, dtype = denoisers_to_tune(denoisers, recipe.lora, recipe.noise_levels), loaded.dtype
    networks = [each.module for each in tuned]
    stack = [(read_registered(studio.folder / each["folder"], each["sha256"]), each["weight"]) for each in under]
    processes = replace(processes, in_step=must_shard(networks, recipe.memory, processes, accelerator.device))
    torch.manual_seed(recipe.seed)
    for network in networks:
        make_tunable(network, loaded.family, recipe)
    for number, (adapter, weight) in enumerate(stack):
        put_under({each.name: each.module for each in denoisers}, adapter, weight, f"library{number}")
    for network in networks:
        place(network, recipe, accelerator.device, processes)
    return TunableModel(
        loaded.pipe,
        loaded.family,
        tuple(denoisers),
        tuple(tuned),
        accelerator,
        loaded.base,
        loaded.base_sha256,
        tuple(adapters),
        dtype,
        loaded.limits,
        make_plan(loaded, networks, accelerator.device, recipe.memory, processes),
        processes,
    )


def make_tunable(network: torch.nn.Module, family: Family, recipe: Recipe) -> None:
    """Quantised if the recipe says so, with a fresh adapter."""
    if recipe.memory.base_4bit:
        quantise(network, linear_4bit)
    add_adapter(network, family, recipe.lora)


def put_under(networks: dict[str, torch.nn.Module], adapter: AdapterFile, weight: float, name: str) -> None:
    """A frozen adapter beside the weights, on wherever the tuned one is on or off."""
    attach_adapter(networks, adapter, weight, name=name)
    for network in networks.values():
        for layer in lora_layers(network):
            layer.set_adapter(list(layer.scaling))
            freeze_under(layer)


def place(network: torch.nn.Module, recipe: Recipe, device: torch.device, processes: Processes) -> None:
    """On its device: whole, or this process's part of it."""
    if processes.in_step:
        shard(network, device, processes)
    network.to(device)
    if recipe.memory.compile:
        network.compile()


def denoisers_to_tune(
    denoisers: Sequence[Denoiser], settings: LoraSettings, levels: NoiseLevelSettings
) -> list[Denoiser]:
    """Those that the recipe names, or else all that are used for any of its noise levels.

    Invalid, in one line, for one that this model does not have or that the recipe's noise levels never reach.
    """
    reached = [each for each in denoisers if max(each.low, levels.low) < min(each.high, levels.high)]
    if settings.denoisers is None:
        return reached
    for name in settings.denoisers:
        if name not in {each.name for each in denoisers}:
            known = ", ".join(each.name for each in denoisers)
            raise Invalid(f"recipe field lora.denoisers: {name!r} is no denoiser of this model, which has {known}")
        if name not in {each.name for each in reached}:
            low, high = next((each.low, each.high) for each in denoisers if each.name == name)
            raise Invalid(
                f"recipe field lora.denoisers: {name!r} is used at noise levels {low:g} to {high:g},"
                f" and noise_levels are {levels.low:g} to {levels.high:g}"
            )
    return [each for each in reached if each.name in settings.denoisers]


def add_adapter(network: torch.nn.Module, family: Family, settings: LoraSettings) -> None:
    """A fresh LoRA that changes nothing yet; its weights are 32 bits and the only ones that train."""
    config = LoraConfig(
        r=settings.r,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=target_modules(network, family, settings),
    )
    inject_adapter_in_model(config, network, adapter_name=NAME)
    for name, weight in network.named_parameters():
        is_adapter = f".{NAME}." in name
        weight.requires_grad_(is_adapter)
        if is_adapter:
            weight.data = weight.data.float()


def target_modules(network: torch.nn.Module, family: Family, settings: LoraSettings) -> list[str]:
    """Endings of module names, the recipe's or the family's; Invalid names one of the recipe's that fits no layer."""
    for target in settings.target_modules or ():
        fitting = [module for name, module in network.named_modules() if f".{name}".endswith(f".{target}")]
        if not fitting or not all(isinstance(module, ADAPTABLE) for module in fitting):
            known = ", ".join(adaptable_endings(network))
            raise Invalid(
                f"recipe field lora.target_modules: {target!r} is not the end of a layer's name; those are {known}"
            )
    return list(settings.target_modules or family.lora_targets)


def adaptable_endings(network: torch.nn.Module) -> list[str]:
    """Last parts of the names of layers that can have an adapter, those of numbered ones with the part before."""
    names = [name for name, module in network.named_modules() if isinstance(module, ADAPTABLE)]
    return sorted({re.search(r"[^.]+(\.\d+)*$", name)[0] for name in names})  # type: ignore[index]
