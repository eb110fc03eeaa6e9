"""LoRA adapters on disk: `adapter_config.json` (peft's LoraConfig) and `adapter.safetensors` in one folder.

The configuration is also written into the safetensors header, so that one sha256, the one in the version's row, covers
the strength (`lora_alpha`) as well as the weights. Nothing here ever unpickles.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from feedback.durable_files import whole_file, write_text
from feedback.errors import Invalid, NotFound, one_line

CONFIG = "adapter_config.json"
WEIGHTS = "adapter.safetensors"


@dataclass(frozen=True)
class Adapter:
    """One adapter as read from its folder, not yet put on a network."""

    folder: Path
    config: LoraConfig
    weights: dict[str, torch.Tensor]
    sha256: str  # of adapter.safetensors


def save_adapter(denoiser: torch.nn.Module, folder: Path | str, config: LoraConfig, name: str = "default") -> str:
    """Writes the adapter called `name` of a network to `folder` and returns the sha256 of adapter.safetensors.

    Whole files appear under their names or nothing does; the same weights give the same bytes.
    """
    folder = Path(folder)
    settings = json.dumps(plain_config(config), indent=1, sort_keys=True)
    state = get_peft_model_state_dict(denoiser, adapter_name=name)
    tensors = {key: tensor.detach().cpu().contiguous() for key, tensor in sorted(state.items())}
    with whole_file(folder / WEIGHTS) as partial:
        # One entry only: safetensors writes several in an order of its own, another each time.
        save_file(tensors, partial, metadata={"lora_config": settings})
    write_text(folder / CONFIG, settings + "\n")
    return file_sha256(folder / WEIGHTS)


def plain_config(config: LoraConfig) -> dict[str, Any]:
    """The configuration as JSON types, with sets in a fixed order and machine paths left out."""
    settings = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    return json.loads(json.dumps({**settings, "base_model_name_or_path": None}, default=str))


def file_sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_adapter(folder: Path | str, sha256: str | None = None) -> Adapter:
    """Reads and checks an adapter; NotFound or Invalid, each naming the file, when it is missing or broken.

    `sha256`: what the version's row says; another file under the same name is refused before it is parsed.
    """
    folder = Path(folder)
    path = folder / WEIGHTS
    if not path.is_file():
        raise NotFound(f"adapter file {path} is missing (only safetensors is read): restore it or roll back")
    actual = file_sha256(path)
    if sha256 is not None and actual != sha256:
        raise Invalid(f"adapter file {path} is not the registered one: sha256 {actual[:12]}…, not {sha256[:12]}…")
    weights, embedded = read_tensors(path)
    return Adapter(folder, read_config(folder / CONFIG, embedded), weights, actual)


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], str | None]:
    """(tensors, the configuration in the header) of a safetensors file; Invalid when it is anything else."""
    try:
        with safe_open(str(path), framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (a safe_open is no mapping)
            embedded = (file.metadata() or {}).get("lora_config")
    except (SafetensorError, OSError, ValueError) as error:
        raise Invalid(f"adapter file {path} is broken or not safetensors: {one_line(error)}") from error
    if not tensors or not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise Invalid(f"adapter file {path} is broken: it holds no weights or some that are not finite numbers")
    return tensors, embedded


def read_config(path: Path, embedded: str | None) -> LoraConfig:
    """The LoraConfig in a JSON file; Invalid when it is missing, broken, or not the one in the weights' header."""
    try:
        settings = json.loads(path.read_text())
        if embedded is not None and settings != json.loads(embedded):
            raise ValueError("it is not the configuration that adapter.safetensors was written with")
        fields = set(LoraConfig.__dataclass_fields__)
        return LoraConfig(**{key: value for key, value in settings.items() if key in fields})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"adapter file {path} is broken: {one_line(error)}") from error


def attach_adapter(
    denoiser: torch.nn.Module,
    folder: Path | str,
    weight: float = 1.0,
    *,
    sha256: str | None = None,
    name: str = "default",
) -> Adapter:
    """Puts the adapter in `folder` on a network, in place, its effect multiplied by `weight`.

    Raises Invalid or NotFound as `read_adapter` does, and when the weights do not fit this network. `name` tells
    several adapters of one network apart.
    """
    adapter = read_adapter(folder, sha256)
    path = adapter.folder / WEIGHTS
    try:
        with warnings.catch_warnings():  # that there is an adapter already is just what several adapters mean
            warnings.filterwarnings("ignore", message="Already found a `peft_config`")
            inject_adapter_in_model(adapter.config, denoiser, adapter_name=name)
        outcome = set_peft_model_state_dict(denoiser, adapter.weights, adapter_name=name)
    except (ValueError, RuntimeError, KeyError) as error:
        raise Invalid(f"adapter file {path} does not fit this model: {one_line(error)}") from error
    missing = [key for key in outcome.missing_keys if "lora_" in key and f".{name}." in key]
    if outcome.unexpected_keys or missing:
        wrong = (list(outcome.unexpected_keys) + missing)[0]
        raise Invalid(f"adapter file {path} does not fit this model: {wrong} has no counterpart")
    for layer in lora_layers(denoiser):
        if name in layer.scaling:
            layer.scaling[name] *= weight
    return adapter


def merge_adapters(denoiser: torch.nn.Module, names: list[str]) -> None:
    """Adds the adapters to the weights they sit on: sampling is then as fast as without, and cannot be trained."""
    for layer in lora_layers(denoiser):
        layer.merge(adapter_names=[name for name in names if name in layer.scaling])


def lora_layers(denoiser: torch.nn.Module) -> list[LoraLayer]:
    return [module for module in denoiser.modules() if isinstance(module, LoraLayer)]
