"""The pipeline classes that Circletake can sample from and tune, one small file each (see `base.Family`)."""

from __future__ import annotations

from typing import Any

from feedback.errors import Invalid
from generation.families.protocol import Denoiser, Family, noise
from generation.families.wan import Wan

FAMILIES: dict[str, Family] = {family.pipeline_class.__name__: family for family in (Wan(),)}

__all__ = ["FAMILIES", "Denoiser", "Family", "family_named", "family_of", "noise"]


def family_named(class_name: str) -> Family:
    """The family whose pipeline class has this name, as `model_index.json` gives it; Invalid when there is none."""
    if class_name not in FAMILIES:
        known = ", ".join(sorted(FAMILIES))
        raise Invalid(f"pipeline class {class_name!r} is not one this studio can draw with: use one of {known}")
    return FAMILIES[class_name]


def family_of(pipe: Any) -> Family:
    """The family of a loaded diffusers pipeline; Invalid when there is none."""
    return family_named(type(pipe).__name__)
