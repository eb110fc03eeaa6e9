"""One file made elsewhere becomes a take of a brief, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedback.errors import Invalid
from feedback.exchange.outside.takes import add_outside_take, brief_alike, take_of_file
from feedback.production import briefs, shots
from feedback.production.briefs import Brief
from feedback.production.takes import get_take
from feedback.store import Studio
from generation.intake.embedded_texts import read_made_with
from generation.intake.fitting import Shape, check_fits, fitted, shape_of
from generation.intake.made_with import MadeWith
from generation.media.archive import encode_take, store_take
from generation.media.descriptor_extraction import keep_descriptor, measure_descriptor
from generation.media.measuring import read_bounded
from generation.media.sources import MeasuredFile, measure_file, name_of_file
from generation.request import BRIEF_FIELDS, request_of

AUTHOR = "command line"


@dataclass(frozen=True)
class Target:
    """Where files are taken to."""

    brief: int | None = None
    shot: int | None = None  # of whose briefs one that asks for the same gets the file, or a new one
    prompt: str | None = None  # of a new brief, where the file's own is not to count
    model: str | None = None  # what drew them, where the files' own word is not to count
    cut: bool = False  # a file of other proportions to those of the brief
    imported: Mapping[str, str] | None = None  # the set of preferences that it came with


@dataclass(frozen=True)
class Taken:
    file: str
    take: int
    brief: int
    is_new: bool  # or it was taken before


def take_file(studio: Studio, path: Path, target: Target) -> Taken:
    """NotFound or Invalid, which name the file, for what cannot be taken."""
    name = name_of_file(path.name)
    data = read_bounded(path, name)
    original = hashlib.sha256(data).hexdigest()
    there = take_of_file(studio, original, brief=target.brief, shot=target.shot)
    if there is not None:
        return Taken(name, there, get_take(studio, there)["brief"], is_new=False)
    file = measure_file(data, name)
    return take_measured(studio, file, name, target)


def take_measured(studio: Studio, file: MeasuredFile, name: str, target: Target) -> Taken:
    shape, made = shape_of(file, name), read_made_with(file.data, file.ext)
    brief = brief_for(studio, target, shape, made, name)
    request = request_of(brief)
    check_fits(shape, request, name, target.cut or target.brief is None)
    pixels = fitted(file, shape, request, name)
    model = target.model or made.model
    provenance = provenance_of(brief, made, name, model)
    if target.imported is not None:
        provenance["imported"] = dict(target.imported)
    files = store_take(studio, encode_take(pixels, brief, provenance))
    keep_descriptor(studio, files["rendition"], measure_descriptor(pixels))
    original = file.store(studio)
    details: dict[str, Any] = {"file": name, "model": model, "seed": made.seed, "media": {**files}}
    take, is_new = add_outside_take(studio, brief, original=original, provenance=provenance, **details)
    return Taken(name, take, brief["id"], is_new)


def provenance_of(brief: Brief, made: MadeWith, name: str, model: str | None) -> dict[str, Any]:
    """What is known of its making; the file itself, with all that its tool left in it, is kept as the original."""
    fields = {field: brief.get(field) for field in BRIEF_FIELDS}
    return {"brief": fields, "made": "elsewhere", "file": name, "model": model, "made_with": made.described()}


def brief_for(studio: Studio, target: Target, shape: Shape, made: MadeWith, name: str) -> Brief:
    """The brief that was named, or one of the shot that asks for what the file is."""
    if target.brief is not None:
        return briefs.get_brief(studio, target.brief)
    assert target.shot is not None, "a target has a brief or a shot"
    prompt = target.prompt or made.prompt
    if not prompt:
        raise Invalid(f"{name} does not say its prompt: give --prompt TEXT for the brief that it is taken into")
    fields = fields_of(shape)
    row = briefs.check_fields(studio, shots.get_shot(studio, target.shot), prompt, **fields)
    with studio.writing():  # another watch may be about to write the same
        alike = brief_alike(studio, row)
        if alike is not None:
            return briefs.get_brief(studio, alike)
        return briefs.write_brief(studio, target.shot, prompt, author=AUTHOR, **fields, **settings_of(made))


def settings_of(made: MadeWith) -> dict[str, Any]:
    """Of a brief for what was made so: ours would be drawn alike, as far as ours have such settings."""
    steps = min(made.steps, briefs.MOST_STEPS) if made.steps else None
    guidance = made.guidance if made.guidance is not None and made.guidance <= briefs.MOST_GUIDANCE else None
    return {"negative_prompt": made.negative_prompt or "", "steps": steps, "guidance": guidance}


def fields_of(shape: Shape) -> dict[str, Any]:
    """Of a brief of the file's own size; sides of a clip are even, as its encoder has them."""
    if shape.fps is None:
        return {"kind": "still", "width": shape.width, "height": shape.height}
    fps = f"{shape.fps.numerator}/{shape.fps.denominator}"
    even = {"width": shape.width // 2 * 2, "height": shape.height // 2 * 2}
    return {"kind": "clip", **even, "frames": shape.frames, "fps": fps}
