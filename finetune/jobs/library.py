"""What a run has of the studio's library: frames and clips to learn from, and the library adapter that it stands on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from feedback.library.learning import describe_left_out
from feedback.models import versions
from feedback.models.library_adapters import check_library_version, newest_library_version
from feedback.models.version_rights import missing_for_version
from feedback.preferences.dataset import Preferences
from feedback.rights.behind_runs import missing_for_runs
from feedback.store import Studio
from finetune.data.dataset import Dataset
from finetune.data.library.collecting import collect_beside, collect_library
from finetune.errors import TooFewItems
from finetune.jobs.for_whom import collect_for
from finetune.run_start import RunStart
from finetune.settings import NEWEST, NONE, Recipe

MOST_REASONS = 3  # in one refusal


def collect_all(studio: Studio, recipe: Recipe, since: str | None = None) -> tuple[Preferences, dict[str, int]]:
    """(judgements, frames and clips that are learned from; how many of these are left out, by the reason)."""
    if recipe.learns_from_library:
        preferences, collected = Preferences([], [], [], [], {}, {}, [], {}), collect_library(studio, recipe)
        return replace(preferences, library=cast(list[dict[str, Any]], collected.rows)), collected.left_out
    preferences = collect_for(studio, recipe, since)
    if preferences.pairs and recipe.method != "sft":
        collected = collect_beside(studio, recipe, preferences)
    else:
        return preferences, {}
    return replace(preferences, library=cast(list[dict[str, Any]], collected.rows)), collected.left_out


def library_under(studio: Studio, recipe: Recipe, production: str) -> str | None:
    """The version whose library adapter a run stands on; None where it stands on none.

    Refused for one that the recipe names and that cannot be stood on.
    """
    name, base = recipe.library.adapter, versions.get_version(studio, production)["base"]
    if recipe.learns_from_library or name == NONE:
        return None
    if name != NEWEST:
        return check_library_version(studio, name, base, recipe.data.project)
    return newest_library_version(studio, base, recipe.data.project)


def refuse_too_few_items(dataset: Dataset, recipe: Recipe, left_out: dict[str, int]) -> None:
    """TooFewItems, before anything is written, where a run on the library has too little of it, or nothing to test on."""
    if not recipe.learns_from_library:
        return
    count, least = len(dataset.examples), recipe.library.min_items
    reasons = "; ".join(describe_left_out(left_out)[:MOST_REASONS])
    why = f"; {reasons}" if reasons else ""
    if count < least:
        more = "" if count or reasons else ": add films and pictures with circletake library add"
        raise TooFewItems(
            f"{count} frames and clips of the library may be learned from, and library.min_items is {least}{more}{why}"
        )
    if not dataset.train:
        raise TooFewItems(f"all {count} frames and clips are of one shot: add others, to test on{why}")


def begin(studio: Studio, recipe: Recipe, since: str | None) -> tuple[Preferences, RunStart]:
    """What would be learned from, and on which versions it would stand."""
    production = versions.production_version(studio)
    collected, left_out = collect_all(studio, recipe, since)
    return collected, RunStart(production, library_under(studio, recipe, production), left_out)


def missing_for(studio: Studio, run: int, start: RunStart) -> list[str]:
    """What the run lacks to be learned from today, and the library adapter that it stands on."""
    return [*missing_for_runs(studio, [run]), *(missing_for_version(studio, start.library) if start.library else ())]
