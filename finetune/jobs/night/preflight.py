"""What is checked before a night begins, so that it is refused at once and not after hours. Each refusal names the fix."""

from __future__ import annotations

import torch

from feedback.errors import Refused
from feedback.maintenance import doctor
from feedback.models import versions
from feedback.store import Studio
from finetune.memory.few_bits import refuse_impossible
from finetune.memory.machine import GIB, free_bytes
from finetune.reward.features.image_encoder import encoder_of
from finetune.settings import Recipe
from generation.models.base_models import folder_of_production
from generation.models.pinning import check_pinned
from generation.models.requirements import describe_model, fits, this_machine

REFUSING = ("integrity", "versions", "adapters", "disk")
"""Checks of the doctor without which nothing may be tuned. What the others find is for people, and stops no night."""
WARNING = ("events", "missing media", "queue", "backup")


def check_night(studio: Studio, recipe: Recipe) -> str:
    """One line about what there is; Refused, with what to do, when the night could not end well."""
    warnings = check_record(studio)
    refuse_impossible(recipe.memory)
    encoder_of(studio, recipe)
    production = versions.production_version(studio)
    folder_of_production(studio)  # NotFound names the folder
    check_pinned(studio, production)
    memory = check_memory(studio, recipe)
    return "; ".join([f"production is {production}", memory, *warnings])


def check_record(studio: Studio) -> list[str]:
    """The doctor's warnings. Refused by what it finds wrong with what a night builds on."""
    findings = {name: doctor.run_check(studio, name, doctor.CHECKS[name]) for name in (*REFUSING, *WARNING)}
    for name in REFUSING:
        if not findings[name]["ok"]:
            raise Refused(f"{name}: {findings[name]['detail']}")
    return [f"warning, {name}: {findings[name]['detail']}" for name in WARNING if not findings[name]["ok"]]


def check_memory(studio: Studio, recipe: Recipe) -> str:
    """Refused where the machine is too small for the model, or other programs leave less than its largest part takes."""
    model, machine = describe_model(folder_of_production(studio)), this_machine()
    is_enough, line = fits(model, machine)
    if not is_enough:
        raise Refused(line)
    free = free_bytes(torch.device("cuda" if machine.on_gpu else "cpu"))
    least = 0 if recipe.memory.base_4bit else max(model.weights(machine.on_gpu).values(), default=0)
    if free < least:
        raise Refused(
            f"{free / GIB:.1f} GiB of memory are free, and the largest part of the model takes {least / GIB:.1f} GiB:"
            f" end what else runs on this machine ({machine.name})"
        )
    return f"{free / GIB:.1f} GiB of memory are free"
