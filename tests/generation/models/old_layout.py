"""Adapters as an older Circletake wrote them: peft's own names, and the configuration in a file of its own too."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import save_file

from generation.models.weights_digest import file_sha256


def save_old_layout(network: torch.nn.Module, folder: Path, config: LoraConfig, name: str = "default") -> str:
    """Returns the sha256 of adapter.safetensors."""
    settings = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    text = json.dumps(json.loads(json.dumps(settings, default=str)), indent=1, sort_keys=True)
    state = get_peft_model_state_dict(network, adapter_name=name)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key: weight.detach().cpu().contiguous() for key, weight in sorted(state.items())}
    save_file(tensors, folder / "adapter.safetensors", metadata={"lora_config": text})
    (folder / "adapter_config.json").write_text(text + "\n")
    return file_sha256(folder / "adapter.safetensors")
