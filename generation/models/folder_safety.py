"""What is refused of a model folder or a weights file before anything is loaded: it may come from anywhere.

Libraries would follow a `model_index.json` to code in the folder or in any installed package, a configuration to code on
the network, a link to other people's files, and would reserve the memory that a number asks for. Everything here is
read without torch and in a moment, so that a hostile folder is refused within seconds and little memory.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from feedback.errors import Invalid
from feedback.fields import shown
from generation.families.folder import LIBRARIES

EXECUTED = ("auto_map", "custom_pipelines", "trust_remote_code", "custom_code_path")
"""Names of settings by which code or weights are fetched or run."""
FETCHED = ("_attn_implementation", "attn_implementation", "_attn_implementation_internal")
"""Settings whose value may be the name of a repository with code, which has a slash in it."""
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".msgpack", ".npz", ".npy", ".joblib")
"""Endings of files that are never opened; beside safetensors weights they are left alone."""
ADAPTERS = "adapter_config.json"  # transformers would load the model that it names
LONGEST_HEADER, LONGEST_JSON, LONGEST_TOKENIZER = 16 * 1024**2, 4 * 1024**2, 128 * 1024**2  # bytes
LARGEST_NUMBER = 2_000_000  # of a configuration: vocabularies have some hundred thousand entries
SMALL_NUMBERS = {"layers": 4096, "blocks": 4096, "depth": 4096, "heads": 4096, "rope_max": 65536, "sample_": 65536}
"""The largest whole number under keys that have this in their name."""
LIMITLESS = ("theta", "token_id", "seed", "max_position", "model_max_length", "timesteps", "window", "period", "shift")
"""Keys by which nothing is reserved."""
BYTES = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 1),
}
"""Of a number, by the name that safetensors has for its format."""


def check_files(folder: Path) -> None:
    """Invalid, with one line that names the file, for a model folder that must not be loaded."""
    check_kinds(folder)
    check_code(folder)
    check_pickles(folder)
    if (folder / "model_index.json").is_file():  # whoever needs one says so
        check_index(folder)
    for path in sorted(folder.rglob("*.json")):
        check_configuration(path, folder)
    for path in sorted(folder.rglob("*.safetensors")):
        check_header(path)


def check_kinds(folder: Path) -> None:
    """Plain files and folders. Links may lead within the folder, or to the blobs of the hub's cache that it is part of."""
    root = folder.resolve()
    inside = root.parents[1] if root.parent.name == "snapshots" else root
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise Invalid(f"model file {path} is a link that leaves the folder: put a copy of the file there")
        if not path.is_file() and not path.is_dir():
            raise Invalid(f"model file {path} is no plain file: remove it")


def check_pickles(folder: Path) -> None:
    """A part whose weights are pickled only is refused before a library looks for them."""
    for part in [path for path in sorted(folder.iterdir()) if path.is_dir()]:
        pickles = [path for path in sorted(part.iterdir()) if path.suffix in PICKLED]
        if pickles and not any(part.glob("*.safetensors")):
            raise Invalid(
                f"model folder {folder} has {pickles[0].relative_to(folder)} and no safetensors weights beside it:"
                " nothing else is loaded, pickles never"
            )


def check_code(folder: Path) -> None:
    """diffusers would run a file beside a part's weights that is called as the part's library is."""
    code = next(folder.glob("*/**/*.py"), None)
    if code is not None:
        raise Invalid(f"model file {code} is code: what comes with a model is never run, remove it")


def check_index(folder: Path) -> None:
    """Each part of the pipeline comes from a library that Circletake knows, and has a plain name."""
    index = read_small_json(folder / "model_index.json")
    for name, value in index.items():
        if not isinstance(value, list) or value == [None, None]:
            continue
        if len(value) != 2 or not all(isinstance(each, str) for each in value) or not name.isidentifier():
            raise Invalid(f"model_index.json of {folder}: part {shown(name)} is no library and class")
        library, class_name = value
        if library not in LIBRARIES or not class_name.isidentifier():
            raise Invalid(
                f"model_index.json of {folder}: part {shown(name)} is {shown(f'{library}.{class_name}')}, and only parts"
                " of diffusers and transformers are loaded; code that comes with a model never is"
            )


def check_configuration(path: Path, folder: Path) -> None:
    if path.name == ADAPTERS:
        raise Invalid(f"model file {path} names another model to load: merge the adapter, or remove the file")
    if path.name == "config.json" or path.name.endswith("_config.json"):
        for key, value in settings_in(read_small_json(path)):
            check_setting(path, key, value)
    elif path.name.endswith(".index.json"):
        check_shards(path)
    elif path.stat().st_size > LONGEST_TOKENIZER:
        raise Invalid(f"model file {path} has {path.stat().st_size} bytes: at most {LONGEST_TOKENIZER} are read")


def check_shards(path: Path) -> None:
    """An index of weights names files beside it, and none elsewhere."""
    shards = read_json_up_to(path, LONGEST_HEADER).get("weight_map", {})
    names = set(map(str, shards.values())) if isinstance(shards, dict) else {str(shards)}
    for name in sorted(names):
        if Path(name).name != name or not (path.parent / name).is_file():
            raise Invalid(f"model file {path} names the file {shown(name)}, which does not lie beside it")


def check_setting(path: Path, key: str, value: Any) -> None:
    if key in EXECUTED and value:
        raise Invalid(f"model file {path} asks for code by {key}: code that comes with a model is never run")
    if key in FETCHED and isinstance(value, str) and "/" in value:
        raise Invalid(f"model file {path} asks for code from {shown(value)}: nothing is fetched, remove {key}")
    if isinstance(value, int) and not any(part in key for part in LIMITLESS):
        most = next((most for part, most in SMALL_NUMBERS.items() if part in key), LARGEST_NUMBER)
        if path.name == "config.json" and abs(value) > most:
            raise Invalid(f"model file {path}: {key} {shown(value)} is more than any model has ({most})")


def settings_in(content: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with the key that it stands under, at any depth."""
    if isinstance(content, dict):
        yield from ((name, value) for name, value in content.items())
    for name, value in content.items() if isinstance(content, dict) else ((key, each) for each in content):
        if isinstance(value, dict | list):
            yield from settings_in(value, name)
        elif isinstance(content, list):
            yield name, value


def read_small_json(path: Path) -> dict[str, Any]:
    return read_json_up_to(path, LONGEST_JSON)


def read_json_up_to(path: Path, most: int) -> dict[str, Any]:
    """Invalid, naming the file, when it is missing, larger than `most` bytes, or no JSON object."""
    try:
        if path.stat().st_size > most:
            raise ValueError(f"{path.stat().st_size} bytes, and at most {most} are read")
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict):
            raise ValueError(f"{type(content).__name__} in place of an object")
        return content
    except RecursionError:
        raise Invalid(f"model file {path} is broken: too deep") from None
    except (OSError, ValueError) as error:
        raise Invalid(f"model file {path} is broken: {' '.join(str(error).split())[:200]}") from None


def check_header(path: Path, what: str = "model file") -> dict[str, list[int]]:
    """Shapes by the names of the tensors of a safetensors file; Invalid when it does not hold what its header says.

    https://github.com/huggingface/safetensors#format
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(LONGEST_HEADER, size - 8):
                raise ValueError(f"its header says it has {length} bytes")
            header = json.loads(file.read(length))
        tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
        check_places(tensors, size - 8 - length)
        return {name: list(entry["shape"]) for name, entry in tensors.items()}
    except RecursionError:
        raise Invalid(f"{what} {path} is broken or not safetensors: too deep") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        line = " ".join(str(error).split())[:200]
        raise Invalid(f"{what} {path} is broken or not safetensors: {line}") from None


def check_places(tensors: dict[str, Any], size: int) -> None:
    """ValueError unless each tensor has the bytes that its shape takes, one after the other, to the end of the file."""
    at = 0
    for name, entry in sorted(tensors.items(), key=lambda each: each[1]["data_offsets"]):
        start, end = entry["data_offsets"]
        numbers = prod(int(side) for side in entry["shape"])
        if min(entry["shape"], default=0) < 0 or start != at or end - start != numbers * BYTES.get(entry["dtype"], 0):
            raise ValueError(f"tensor {shown(name)} does not lie where its header says")
        at = end
    if at != size:
        raise ValueError(f"it has {size} bytes of weights, and its header tells of {at}")
