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


def read_recipe(path: Path | None, method: str | None, person: str | None = None, project: str | None = None) -> Recipe:
    """The recipe in a file, or the default one. `method` replaces its method and brings the defaults of that method;
    `person` and `project`, where given, replace those for whom it tunes.
    """
    from dataclasses import replace

    from finetune.recipe import load_recipe, recipe_from

    recipe = recipe_from({}, method) if path is None else load_recipe(path, method)
    data = recipe.data
    return replace(recipe, data=replace(data, person=person or data.person, project=project or data.project))
