"""From the name of a version to a pipeline that draws: base plus adapters, safetensors only, never the network."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from feedback.errors import Invalid, Refused, one_line
from feedback.models import versions
from feedback.store import Studio
from generation.families import registered_in
from generation.families.folder import parts_left_out, pipeline_class_in
from generation.families.protocol import Family
from generation.models.adapters import attach_adapter, file_sha256, merge_adapters
from generation.models.base_models import base_folder
from generation.models.checking import check_brief
from generation.models.limits import Limits, read_limits

__all__ = ["Loaded", "check_brief", "forget_versions", "load_base", "load_version"]

KEPT = 2  # production and the candidate of a trial: what a worker switches between


@dataclass(frozen=True)
class Loaded:
    """A version in memory, ready to draw."""

    pipe: Any  # a diffusers pipeline, in evaluation mode
    family: Family
    name: str  # of the version
    base: str  # "starter" or a folder
    base_sha256: str  # over all weight files of the base
    limits: Limits = field(default_factory=Limits)  # of the base, where its folder names any
    adapters: tuple[versions.Adapter, ...] = ()  # the row's own: folder, sha256, weight
    sha256s: dict[str, str] = field(default_factory=dict)  # adapter folder -> sha256 of its weights

    @property
    def denoiser(self) -> torch.nn.Module:
        """The pipeline's first, which adapters are put on."""
        return getattr(self.pipe, self.family.denoisers[0])

    @property
    def device(self) -> torch.device:
        return next(self.denoiser.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """What the denoiser computes in. Some of its layers stay in 32 bits, so no single parameter can tell."""
        return self.denoiser.dtype


_kept: OrderedDict[tuple[str, str, str], Loaded] = OrderedDict()
_lock = Lock()


def load_version(studio: Studio, name: str) -> Loaded:
    """The version, from memory if it was used lately. NotFound: unknown version; Invalid: a broken file, named."""
    row = versions.get_version(studio, name)
    return keep_version(studio.folder, name, row["base"], tuple(row["adapters"]))


def keep_version(studio_folder: Path, name: str, base: str, adapters: tuple[versions.Adapter, ...]) -> Loaded:
    """Likewise, on a machine that has no studio: a base and its adapters, as `load_parts` takes them."""
    key = (str(studio_folder), name, json.dumps([base, adapters], sort_keys=True))
    with _lock:
        if key not in _kept:
            while len(_kept) >= KEPT:  # before loading, so that memory never holds one more
                _kept.popitem(last=False)
            _kept[key] = load_parts(studio_folder, name, base, adapters)
        _kept.move_to_end(key)
        return _kept[key]


def forget_versions() -> None:
    """Frees every version kept in memory."""
    with _lock:
        _kept.clear()


def load_parts(studio_folder: Path, name: str, base: str, adapters: tuple[versions.Adapter, ...]) -> Loaded:
    """Loads a base and puts its adapters, folders relative to the studio's, on the first denoiser."""
    pipe, family, base_sha256 = load_base(base)
    denoiser = getattr(pipe, family.denoisers[0])
    names = [f"adapter{number}" for number in range(len(adapters))]
    sha256s = {}
    for adapter_name, part in zip(names, adapters, strict=True):
        attached = attach_adapter(
            denoiser,
            studio_folder / part["folder"],
            float(part.get("weight", 1.0)),
            sha256=part["sha256"],
            name=adapter_name,
        )
        sha256s[part["folder"]] = attached.sha256
    merge_adapters(denoiser, names)
    limits = read_limits(base_folder(base))
    return Loaded(pipe, family, name, base, base_sha256, limits, adapters, sha256s)


def load_base(base: str, device: str | None = None) -> tuple[Any, Family, str]:
    """(pipeline, family, sha256 of its weights) of "starter" or a `save_pretrained` folder.

    fp32 on a processor; on a GPU bf16, but for the VAE, which decides the colours.
    """
    folder = base_folder(base)
    family = registered_in(folder).load()
    sha256 = weights_sha256(folder)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    try:
        pipe = family.pipeline_class.from_pretrained(  # type: ignore[attr-defined]
            str(folder),
            use_safetensors=True,
            local_files_only=True,
            dtype=number_types(device),
            **parts_left_out(folder),
            **family.load_options,
        )
    except Exception as error:  # whatever a library says of a broken file, people get one line that names the folder
        raise Invalid(f"model folder {folder} cannot be loaded: {one_line(error)}") from error
    with naming(folder):
        return settle_pipe(pipe, device), family.of(pipe), sha256


def check_base(base: str) -> str:
    """The class of a base's pipeline, read without loading it; NotFound or Invalid where it could not be drawn with."""
    folder = base_folder(base)
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


def settle_pipe(pipe: Any, device: str) -> Any:
    """Moves a pipeline to its device, in evaluation mode, without its own progress bars."""
    pipe.set_progress_bar_config(disable=True)
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
    return pipe.to(device)


def weights_sha256(folder: Path) -> str:
    """One digest over the names and contents of all weight files; Invalid when there are none."""
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise Invalid(f"model folder {folder} holds no safetensors weights: nothing else is loaded, pickles never")
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder).as_posix()} {file_sha256(path)}\n".encode())
    return digest.hexdigest()
