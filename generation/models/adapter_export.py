"""A version's adapters for other tools: all of them as one, in diffusers' layout or in ComfyUI's.

What was written is read again and compared with the version layer by layer before it has its name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypedDict

import torch
from peft import LoraConfig

from feedback.durable_files import whole_file
from feedback.errors import Invalid, Refused
from feedback.exchange.files import make_folder
from feedback.models import versions
from feedback.models.version_rights import refuse_without_rights
from feedback.store import Studio
from generation.families import registered_in
from generation.families.comfyui import FILES, Layout, layout_of
from generation.families.folder import pipeline_class_in, read_json
from generation.low_rank import Changes, LowRank, added_up, relative_difference
from generation.models.adapter_files import (
    WEIGHTS,
    Part,
    read_adapter,
    read_tensors,
    write_adapter,
    write_tensors,
)
from generation.models.adapters import changes_of, name_of_component
from generation.models.base_models import base_folder
from generation.models.weights_digest import file_sha256

LAYOUTS = ("diffusers", "comfyui")
ROUNDING = 1e-6  # of products in 32 bits, relative to the largest entry of a layer's change
INNER = (".lora_A.weight", ".lora_down.weight")

Networks = dict[str, torch.nn.Module]  # by component, without weights


class ExportedFile(TypedDict):
    file: str
    sha256: str
    tensors: int
    rank: int  # the highest of its layers
    denoisers: list[str]  # whose changes are in it


class ExportedVersion(TypedDict):
    version: str
    layout: str
    base: str
    files: list[ExportedFile]


def export_version(studio: Studio, version: str, layout: str, out: Path) -> ExportedVersion:
    """Writes the files into the folder `out`, all or none; what else is there stays.

    Refused, in one line: a version that may not draw today, one without adapters, a layout that its base cannot have, a file that is there with other
    content, one that is not the version when it is read again.
    """
    row = versions.get_version(studio, version)
    refuse_without_rights(studio, version)
    if not row["adapters"]:
        raise Refused(f"version {version} is its base alone, without adapters: there is nothing to export")
    folder = base_folder(row["base"])
    networks = weightless_networks(folder)
    writer = writer_of(layout, version, folder, networks)
    changes = changes_of_version(studio, row, networks)
    return {"version": version, "layout": layout, "base": row["base"], "files": write_files(writer, changes, out)}


def weightless_networks(folder: Path) -> Networks:
    """The denoisers of a model folder as its configuration describes them."""
    index = read_json(folder / "model_index.json")
    names = [name for name in registered_in(folder).load().denoisers if index.get(name, [None])[0]]
    networks = {}
    for name in names:
        library, class_name = index[name]
        with torch.device("meta"):
            networks[name] = getattr(import_module(library), class_name).from_config(
                read_json(folder / name / "config.json")
            )
    return networks


def changes_of_version(studio: Studio, row: versions.Version, networks: Networks) -> dict[str, Changes]:
    """What all of its adapters together change, by denoiser and layer."""
    stacks: dict[str, dict[str, list[LowRank]]] = {}
    for registered in row["adapters"]:
        adapter = read_adapter(studio.folder / registered["folder"], registered["sha256"])
        for part_name, part in adapter.parts.items():
            component = name_of_component(networks, part_name, adapter.path)
            for layer, change in changes_of(part, networks[component], adapter.path).items():
                weighted = LowRank(change.down, change.up, change.scale * registered["weight"])
                stacks.setdefault(component, {}).setdefault(layer, []).append(weighted)
    return {
        component: {layer: added_up(changes) for layer, changes in layers.items()}
        for component, layers in stacks.items()
    }


class Writer(Protocol):
    """One layout of one version."""

    def files(self, components: list[str]) -> dict[str, list[str]]:
        """File names, each with the denoisers that are in it."""
        ...

    def write(self, path: Path, changes: Mapping[str, Changes]) -> None: ...

    def read(self, path: Path, components: list[str]) -> dict[str, Changes]: ...


def writer_of(layout: str, version: str, folder: Path, networks: Networks) -> Writer:
    """Invalid for a layout that does not exist, Refused for one that this base cannot have."""
    if layout == "diffusers":
        return DiffusersWriter(networks)
    if layout == "comfyui":
        pipeline = pipeline_class_in(folder)
        return ComfyUIWriter(networks, layout_of(pipeline), version, FILES.get(pipeline, {}))
    raise Invalid(f"layout {layout!r}: choose one of {', '.join(LAYOUTS)}")


@dataclass(frozen=True)
class DiffusersWriter:
    """One file for `pipe.load_lora_weights`."""

    networks: Networks

    def files(self, components: list[str]) -> dict[str, list[str]]:
        return {WEIGHTS: components}

    def write(self, path: Path, changes: Mapping[str, Changes]) -> None:
        write_adapter(path, {component: part_of_changes(layers) for component, layers in changes.items()})

    def read(self, path: Path, components: list[str]) -> dict[str, Changes]:
        parts = read_adapter(path).parts
        return {component: changes_of(part, self.networks[component], path) for component, part in parts.items()}


def part_of_changes(changes: Changes) -> Part:
    """As peft has it; the scale of each layer is its alpha by its rank."""
    ranks = {layer: change.rank for layer, change in changes.items()}
    alphas = {layer: change.scale * change.rank for layer, change in changes.items()}
    config = LoraConfig(
        r=int(most_common(ranks)),
        lora_alpha=most_common(alphas),  # type: ignore[arg-type]
        target_modules=sorted(changes),
        rank_pattern=others(ranks),
        alpha_pattern=others(alphas),
    )
    inner = {f"{layer}.lora_A.weight": change.down for layer, change in changes.items()}
    return Part(config, inner | {f"{layer}.lora_B.weight": change.up for layer, change in changes.items()})


def most_common(values: Mapping[str, float]) -> float:
    return Counter(values.values()).most_common(1)[0][0]


def others(values: Mapping[str, float]) -> dict[str, Any]:
    """By a pattern of the layer's whole name, what is not the most common value."""
    usual = most_common(values)
    return {f"^{re.escape(layer)}": value for layer, value in values.items() if value != usual}


@dataclass(frozen=True)
class ComfyUIWriter:
    """One file for each denoiser."""

    networks: Networks
    layout: Layout
    version: str
    endings: Mapping[str, str]  # of file names, where there are several denoisers

    def files(self, components: list[str]) -> dict[str, list[str]]:
        endings = self.endings if len(self.networks) > 1 else {}
        return {f"{self.version}{endings.get(each, '')}.safetensors": [each] for each in components}

    def write(self, path: Path, changes: Mapping[str, Changes]) -> None:
        ((component, layers),) = changes.items()
        write_tensors(path, self.layout.write(layers, self.networks[component]))

    def read(self, path: Path, components: list[str]) -> dict[str, Changes]:
        (component,) = components
        return {component: self.layout.read(read_tensors(path)[0], self.networks[component])}


def write_files(writer: Writer, changes: Mapping[str, Changes], out: Path) -> list[ExportedFile]:
    """Writes and compares all files, and only then gives them their names."""
    files = writer.files(sorted(changes))
    with all_or_none(out, list(files)) as partials:
        return [
            write_one(writer, {each: changes[each] for each in components}, out / name, partials[name])
            for name, components in files.items()
        ]


@contextmanager
def all_or_none(out: Path, names: list[str]) -> Iterator[dict[str, Path]]:
    """Yields where to write each file of these names; when one of them cannot have its name, none has."""
    make_folder(out)
    new = [out / name for name in names if not (out / name).exists()]
    try:
        with ExitStack() as stack:
            yield {name: stack.enter_context(whole_file(out / name)) for name in names}
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        raise


def write_one(writer: Writer, changes: Mapping[str, Changes], path: Path, partial: Path) -> ExportedFile:
    writer.write(partial, changes)
    compare(changes, writer.read(partial, list(changes)), path)
    tensors, sha256 = read_tensors(partial)[0], file_sha256(partial)
    if path.exists() and file_sha256(path) != sha256:
        raise Refused(f"{path} is there with other content: name another folder")
    rank = max(tensor.shape[0] for name, tensor in tensors.items() if name.endswith(INNER))
    return {"file": str(path), "sha256": sha256, "tensors": len(tensors), "rank": rank, "denoisers": list(changes)}


def compare(expected: Mapping[str, Changes], actual: Mapping[str, Changes], path: Path) -> None:
    """Refused, naming the layer, where what was read is another change than the version's."""
    for component, layers in expected.items():
        for layer in sorted(layers.keys() | actual[component].keys()):
            change, again = layers.get(layer), actual[component].get(layer)
            if change is None or not (again or not change.up.any()):
                raise Refused(f"{path.name} was not kept: {component}.{layer} is not in both the file and the version")
            if again and relative_difference(change, again) > ROUNDING:
                raise Refused(f"{path.name} was not kept: {component}.{layer} changed on the way into it")
