"""Which settings of a LoRA file are read: those that say where two small matrices belong and how strong they are.

peft would import the module that `megatron_core` names, take singular values of the base for some kinds of
initialisation, reserve what a rank asks for, and match names with whatever regular expression a file brings.
"""

from __future__ import annotations

import re
from typing import Any

from feedback.fields import shown

LARGEST_RANK, MOST_NAMES = 4096, 10_000
PLAIN_NAME = re.compile(r"[\w.]{1,256}")
PLAIN_PATTERN = re.compile(r"[\w.^$\\-]{1,256}")  # of a name, without repetition, so that matching takes no time
READ = (
    *(
        "r",
        "lora_alpha",
        "target_modules",
        "exclude_modules",
        "rank_pattern",
        "alpha_pattern",
        "use_rslora",
        "use_dora",
    ),
    *("bias", "lora_bias", "lora_dropout", "fan_in_fan_out", "init_lora_weights", "peft_type", "layers_to_transform"),
)


def safe_settings(settings: Any, usual: dict[str, Any]) -> dict[str, Any]:
    """Those that are read; ValueError names one that would do something else. `usual`: peft's own, which change nothing."""
    if not isinstance(settings, dict):
        raise ValueError(f"{type(settings).__name__} in place of an object of settings")
    others = {key: value for key, value in settings.items() if key not in READ and key in usual}
    for key, value in others.items():
        if value not in (usual[key], None) and key not in ("peft_version", "task_type", "inference_mode"):
            raise ValueError(f"{key} {shown(str(value))} is not read from files: leave it out")
    kept = {key: value for key, value in settings.items() if key in READ}
    for key, value in kept.items():
        if value is not None and not is_safe(key, value):
            raise ValueError(f"{key} {shown(str(value))} cannot be used")
    # The values that it would begin with are replaced by those of the file.
    return {**kept, "init_lora_weights": bool(kept.get("init_lora_weights", True))}


def is_safe(key: str, value: Any) -> bool:
    if key == "r":
        return isinstance(value, int) and 1 <= value <= LARGEST_RANK
    if key in ("target_modules", "exclude_modules"):
        names = value if isinstance(value, list) else [None]
        return len(names) <= MOST_NAMES and all(isinstance(name, str) and PLAIN_NAME.fullmatch(name) for name in names)
    if key in ("rank_pattern", "alpha_pattern"):
        most = LARGEST_RANK if key == "rank_pattern" else 1e6
        entries = value.items() if isinstance(value, dict) else [("*", 0)]
        return all(PLAIN_PATTERN.fullmatch(name) and is_number(number, most) for name, number in entries)
    if key == "init_lora_weights":
        return isinstance(value, bool) or value == "gaussian"
    if key == "peft_type":
        return str(value) == "LORA"
    if key == "bias":
        return value == "none"
    if key == "layers_to_transform":
        return isinstance(value, int) or (isinstance(value, list) and all(isinstance(each, int) for each in value))
    return isinstance(value, bool) or is_number(value, 1e6)


def is_number(value: Any, most: float) -> bool:
    return isinstance(value, int | float) and abs(value) <= most
