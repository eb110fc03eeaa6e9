"""From the name of a version to a pipeline that draws: base plus adapters, safetensors only, never the network."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from feedback.errors import Invalid, Refused, one_line
from feedback.models import versions
from feedback.store import Studio
from generation.families import registered_in
from generation.families.folder import parts_left_out, pipeline_class_in
from generation.families.protocol import Family
from generation.models.adapter_files import read_registered
from generation.models.adapters import Originals, Stack, merge_into, put_back
from generation.models.base_models import base_folder
from generation.models.checking import check_brief
from generation.models.folder_safety import check_files
from generation.models.limits import Limits, read_limits
from generation.models.pinning import check_pinned
from generation.models.weights_digest import Stamp, stamp_of, weight_files, weights_sha256

__all__ = ["Loaded", "check_brief", "forget_versions", "load_base", "load_version"]

Resident = Literal["all", "denoisers", "none"]
KEPT = 2  # production and the candidate of a trial: what a worker switches between, be it of one base or of two


@dataclass(frozen=True)
class Loaded:
    """A version in memory, ready to draw."""

    pipeline: Any  # a diffusers pipeline, in evaluation mode; versions of one base share it
    family: Family
    name: str  # of the version
    base: str  # "starter" or a folder
    base_sha256: str  # over all weight files of the base
    limits: Limits = field(default_factory=Limits)  # of the base, where its folder names any
    adapters: tuple[versions.Adapter, ...] = ()  # the row's own: folder, sha256, weight
    sha256s: dict[str, str] = field(default_factory=dict)  # adapter folder -> sha256 of its weights
    put_on: Callable[[], None] = lambda: None  # this version's adapters, where another's may be on the pipeline

    @property
    def pipe(self) -> Any:
        """The pipeline with this version's adapters on it: to be used before another version's is asked for."""
        self.put_on()
        return self.pipeline

    @property
    def denoiser(self) -> torch.nn.Module:
        """The pipeline's first, which tells the device and the number format."""
        return getattr(self.pipeline, self.family.denoisers[0])

    @property
    def device(self) -> torch.device:
        return next(self.denoiser.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """What the denoiser computes in. Some of its layers stay in 32 bits, so no single parameter can tell."""
        return self.denoiser.dtype


class BaseInMemory:
    """A base's pipeline, and the versions of it that were used lately, of which one at a time is on the pipeline.

    Adapters are merged into the weights, so that drawing is as fast as without. The weights that they change are kept in
    the processor's memory and put back, bit for bit, before the next version's adapters.
    """

    def __init__(self, base: str, cache: Path) -> None:
        folder = base_folder(base)
        self.base, self.stamps = base, stamps_in(folder)
        self.pipe, self.family, self.sha256 = load_base(base, cache=cache)
        self.limits = read_limits(folder)
        self.versions: OrderedDict[str, Loaded] = OrderedDict()
        self.checked: set[str] = set()  # versions whose pinned base this is
        self._on: Stack | None = ()
        self._originals: Originals = []

    def was_replaced(self) -> bool:
        """Whether its files are there and are others than it was loaded from."""
        try:
            return stamps_in(base_folder(self.base)) != self.stamps
        except (Refused, OSError):  # out of reach: what is in memory still draws
            return False

    def version(self, key: str, studio_folder: Path, name: str, adapters: tuple[versions.Adapter, ...]) -> Loaded:
        """The version, its adapters on the pipeline; NotFound or Invalid for a broken one, which is not kept."""
        if key not in self.versions:
            self.versions[key] = self.read_version(studio_folder, name, adapters)
        self.versions.move_to_end(key)
        try:
            self.versions[key].put_on()
        except Exception:
            del self.versions[key]
            raise
        while len(self.versions) > KEPT:
            self.versions.popitem(last=False)
        return self.versions[key]

    def read_version(self, studio_folder: Path, name: str, adapters: tuple[versions.Adapter, ...]) -> Loaded:
        stack, sha256s = read_stack(studio_folder, adapters)
        parts = (self.pipe, self.family, name, self.base, self.sha256, self.limits, adapters, sha256s)
        return Loaded(*parts, lambda: self.put_on(stack))

    def put_on(self, stack: Stack) -> None:
        """In place of what is on; if these adapters do not fit, or this is interrupted, none are on."""
        if stack is not self._on:
            self._on = None
            put_back(self._originals)
            self._originals = []
            self._originals = merge_into(networks_of(self.pipe, self.family), stack)
            self._on = stack


def stamps_in(folder: Path) -> list[Stamp]:
    return [stamp_of(path) for path in weight_files(folder)]


_kept: OrderedDict[str, BaseInMemory] = OrderedDict()
_lock = Lock()


def load_version(studio: Studio, name: str) -> Loaded:
    """The version, from memory if it was used lately. NotFound: unknown version; Invalid: a broken file, named.

    Versions of one base share its pipeline: what is drawn with one of them is drawn before the next one is asked for.
    """
    row = versions.get_version(studio, name)
    parts = (studio.folder, name, row["base"], tuple(row["adapters"]), studio.folder / "cache")
    return keep_version(*parts, check=partial(check_pinned, studio, name))


def keep_version(
    studio_folder: Path,
    name: str,
    base: str,
    adapters: tuple[versions.Adapter, ...],
    cache: Path,
    *,
    check: Callable[[], None] = lambda: None,
) -> Loaded:
    """Likewise, on a machine that has no studio; `cache`: a folder that remembers the digests of weight files.

    `check` refuses a base that is not what the version was pinned with.
    """
    key = json.dumps([str(studio_folder), name, adapters], sort_keys=True)
    with _lock:
        return base_in_memory(base, cache, key, check).version(key, studio_folder, name, adapters)


def base_in_memory(base: str, cache: Path, key: str = "", check: Callable[[], None] = lambda: None) -> BaseInMemory:
    """The base, once it is known to be what the version of this key was pinned with."""
    if base in _kept and _kept[base].was_replaced():
        del _kept[base]
    if base not in _kept or key not in _kept[base].checked:
        check()
    if base not in _kept:
        while len(_kept) >= KEPT:  # before loading, so that memory never holds one more
            _kept.popitem(last=False)
        _kept[base] = BaseInMemory(base, cache)
    _kept[base].checked.add(key)
    _kept.move_to_end(base)
    return _kept[base]


def forget_versions() -> None:
    """Frees every base kept in memory."""
    with _lock:
        _kept.clear()


def load_parts(
    studio_folder: Path, name: str, base: str, adapters: tuple[versions.Adapter, ...], resident: Resident = "all"
) -> Loaded:
    """Loads a base for one version alone; its adapters, folders relative to the studio's, go into its weights for good.

    `resident`: as in `load_base`.
    """
    pipe, family, base_sha256 = load_base(base, cache=studio_folder / "cache", resident=resident)
    stack, sha256s = read_stack(studio_folder, adapters)
    merge_into(networks_of(pipe, family), stack, keep_originals=False)
    return Loaded(pipe, family, name, base, base_sha256, read_limits(base_folder(base)), adapters, sha256s)


def read_stack(studio_folder: Path, adapters: tuple[versions.Adapter, ...]) -> tuple[Stack, dict[str, str]]:
    """(adapters with their weights, sha256s by folder); AdapterChanged names a file that is missing or broken."""
    files = [read_registered(studio_folder / each["folder"], each["sha256"]) for each in adapters]
    stack = tuple((file, float(each.get("weight", 1.0))) for file, each in zip(files, adapters, strict=True))
    return stack, {each["folder"]: file.sha256 for file, each in zip(files, adapters, strict=True)}


def networks_of(pipe: Any, family: Family) -> dict[str, torch.nn.Module]:
    """A pipeline's denoisers by component."""
    return {denoiser.name: denoiser.module for denoiser in family.denoisers_of(pipe)}


def load_base(
    base: str, device: str | None = None, *, cache: Path | None = None, resident: Resident = "all"
) -> tuple[Any, Family, str]:
    """(pipeline, family, sha256 of its weights) of "starter" or a `save_pretrained` folder.

    fp32 on a processor; on a GPU bf16, but for the VAE, which decides the colours.
    `cache`: a folder that remembers the digests of weight files. `resident`: which parts are on the device; the others
    wait in the processor's memory, in the number formats of the device.
    """
    folder = base_folder(base)
    check_files(folder)
    family = registered_in(folder).load()
    sha256 = weights_sha256(folder, cache)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    pipe = from_folder(folder, family, device, {})
    with naming(folder):
        names = {"all": None, "denoisers": family.denoisers, "none": ()}[resident]
        return settle_pipe(pipe, device, names), family.of(pipe), sha256


def from_folder(folder: Path, family: type[Family], device: str, present: Mapping[str, Any]) -> Any:
    """The pipeline of a folder, with parts that are there already; Invalid, naming the folder, when it cannot be loaded."""
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    options = {**parts_left_out(folder), **family.load_options, **present}
    try:
        return family.pipeline_class.from_pretrained(  # type: ignore[attr-defined]
            str(folder), use_safetensors=True, local_files_only=True, dtype=number_types(device), **options
        )
    except Exception as error:  # whatever a library says of a broken file, people get one line that names the folder
        raise Invalid(f"model folder {folder} cannot be loaded: {one_line(error)}") from error


def check_base(base: str) -> str:
    """The class of a base's pipeline, read without loading it; NotFound or Invalid where it could not be drawn with."""
    folder = base_folder(base)
    check_files(folder)
    family = registered_in(folder).load()
    with naming(folder):
        family.check_folder(folder)
    read_limits(folder)
    return pipeline_class_in(folder)


@contextmanager
def naming(folder: Path) -> Iterator[None]:
    """A refusal within names the folder."""
    try:
        yield
    except Refused as refusal:
        raise Invalid(f"model folder {folder} cannot be used: {refusal}") from None


def number_types(device: str) -> Any:
    """Number formats per component, as diffusers takes them."""
    return torch.float32 if device == "cpu" else {"default": torch.bfloat16, "vae": torch.float32}


def settle_pipe(pipe: Any, device: str, names: Collection[str] | None = None) -> Any:
    """Moves a pipeline, or its parts of these names, to its device, in evaluation mode, without its own progress bars."""
    pipe.set_progress_bar_config(disable=True)
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
            if name in (names or ()):
                part.to(device)
    return pipe.to(device) if names is None else pipe


def load_again(base: str, device: str, present: Mapping[str, torch.nn.Module]) -> dict[str, torch.nn.Module]:
    """The networks of a base but for those that are `present`, which are not read; on the processor.

    In the number formats of the device. For what was dropped from memory and is needed again.
    """
    folder = base_folder(base)
    family = registered_in(folder).load()
    pipe = from_folder(folder, family, device, dict(present))
    parts = {name: part for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)}
    return {name: part.eval().requires_grad_(False) for name, part in parts.items() if name not in present}
