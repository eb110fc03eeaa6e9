"""Checkpoints of a single file, in the layout of the model's own makers: unpacked once into a diffusers folder.

diffusers' `from_single_file` reads them. The configuration comes from a folder of the same model in diffusers' layout,
and so does what the file lacks: tokenizers always, VAE and text encoders of most newer models. Nothing is fetched.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.loaders.single_file_utils import LDM_VAE_KEYS
from safetensors import SafetensorError, safe_open

from feedback.durable_files import whole_folder
from feedback.errors import Invalid, one_line
from generation.families import registered_in
from generation.families.folder import read_json
from generation.families.protocol import Family
from generation.models.limits import FILE as LIMITS

ENDING = ".safetensors"
HALVES = {"F16": torch.float16, "BF16": torch.bfloat16}  # number formats, as safetensors files name them
LOCAL = {"local_files_only": True}


def unpack(file: Path, config: Path, target: Path) -> None:
    """Writes the model of `file` to `target` as `save_pretrained` does, with the configuration of the folder `config`.

    Weights keep their values to the bit, and 16 bits where these hold them. Invalid names what cannot be read or is
    missing; then nothing is written.
    """
    if file.suffix != ENDING:
        raise Invalid(f"{file} is not read: only {ENDING} files are, pickles never")
    family, keys = registered_in(config).load(), keys_of(file)
    if len(denoisers_in(config, family)) > 1:
        raise Invalid(
            f"{config} is a model of several denoisers, of which {file.name} can hold one: give a folder as base"
        )
    try:
        pipe = from_file(file, config, family, keys)
    except Invalid:
        raise
    except Exception as error:  # whatever a library says of it
        raise Invalid(f"{file} cannot be read with the configuration in {config}: {one_line(error)}") from error
    narrow(pipe, usual_format(file))
    with whole_folder(target) as partial:
        pipe.save_pretrained(partial, safe_serialization=True)
        if (config / LIMITS).is_file():
            shutil.copy(config / LIMITS, partial / LIMITS)


def keys_of(file: Path) -> list[str]:
    try:
        with safe_open(str(file), framework="pt") as weights:
            return list(weights.keys())
    except (SafetensorError, OSError) as error:
        raise Invalid(f"{file} is broken: {one_line(error)}") from error


def denoisers_in(config: Path, family: type[Family]) -> list[str]:
    index = read_json(config / "model_index.json")
    return [name for name in family.denoisers if index.get(name, [None]) != [None, None] and name in index]


def from_file(file: Path, config: Path, family: type[Family], keys: list[str]) -> Any:
    """The pipeline: its text encoders are the file's where the class can read them there."""
    pipeline_class: Any = family.pipeline_class
    in_file = [*denoisers_in(config, family), *(["vae"] if has_vae(keys) else [])]
    parts = {name: read_network(file, config, name) for name in in_file}
    if not hasattr(pipeline_class, "from_single_file"):
        return pipeline_class.from_pretrained(str(config), use_safetensors=True, **LOCAL, **parts)
    others = {name: load_part(config, name) for name in ("vae", "safety_checker") if name not in parts}
    parts |= {name: part for name, part in others.items() if part is not None}
    return pipeline_class.from_single_file(str(file), config=str(config), **LOCAL, **parts)


def read_network(file: Path, config: Path, name: str) -> torch.nn.Module:
    """One part; Invalid when the file does not have all of its weights."""
    part = class_of(config, name)
    if not hasattr(part, "from_single_file"):
        raise Invalid(
            f"{file} cannot be read: diffusers reads no single files of {part.__name__}; give a folder as base"
        )
    lacking = f"{file} lacks weights of {name}, which the configuration in {config} asks for"
    try:
        network = part.from_single_file(str(file), config=str(config), subfolder=name, **LOCAL)
    except NotImplementedError as error:  # torch's, of a weight that was given no values
        raise Invalid(lacking) from error
    if any(weight.is_meta for weight in network.parameters()):
        raise Invalid(lacking)
    return network


def has_vae(keys: list[str]) -> bool:
    return any(key.startswith(tuple(LDM_VAE_KEYS)) for key in keys)


def load_part(config: Path, name: str) -> Any:
    """A network of the folder `config`, or None where it has none of that name."""
    if read_json(config / "model_index.json").get(name, [None, None]) == [None, None]:
        return None
    return class_of(config, name).from_pretrained(str(config), subfolder=name, use_safetensors=True, **LOCAL)


def class_of(config: Path, name: str) -> Any:
    """Of a part of the pipeline; only of the libraries that families are made of."""
    library, class_name = read_json(config / "model_index.json")[name]
    libraries = {"diffusers": diffusers, "transformers": transformers}
    return getattr(libraries.get(library) or getattr(diffusers.pipelines, library), class_name)


def usual_format(file: Path) -> torch.dtype | None:
    """The 16 bits that most of a file's tensors are in, or None."""
    with safe_open(str(file), framework="pt") as weights:
        formats = Counter(weights.get_slice(key).get_dtype() for key in weights.keys())  # noqa: SIM118 (no mapping)
    return HALVES.get(formats.most_common(1)[0][0]) if formats else None


def narrow(pipe: Any, dtype: torch.dtype | None) -> None:
    """Weights that lose nothing are kept in the file's 16 bits: libraries read them as 32, which is twice the disk."""
    networks = [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]
    for weight in (weight for network in networks for weight in network.parameters()) if dtype else ():
        narrowed = weight.data.to(dtype)
        if torch.equal(narrowed.to(weight.dtype), weight.data):
            weight.data = narrowed
