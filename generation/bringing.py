"""A model that a studio brings is tried before it is a version: read in full, loaded once, and one small take drawn.

A library gives layers that the weights lack random values, leaves weights out that its configuration has no layer for,
and only warns of both. Here both are refused, and so are weights that are not numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from feedback.errors import Invalid, Refused, one_line
from feedback.models.base_pins import Files
from generation.families import registered_in
from generation.families.folder import read_json
from generation.models.base_models import base_folder, drawable, usual_settings, usual_shape
from generation.models.checking import check_brief
from generation.models.limits import Limits, Shape, read_limits
from generation.models.loading import Loaded, check_base, from_folder, naming, number_types, settle_pipe
from generation.models.pinning import files_of
from generation.models.single_file import LOCAL, class_of
from generation.models.weights_digest import weight_files
from generation.sampling import draw_each

SIDES = (64, 128, 256, 512, 1024)  # pixels, of which the smallest that the model can draw is taken
STEPS = 2
PROMPT = "a house by the sea"
NOT_KEPT = (("missing_keys", "has no values for"), ("unexpected_keys", "has no layer for"))
"""What a library says of a part that it has loaded, and what that means."""


def bring_base(base: str, *, draw: bool = True) -> Files:
    """The files of a base that can be drawn with, to be pinned; Invalid, in one line that names the folder, for others.

    `draw=False` leaves out loading and drawing, for a machine that has no room for the model.
    """
    check_base(base)
    folder = base_folder(base)
    files = files_of(base)
    with naming(folder):
        check_numbers(folder)
    if draw:
        draw_one(load_whole(base))
    return files


def check_numbers(folder: Path) -> None:
    """Invalid names the first weight that has values that are not numbers. One tensor at a time is in memory."""
    for path in weight_files(folder):
        with safe_open(str(path), framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 (a safe_open is no mapping)
                if not is_finite(file.get_tensor(name)):
                    raise Invalid(f"{name} in {path.name} has values that are not numbers: its file is damaged")


def is_finite(tensor: torch.Tensor) -> bool:
    if not tensor.is_floating_point():
        return True
    eight_bits = tensor.element_size() == 1  # for which torch cannot tell
    return bool(torch.isfinite(tensor.float() if eight_bits else tensor).all())


def load_whole(base: str) -> Loaded:
    """The base in memory, each of its parts with exactly the weights of its files."""
    folder = base_folder(base)
    family = registered_in(folder).load()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with naming(folder):
        parts = {name: load_part(folder, name, device) for name in parts_with_weights(folder)}
    pipe = settle_pipe(from_folder(folder, family, device, parts), device)
    with naming(folder):
        return Loaded(pipe, family.of(pipe), "the one that is brought", base, "", read_limits(folder))


def parts_with_weights(folder: Path) -> list[str]:
    index = read_json(folder / "model_index.json")
    names = [name for name, value in index.items() if isinstance(value, list) and value != [None, None]]
    return [name for name in names if any((folder / name).glob("*.safetensors"))]


def load_part(folder: Path, name: str, device: str) -> Any:
    """One network; Invalid when its configuration and its weights are not of one model."""
    types = number_types(device)
    dtype = types if isinstance(types, torch.dtype) else types.get(name, types["default"])
    try:
        network, report = class_of(folder, name).from_pretrained(
            str(folder), subfolder=name, use_safetensors=True, output_loading_info=True, dtype=dtype, **LOCAL
        )
    except Exception as error:  # whatever a library says of a broken file
        raise Invalid(f"{name} cannot be loaded: {one_line(error)}") from error
    for key, problem in NOT_KEPT:
        names = sorted(map(str, report.get(key) or ()))
        if names:
            raise Invalid(f"{name} {problem} {some(names)}: its configuration and its weights are of different models")
    mismatched = [each[0] if isinstance(each, tuple) else str(each) for each in report.get("mismatched_keys") or ()]
    if mismatched:
        raise Invalid(f"{name} has another shape for {some(mismatched)}: its configuration is of another model")
    return network


def some(names: Iterable[str]) -> str:
    first, *others = sorted(names)
    return f"{first} and {len(others)} more weights" if others else first


def draw_one(loaded: Loaded) -> None:
    """Invalid when not even a small take can be drawn."""
    brief = smallest_brief(loaded)
    try:
        draw_each(loaded, [(brief, 1)])
    except Refused as error:
        raise Invalid(f"model folder {loaded.base} cannot be drawn with: {error}") from None
    except Exception as error:
        raise Invalid(
            f"model folder {loaded.base} cannot be drawn with: {one_line(error)}; with --no-draw it is not tried"
        ) from error


def smallest_brief(loaded: Loaded) -> dict[str, Any]:
    """The smallest that the model can draw, or else what it usually draws."""
    limits = loaded.limits
    kind = next(kind for kind in limits.kinds if drawable(limits, kind))
    usual = usual_shape(limits, kind)
    shapes = [Shape(kind, side, side, usual.frames) for side in SIDES if side <= max(usual.width, usual.height)]
    known = [shape for shape in limits.shapes if shape.kind == kind]
    tried = [*sorted(known, key=lambda shape: shape.width * shape.height * shape.frames), *shapes]
    for shape in tried:
        try:
            brief = brief_of(limits, shape)
            check_brief(loaded, brief)
            return brief
        except Invalid:
            continue
    return brief_of(limits, usual)


def brief_of(limits: Limits, shape: Shape) -> dict[str, Any]:
    settings = {"guidance": 1.0, **usual_settings(limits, shape.kind), "steps": STEPS}
    size = {"width": shape.width, "height": shape.height, "frames": shape.frames}
    return {"prompt": PROMPT, "negative_prompt": "", "kind": shape.kind, **size, **settings}
