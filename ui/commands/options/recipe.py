"""From which recipe a command tunes, and for whom: the studio, one person or one project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from finetune.settings import Recipe


def with_whose(command: Callable[..., None]) -> Callable[..., None]:
    """For a command that tunes: for whom, the studio or one person or one project."""
    person = click.option(
        "--for", "person", metavar="NAME", help="Towards what this person prefers.  [default: the studio]"
    )
    project = click.option("--project", metavar="CODE", help="Learn only from judgements on this project.")
    return person(project(command))


def with_library(command: Callable[..., None]) -> Callable[..., None]:
    """For a command that tunes: from what, people's judgements or the studio's own frames and clips."""
    source = click.option(
        "--from",
        "source",
        type=click.Choice(("judgements", "library")),
        help="What it learns from: people's judgements, or the library's frames and clips (method sft).",
    )
    titles = click.option(
        "--title", "titles", multiple=True, metavar="T", help="Learn from this title of the library alone."
    )
    return source(titles(command))


def of_library(recipe: Recipe, titles: tuple[str, ...]) -> Recipe:
    """The same, learning from the library; `titles` replace those of the recipe, where any are given."""
    from dataclasses import replace

    data, library = replace(recipe.data, learn_from="library"), recipe.library
    return replace(recipe, data=data, library=replace(library, titles=titles or library.titles))


def read_recipe(path: Path | None, method: str | None, person: str | None = None, project: str | None = None) -> Recipe:
    """The recipe in a file, or the default one. `method` replaces its method and brings the defaults of that method;
    `person` and `project`, where given, replace those for whom it tunes.
    """
    from dataclasses import replace

    from finetune.recipe import load_recipe, recipe_from

    recipe = recipe_from({}, method) if path is None else load_recipe(path, method)
    data = recipe.data
    return replace(recipe, data=replace(data, person=person or data.person, project=project or data.project))
