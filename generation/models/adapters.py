"""LoRA adapters on the denoisers of a pipeline: put on, merged into the weights, taken off, compared with their file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer

from feedback.durable_files import whole_folder
from feedback.errors import Invalid, Refused, one_line
from generation.low_rank import Changes, LowRank
from generation.models.adapter_files import FIRST, WEIGHTS, Adapter, Part, read_adapter, write_adapter

EXPORTED = "exported"  # what an adapter is called on a network that is there to be looked at
Networks = Mapping[str, torch.nn.Module]
"""By the pipeline's component, its first denoiser first."""
Stack = tuple[tuple[Adapter, float], ...]
"""Adapters in the order in which they are added, each with the weight of its effect."""
Originals = list[tuple[torch.nn.Parameter, torch.Tensor]]


def save_adapter(networks: Networks, folder: Path | str, strength: float = 1.0, *, name: str = "default") -> str:
    """Writes the adapter called `name` of these denoisers to `folder`, at this strength; returns the file's sha256.

    Networks without such an adapter are left out. The file is read again and compared with the networks before the
    folder has its name: Refused names the first tensor that differs.
    """
    tuned = {component: network for component, network in networks.items() if name in configs_of(network)}
    parts = {component: part_of(network, strength, name) for component, network in tuned.items()}
    with whole_folder(Path(folder)) as partial:
        write_adapter(partial / WEIGHTS, parts)
        written = read_adapter(partial)
        compare_with_file(tuned, replace(written, path=Path(folder) / WEIGHTS), strength, name)
    return written.sha256


def configs_of(network: torch.nn.Module) -> dict[str, LoraConfig]:
    return getattr(network, "peft_config", {})


def part_of(network: torch.nn.Module, strength: float, name: str) -> Part:
    """The adapter's weights as they are, and its settings at this strength."""
    config = copy(configs_of(network)[name])
    config.lora_alpha = config.lora_alpha * strength
    config.alpha_pattern = {module: alpha * strength for module, alpha in (config.alpha_pattern or {}).items()}
    return Part(config, get_peft_model_state_dict(network, adapter_name=name))


def compare_with_file(networks: Networks, adapter: Adapter, strength: float, name: str) -> None:
    """Refused, naming the tensor, unless the file puts these very weights at this scale on a fresh copy of each network."""
    if adapter.parts.keys() != networks.keys():
        raise Refused(f"adapter file {adapter.path} holds other denoisers than were trained: it was not registered")
    for component, network in networks.items():
        part, fresh = adapter.parts[component], weightless_copy(network)
        put_on(fresh, part, adapter.path, name, low_cpu_mem_usage=True)
        trained, scales = get_peft_model_state_dict(network, adapter_name=name), scales_of(fresh, name)
        for key, weight in trained.items():
            if key not in part.weights or not torch.equal(part.weights[key], weight.detach().cpu()):
                raise Refused(f"adapter file {adapter.path}: {component}.{key} is not what was trained; tune again")
        for module, scale in scales_of(network, name).items():
            if abs(scales[module] - scale * strength) > 1e-9 * abs(scale * strength):
                raise Refused(
                    f"adapter file {adapter.path}: the scale of {component}.{module} is not {scale * strength:g}"
                )


def weightless_copy(network: torch.nn.Module) -> torch.nn.Module:
    """The network as its configuration describes it: the same layers, and no memory for weights."""
    with torch.device("meta"):
        return type(network).from_config(network.config)  # type: ignore[attr-defined]


def scales_of(network: torch.nn.Module, name: str) -> dict[str, float]:
    """What each adapted layer's product of the adapter's weights is multiplied with."""
    return {module: layer.scaling[name] for module, layer in named_lora_layers(network) if name in layer.scaling}


def attach_adapter(networks: Networks, adapter: Adapter, weight: float = 1.0, *, name: str = "default") -> None:
    """Puts an adapter on these networks, in place, its effect multiplied by `weight`.

    Invalid, naming the file, when its weights do not fit these networks. `name` tells several adapters of one network
    apart.
    """
    for component, part in adapter.parts.items():
        network = networks[name_of_component(networks, component, adapter.path)]
        put_on(network, part, adapter.path, name)
        for layer in lora_layers(network):
            if name in layer.scaling:
                layer.scaling[name] *= weight


def name_of_component(networks: Networks, component: str, path: Path) -> str:
    """The network that a part of the adapter in `path` is for; Invalid when there is none."""
    if component == FIRST:
        return next(iter(networks))
    if component not in networks:
        known = ", ".join(networks)
        raise Invalid(f"adapter file {path} does not fit this model: it is for {component}, and there is {known}")
    return component


def changes_of(part: Part, network: torch.nn.Module, path: Path) -> Changes:
    """What a part does to the layers of its network; Refused for what is no product of two matrices."""
    fresh = weightless_copy(network)
    put_on(fresh, part, path, EXPORTED, low_cpu_mem_usage=True)
    scales = scales_of(fresh, EXPORTED)
    others = {
        key for layer in scales for key in (f"{layer}.lora_A.weight", f"{layer}.lora_B.weight")
    } ^ part.weights.keys()
    if others:
        raise Refused(f"adapter file {path}: {min(others)} is no weight of a linear or convolutional layer's adapter")
    return {
        layer: LowRank(part.weights[f"{layer}.lora_A.weight"], part.weights[f"{layer}.lora_B.weight"], scale)
        for layer, scale in scales.items()
    }


def put_on(network: torch.nn.Module, part: Part, path: Path, name: str, *, low_cpu_mem_usage: bool = False) -> None:
    """One part on its network; Invalid when it does not fit."""
    try:
        with warnings.catch_warnings():  # that there is an adapter already is just what several adapters mean
            warnings.filterwarnings("ignore", message="Already found a `peft_config`")
            inject_adapter_in_model(part.config, network, adapter_name=name, low_cpu_mem_usage=low_cpu_mem_usage)
        outcome = set_peft_model_state_dict(
            network, part.weights, adapter_name=name, low_cpu_mem_usage=low_cpu_mem_usage
        )
    except (ValueError, RuntimeError, KeyError) as error:
        raise Invalid(f"adapter file {path} does not fit this model: {one_line(error)}") from error
    missing = [key for key in outcome.missing_keys if "lora_" in key and f".{name}." in key]
    if outcome.unexpected_keys or missing:
        wrong = (list(outcome.unexpected_keys) + missing)[0]
        raise Invalid(f"adapter file {path} does not fit this model: {wrong} has no counterpart")


def merge_into(networks: Networks, stack: Stack, *, keep_originals: bool = True) -> Originals:
    """Adds adapters to the weights of these networks, whose layers then are plain ones again.

    Returns the weights as they were, in the processor's memory, for `put_back`. Invalid for an adapter that does not fit;
    then no weight has changed.
    """
    names = [f"adapter{number}" for number in range(len(stack))]
    originals: Originals = []
    try:
        for name, (adapter, weight) in zip(names, stack, strict=True):
            attach_adapter(networks, adapter, weight, name=name)
        for network in networks.values():
            if keep_originals:
                originals += [(weight, weight.detach().to("cpu", copy=True)) for weight in weights_under(network)]
            merge_adapters(network, names)
    except BaseException:
        put_back(originals)
        raise
    finally:
        for network in networks.values():
            unwrap_layers(network)
    return originals


def weights_under(network: torch.nn.Module) -> list[torch.nn.Parameter]:
    """All that merging may change."""
    layers = [layer.get_base_layer() for layer in lora_layers(network)]
    return [weight for layer in layers for weight in layer.parameters(recurse=False)]


def put_back(originals: Originals) -> None:
    for weight, original in originals:
        weight.data.copy_(original)


def merge_adapters(network: torch.nn.Module, names: Sequence[str]) -> None:
    """Adds the adapters to the weights they sit on: sampling is then as fast as without, and cannot be trained."""
    for layer in lora_layers(network):
        layer.merge(adapter_names=[name for name in names if name in layer.scaling])


def unwrap_layers(network: torch.nn.Module) -> None:
    """Replaces every LoRA layer by the plain layer under it, which holds the sum where adapters were merged."""
    for name, layer in list(named_lora_layers(network)):
        parent, _, child = name.rpartition(".")
        setattr(network.get_submodule(parent), child, layer.get_base_layer())
    if hasattr(network, "peft_config"):
        del network.peft_config


def lora_layers(network: torch.nn.Module) -> list[LoraLayer]:
    return [layer for _, layer in named_lora_layers(network)]


def named_lora_layers(network: torch.nn.Module) -> Iterator[tuple[str, LoraLayer]]:
    return ((name, module) for name, module in network.named_modules() if isinstance(module, LoraLayer))
