"""LoRA adapters on disk, in diffusers' own layout: `pipe.load_lora_weights(folder)` opens what is written here.

One `pytorch_lora_weights.safetensors` holds all that matters: weights named by the pipeline's component
(`COMPONENT.blocks.0.attn1.to_q.lora_A.weight`) and, in the header under `lora_adapter_metadata`, each component's
LoraConfig, whose `lora_alpha` has the chosen strength in it. So one sha256 covers weights and strength.

Folders that an older Circletake wrote are read too: `adapter.safetensors` with peft's own names, for the first denoiser
alone, and `adapter_config.json`, which also is in the weights' header. Nothing here ever unpickles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.lora_base import LORA_ADAPTER_METADATA_KEY, LORA_WEIGHT_NAME_SAFE
from peft import LoraConfig
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from feedback.errors import Invalid, NotFound, one_line
from generation.models.adapter_settings import safe_settings
from generation.models.folder_safety import check_header
from generation.models.weights_digest import file_sha256

WEIGHTS = LORA_WEIGHT_NAME_SAFE
OLD_WEIGHTS, OLD_CONFIG = "adapter.safetensors", "adapter_config.json"
FIRST = ""  # the component of an old file: whatever the pipeline's first denoiser is called
ALWAYS_WRITTEN = ("r", "lora_alpha", "target_modules")

Tensors = dict[str, torch.Tensor]


class AdapterChanged(Invalid):
    """A version's adapter is not there as it was registered. No take is at fault: they wait until it is mended."""


@dataclass(frozen=True)
class Part:
    """What an adapter adds to one denoiser."""

    config: LoraConfig
    weights: Tensors  # by peft's names, such as blocks.0.attn1.to_q.lora_A.weight


@dataclass(frozen=True)
class Adapter:
    """One adapter as read from its folder, not yet put on a network."""

    path: Path  # of the file with the weights
    parts: dict[str, Part]  # by the pipeline's component; FIRST in an old file
    sha256: str  # of that file


def write_adapter(path: Path, parts: Mapping[str, Part]) -> None:
    """A file of today's layout; the same parts give the same bytes."""
    tensors = {f"{name}.{key}": tensor for name, part in parts.items() for key, tensor in part.weights.items()}
    settings = {
        f"{name}.{key}": value for name, part in parts.items() for key, value in settings_of(part.config).items()
    }
    # One entry only: safetensors writes several in an order of its own, another each time.
    header = {LORA_ADAPTER_METADATA_KEY: json.dumps(settings, indent=2, sort_keys=True)}
    write_tensors(path, tensors, header)


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor], header: dict[str, str] | None = None) -> None:
    """A safetensors file, in the order of the names, with the rights of any other file: save_file's own is private."""
    path.write_bytes(save({key: tensors[key].detach().cpu().contiguous() for key in sorted(tensors)}, header))


def settings_of(config: LoraConfig) -> dict[str, Any]:
    """As JSON types, without what every LoraConfig has: other versions of peft refuse fields that they do not know."""
    settings, usual = plain_json(config), plain_json(LoraConfig())
    return {key: value for key, value in settings.items() if key in ALWAYS_WRITTEN or value != usual[key]}


def plain_json(config: LoraConfig) -> dict[str, Any]:
    """Sets in a fixed order, machine paths left out."""
    settings = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    return json.loads(json.dumps({**settings, "base_model_name_or_path": None}, default=str))


def weights_in(folder: Path) -> Path:
    """The file with the weights: of today's layout, or else of the old one."""
    return folder / WEIGHTS if (folder / WEIGHTS).is_file() else folder / OLD_WEIGHTS


def read_adapter(folder: Path | str, sha256: str | None = None) -> Adapter:
    """Reads and checks the adapter in a folder, of either layout, or in a file of today's.

    NotFound or Invalid, each naming the file, when it is missing or broken. `sha256`: what the version's row says; another
    file under the same name is refused before it is parsed.
    """
    path = Path(folder) if Path(folder).is_file() else weights_in(Path(folder))
    if not path.is_file():
        raise NotFound(
            f"adapter file {Path(folder) / WEIGHTS} is missing (only safetensors is read): restore it or roll back"
        )
    actual = file_sha256(path)
    if sha256 is not None and actual != sha256:
        raise Invalid(
            f"adapter file {path} is not the registered one (sha256 {actual[:12]}…, not {sha256[:12]}…): restore it from"
            " a backup or roll back"
        )
    weights, header = read_tensors(path)
    if path.name == OLD_WEIGHTS:
        config = read_old_config(path.with_name(OLD_CONFIG), header.get("lora_config"))
        return Adapter(path, {FIRST: Part(config, weights)}, actual)
    return Adapter(path, parts_of(path, weights, header), actual)


def read_registered(folder: Path, sha256: str) -> Adapter:
    """The adapter that a version's row names; AdapterChanged, naming the file, when it is missing, broken or another one."""
    try:
        return read_adapter(folder, sha256)
    except (Invalid, NotFound) as reason:
        raise AdapterChanged(str(reason)) from reason


def read_tensors(path: Path) -> tuple[Tensors, dict[str, str]]:
    """(tensors, header) of a safetensors file; Invalid when it is anything else."""
    check_header(path, "adapter file")
    try:
        with safe_open(str(path), framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (a safe_open is no mapping)
            header = file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise Invalid(f"adapter file {path} is broken or not safetensors: {one_line(error)}") from error
    if not tensors or not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise Invalid(f"adapter file {path} is broken: it holds no weights or some that are not finite numbers")
    return tensors, header


def parts_of(path: Path, weights: Tensors, header: Mapping[str, str]) -> dict[str, Part]:
    """Weights and settings by component; Invalid where one of the two is missing or broken."""
    settings = by_component(read_settings(path, header))
    tensors = by_component(weights)
    if settings.keys() != tensors.keys():
        unmatched = min(settings.keys() ^ tensors.keys())
        raise Invalid(f"adapter file {path} is broken: {unmatched!r} has weights or settings, and not both")
    return {name: Part(config_from(path, settings[name]), tensors[name]) for name in sorted(tensors)}


def by_component(entries: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`COMPONENT.r` as `r` of the component."""
    components: dict[str, dict[str, Any]] = {}
    for key, value in entries.items():
        component, _, rest = key.partition(".")
        components.setdefault(component, {})[rest] = value
    return components


def read_settings(path: Path, header: Mapping[str, str]) -> dict[str, Any]:
    try:
        settings = json.loads(header[LORA_ADAPTER_METADATA_KEY])
    except (KeyError, ValueError) as error:
        raise Invalid(f"adapter file {path} is broken: no {LORA_ADAPTER_METADATA_KEY} in its header") from error
    if not isinstance(settings, dict):
        raise Invalid(f"adapter file {path} is broken: {LORA_ADAPTER_METADATA_KEY} in its header is no JSON object")
    return settings


def read_old_config(path: Path, embedded: str | None) -> LoraConfig:
    """The LoraConfig in a JSON file; Invalid when it is missing, broken, or not the one in the weights' header."""
    try:
        settings = json.loads(path.read_text())
        if embedded is not None and settings != json.loads(embedded):
            raise ValueError("it is not the configuration that adapter.safetensors was written with")
    except (OSError, ValueError) as error:
        raise Invalid(f"adapter file {path} is broken: {one_line(error)}") from error
    return config_from(path, settings)


def config_from(path: Path, settings: Any) -> LoraConfig:
    """Fields that this version of peft does not have are left out; `path` is what a refusal names."""
    try:
        return LoraConfig(**safe_settings(settings, plain_json(LoraConfig())))
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"adapter file {path} is broken: {one_line(error)}") from error
