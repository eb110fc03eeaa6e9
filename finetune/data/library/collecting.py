"""Which frames and clips a run learns from, in which size and under which words: rows of its frozen snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from feedback.library.learning import Learnable, LearnableItem, is_empty, items_to_learn_from
from feedback.models.versions import production_version
from feedback.preferences.dataset import Preferences
from feedback.production.briefs import Brief, get_brief
from feedback.store import Studio
from finetune.data.library.shapes import Unfit, buckets, rate_of, shape_for
from finetune.digests import digest
from finetune.settings import LibrarySettings, Recipe
from generation.families.folder import pipeline_class_in
from generation.families.unloaded.grids import GRIDS, Grid, grid_in
from generation.models.base_models import folder_of_version, usual_settings
from generation.models.limits import Limits, Shape, read_limits

NO_CAPTION = "nobody described it"
USUAL = {"steps": 30, "guidance": 1.0}  # where a model does not say; a brief's own defaults do not matter here


class LibraryRow(TypedDict):
    """One frame or clip as a run learns from it."""

    item: int
    media: str  # sha256
    title: str
    prompt: str  # its caption, or what stands for it
    described: bool  # whether it has a caption
    group: str  # of one shot of one file: they are held out together
    kind: str
    width: int  # pixels that it is cut and scaled to
    height: int
    frames: int
    fps: float
    guidance: float  # of models that are fed it
    like: int | None  # the brief by whose settings takes are drawn that it is set against


@dataclass(frozen=True)
class Collected:
    """What is learned from, and why the rest is not."""

    rows: list[LibraryRow]
    left_out: dict[str, int]  # how many items, by the reason


@dataclass(frozen=True)
class ModelShapes:
    """What the base of production draws."""

    limits: Limits
    grid: Grid | None  # None where that is not known before it is loaded

    @property
    def rate(self) -> float:
        return rate_of(self.limits)


def model_shapes(studio: Studio) -> ModelShapes:
    folder = folder_of_version(studio, production_version(studio))
    return ModelShapes(read_limits(folder), grid_in(folder) if pipeline_class_in(folder) in GRIDS else None)


def collect_library(studio: Studio, recipe: Recipe) -> Collected:
    """Everything that may be learned from, by a run on the library alone. NotFound: no such title or project."""
    model, learnable = model_shapes(studio), learnable_for(studio, recipe)
    shapes = {kind: buckets(model.limits, model.grid, kind) for kind in ("still", "clip")}
    guidance = {kind: float(usual_settings(model.limits, kind).get("guidance", USUAL["guidance"])) for kind in shapes}
    left_out = Counter(learnable.left_out)
    rows = []
    for item in learnable.items:
        try:
            shape = shape_for(item, shapes[item["kind"]], model.limits, model.grid, model.rate)
            rows.append(row_of(item, shape, recipe.library, model.rate, guidance[item["kind"]], None))
        except Unfit as reason:
            left_out[str(reason)] += 1
    most = recipe.library.most_items
    if most is not None and len(rows) > most:
        left_out[f"library.most_items is {most}"] += len(rows) - most
        rows = sorted(in_fixed_order(rows)[:most], key=lambda row: row["item"])
    return Collected(rows, dict(left_out))


def in_fixed_order(rows: Iterable[LibraryRow]) -> list[LibraryRow]:
    """So that fewer are the first ones of more."""
    return sorted(rows, key=lambda row: digest(str(row["item"]), "of the library"))


def collect_beside(studio: Studio, recipe: Recipe, preferences: Preferences) -> Collected:
    """At most `library.pairs` of them, to be set against takes of the model beside these judgements.

    Of the kinds that were judged, in the sizes that were judged, and described: takes are drawn from the same words.
    """
    if not recipe.library.pairs or recipe.library.pairs_weight == 0 or is_empty(studio):
        return Collected([], {})
    like = judged_like(studio, preferences)
    model, learnable = model_shapes(studio), learnable_for(studio, recipe)
    left_out = Counter(learnable.left_out)
    rows: list[LibraryRow] = []
    for item in sorted(learnable.items, key=lambda each: digest(str(each["id"]), "beside judgements")):
        if len(rows) == recipe.library.pairs:
            break
        briefs = {shape: brief for shape, brief in like.items() if shape.kind == item["kind"]}
        try:
            if not item["caption"].strip():
                raise Unfit(NO_CAPTION)
            shape = shape_for(item, list(briefs), Limits(shapes=tuple(briefs)), model.grid, model.rate)
        except Unfit as reason:
            left_out[str(reason)] += 1
            continue
        brief = briefs[shape]
        rows.append(row_of(item, shape, recipe.library, fps_of(brief), brief["guidance"], brief["id"]))
    return Collected(sorted(rows, key=lambda row: row["item"]), dict(left_out))


def learnable_for(studio: Studio, recipe: Recipe) -> Learnable:
    return items_to_learn_from(studio, recipe.library.titles, recipe.data.project)


def judged_like(studio: Studio, preferences: Preferences) -> dict[Shape, Brief]:
    """The newest judged brief of each size, as the settings that takes of it are drawn with."""
    briefs = (get_brief(studio, brief) for brief in sorted({pair["brief"] for pair in preferences.pairs}))
    return {Shape(each["kind"], each["width"], each["height"], each["frames"]): each for each in briefs}


def fps_of(brief: Mapping[str, Any]) -> float:
    return float(brief["fps_num"] / brief["fps_den"])


def row_of(
    item: LearnableItem, shape: Shape, settings: LibrarySettings, rate: float, guidance: float, like: int | None
) -> LibraryRow:
    caption = item["caption"].strip()
    if not caption and settings.without_caption == "leave_out":
        raise Unfit(NO_CAPTION)
    instead = item["title"] if settings.without_caption == "title" else ""
    return {
        "item": item["id"],
        "media": item["media"],
        "title": item["title"],
        "prompt": caption or instead,
        "described": bool(caption),
        "group": f"{item['file']}:{item['shot']}",
        "kind": item["kind"],
        "width": shape.width,
        "height": shape.height,
        "frames": shape.frames,
        "fps": rate,
        "guidance": guidance,
        "like": like,
    }


def count_items(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a run's record tells of them."""
    sizes = Counter(f"{row['width']}x{row['height']}x{row['frames']}" for row in rows)
    return {
        "items": len(rows),
        "stills": sum(row["kind"] == "still" for row in rows),
        "clips": sum(row["kind"] == "clip" for row in rows),
        "titles": sorted({row["title"] for row in rows}),
        "without_caption": sum(not row["described"] for row in rows),
        "sizes": dict(sorted(sizes.items())),
    }


def items_of(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    return [row["item"] for row in rows]
