"""Is the catalogue large enough? What may be learned from today, and what runs on so much of it were worth."""

from __future__ import annotations

from typing import Any, TypedDict

from feedback.models import runs
from feedback.store import Studio
from finetune.data.library.collecting import collect_library, count_items
from finetune.settings import LIBRARY, DataSettings, LibrarySettings, Recipe

FEWEST_POINTS = 2
FLAT = 0.005  # of the error: sizes whose errors differ by less are worth the same


class LibraryRun(TypedDict):
    """A run on the library that came to an end."""

    run: int
    version: str | None
    items: int
    error: float  # of held-out frames and clips, relative to the model before
    state: str


class LibraryNeeds(TypedDict):
    items: int  # that may be learned from
    stills: int
    clips: int
    without_caption: int
    needed: int  # fewest of a run
    left_out: dict[str, int]  # how many, by the reason
    runs: list[LibraryRun]  # the smallest first
    enough: bool | None  # whether more were worth little the last time; None where no two sizes tell


def needs_of_library(studio: Studio, project: str | None = None) -> LibraryNeeds:
    """For the whole studio, or for a project (code), by the default recipe."""
    recipe = Recipe(method="sft", data=DataSettings(learn_from=LIBRARY, project=project))
    collected = collect_library(studio, recipe)
    counts, past = count_items(collected.rows), library_runs(studio, project)
    return {
        "items": counts["items"],
        "stills": counts["stills"],
        "clips": counts["clips"],
        "without_caption": counts["without_caption"],
        "needed": LibrarySettings().min_items,
        "left_out": collected.left_out,
        "runs": past,
        "enough": is_enough(past),
    }


def library_runs(studio: Studio, project: str | None) -> list[LibraryRun]:
    """The newest of each size."""
    by_size: dict[int, LibraryRun] = {}
    for run in runs.list_runs(studio):
        data, metrics = run["recipe"].get("data") or {}, run["metrics"] or {}
        if data.get("learn_from") != LIBRARY or data.get("project") != project or "winner_error_ratio" not in metrics:
            continue
        items = metrics["library"]["items"]
        by_size.setdefault(items, described(run, items, metrics))
    return [by_size[items] for items in sorted(by_size)]


def described(run: runs.Run, items: int, metrics: dict[str, Any]) -> LibraryRun:
    error, state = float(metrics["winner_error_ratio"]), run["state"]
    return {"run": run["id"], "version": run["version"], "items": items, "error": error, "state": state}


def is_enough(past: list[LibraryRun]) -> bool | None:
    """Whether the largest run was hardly better than the one before it in size."""
    if len(past) < FEWEST_POINTS:
        return None
    return past[-2]["error"] - past[-1]["error"] < FLAT


def describe_library_needs(needs: LibraryNeeds) -> list[str]:
    """In lines."""
    there = f"{needs['items']} frames and clips of the library may be learned from ({needs['stills']} stills, {needs['clips']} clips)"
    lines = [there if needs["items"] >= needs["needed"] else f"{there}; a run needs {needs['needed']}"]
    if needs["without_caption"]:
        lines.append(f"{needs['without_caption']} of them have no caption")
    lines += [
        f"{count} may not: {reason}" for reason, count in sorted(needs["left_out"].items(), key=lambda each: -each[1])
    ]
    lines += [
        f"run {each['run']}: {each['items']} items, held-out error x{each['error']:.3f}" for each in needs["runs"]
    ]
    return [*lines, ANSWERS[needs["enough"]]]


ANSWERS = {
    True: "enough: the largest run was hardly better than the one before it in size, so more of the same is worth little",
    False: "more is worth it: the largest run was clearly better than the one before it in size",
    None: "no two runs of different sizes tell yet: tune with library.most_items at a quarter of what there is, and with all",
}
