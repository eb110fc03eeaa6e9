"""What a base model is and what it needs, read from its folder without loading it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import prod
from pathlib import Path

from safetensors import SafetensorError, safe_open

from feedback.errors import Invalid, one_line
from generation.families import registered_in
from generation.families.folder import pipeline_class_in, read_json

GIB = 1024**3
FULL, HALF = 4, 2  # bytes of a number
VARIANTS = (".fp16.", ".bf16.", ".non_ema.")  # other copies of the same weights, which are not loaded


@dataclass(frozen=True)
class Description:
    """A model folder."""

    pipeline_class: str
    kinds: tuple[str, ...]
    parameters: dict[str, int]  # by component, those with weights
    denoisers: tuple[str, ...]  # components that adapters are trained on

    def weights(self, on_gpu: bool) -> dict[str, int]:
        """Bytes by component, in the number format that it is loaded in."""
        return {name: count * bytes_of(name, on_gpu) for name, count in self.parameters.items()}

    def to_draw(self, on_gpu: bool) -> int:
        """Bytes of all weights: the least that drawing takes."""
        return sum(self.weights(on_gpu).values())

    def to_tune(self, on_gpu: bool) -> int:
        """Bytes of the denoisers' weights: the least that a step of training takes, when all else has left the device."""
        return sum(size for name, size in self.weights(on_gpu).items() if name in self.denoisers)

    def __str__(self) -> str:
        counts = ", ".join(f"{name} {readable(count)}" for name, count in self.parameters.items())
        return f"{self.pipeline_class}, draws {' and '.join(f'{kind}s' for kind in self.kinds)}; parameters: {counts}"


@dataclass(frozen=True)
class Machine:
    """Where models are run here."""

    name: str
    memory: int  # bytes
    on_gpu: bool


def bytes_of(component: str, on_gpu: bool) -> int:
    return HALF if on_gpu and component != "vae" else FULL


def readable(count: int) -> str:
    """Parameters: 4.9 M, 14.3 B."""
    return f"{count / 1e9:.1f} B" if count >= 1e9 else f"{count / 1e6:.1f} M"


def describe_model(folder: Path) -> Description:
    """Of a `save_pretrained` folder; Invalid when its class is none that can be drawn with, or a weights file is broken."""
    entry, index = registered_in(folder), read_json(folder / "model_index.json")
    components = [name for name, value in index.items() if isinstance(value, list) and value != [None, None]]
    counts = {name: count_parameters(folder / name) for name in components}
    denoisers = tuple(name for name in entry.load().denoisers if name in components)
    return Description(
        pipeline_class_in(folder), entry.kinds, {name: count for name, count in counts.items() if count}, denoisers
    )


def count_parameters(folder: Path) -> int:
    """Of all weight files in a component's folder, copies in another format left out."""
    files = [path for path in folder.glob("*.safetensors") if not any(mark in path.name for mark in VARIANTS)]
    return sum(parameters_in(path) for path in files)


def parameters_in(path: Path) -> int:
    try:
        with safe_open(str(path), framework="np") as file:
            return sum(prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError) as error:
        raise Invalid(f"model file {path} is broken: {one_line(error)}") from error


def this_machine() -> Machine:
    """The first GPU, or the processor and the machine's memory."""
    import torch

    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        return Machine(properties.name, properties.total_memory, on_gpu=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(f"processor with {os.cpu_count()} cores", memory, on_gpu=False)


def fits(model: Description, machine: Machine) -> tuple[bool, str]:
    """Whether the machine can draw with a model and tune it, with one line that says what it has and what it would need.

    By weights alone, which is the least: what a step of training takes beside them is measured by a dry run.
    """
    drawing, tuning = model.to_draw(machine.on_gpu), model.to_tune(machine.on_gpu)
    needs = f"weights take {drawing / GIB:.2f} GiB to draw and {tuning / GIB:.2f} GiB to tune"
    has = f"this machine has {machine.memory / GIB:.1f} GiB ({machine.name})"
    if drawing <= machine.memory:
        return True, f"{model}; {needs}, {has}"
    remedy = "use a GPU with more memory" if machine.on_gpu else "use a GPU, where they take half"
    return False, f"{model}; {needs}, more than fits: {has}; {remedy}"
