"""`library exclude`, `include` and `tag`: by hand, for single items or for all that a filter names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback.errors import Refused
from ui.commands.library.browsing import filter_of, filtered
from ui.commands.shared import answer, open_studio, with_studio

if TYPE_CHECKING:
    from feedback.store import Studio


def chosen(studio: Studio, numbers: tuple[int, ...], which: dict[str, Any], state: str) -> list[int]:
    """The items that are named, or all that the filter names; Refused when it is neither, or nothing."""
    from feedback.library.search import ids_of

    given = {name: value for name, value in which.items() if value not in ("", None)}
    if bool(numbers) == bool(given):
        raise click.UsageError(
            "name items by their numbers, or all of a --title, --licence, --person, --kind or --file"
        )
    if numbers:
        return list(numbers)
    listed = ids_of(studio, filter_of({**given, "state": state}))
    if not listed:
        raise Refused(f"no item is {state} of {', '.join(f'{name} {value}' for name, value in given.items())}")
    return listed


def in_groups(numbers: list[int]) -> list[list[int]]:
    from feedback.library.items import MOST

    return [numbers[start : start + MOST] for start in range(0, len(numbers), MOST)]


@click.command("exclude")
@click.argument("numbers", metavar="[ITEM]...", nargs=-1, type=int)
@click.option("--reason", required=True, help="Why; people and reports read it.")
@filtered
@with_studio
def exclude_items(numbers: tuple[int, ...], reason: str, folder: Path, as_json: bool, **which: Any) -> None:
    """Take items out of learning and drawing. Nothing is deleted."""
    from feedback.library import items

    studio = open_studio(folder)
    count = sum(items.exclude(studio, part, reason) for part in in_groups(chosen(studio, numbers, which, "included")))
    answer({"excluded": count}, as_json, f"{count} items are excluded")


@click.command("include")
@click.argument("numbers", metavar="[ITEM]...", nargs=-1, type=int)
@filtered
@with_studio
def include_items(numbers: tuple[int, ...], folder: Path, as_json: bool, **which: Any) -> None:
    """Take exclusions back."""
    from feedback.library import items

    studio = open_studio(folder)
    count = sum(items.include(studio, part) for part in in_groups(chosen(studio, numbers, which, "excluded")))
    answer({"included": count}, as_json, f"{count} items are included again")


@click.command("tag")
@click.argument("numbers", metavar="[ITEM]...", nargs=-1, type=int)
@click.option(
    "--title", default="", help="Instead of items: who is in all of this title, also of files that come later."
)
@click.option("--file", type=int, help="Instead of items: all of this file.")
@click.option("--person", "people", multiple=True, help="Who is in it; may be repeated.")
@click.option("--remove", multiple=True, help="Who is not; may be repeated.")
@click.option("--caption", help="What is seen.")
@with_studio
def tag_items(
    numbers: tuple[int, ...],
    title: str,
    file: int | None,
    people: tuple[str, ...],
    remove: tuple[str, ...],
    caption: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Say who is in items, in a file or in a title, and what is seen."""
    from feedback.library import items, titles

    if not people and not remove and caption is None:
        raise click.UsageError("give --person NAME, --remove NAME or --caption TEXT")
    studio = open_studio(folder)
    if title:
        if numbers or file is not None or caption is not None:
            raise click.UsageError("--title is for people of all of it: give no items, --file or --caption with it")
        titles.tag_title(studio, title, people, remove)
        answer({"title": title, "people": people, "removed": remove}, as_json, f"{title} is tagged")
        return
    listed = chosen(studio, numbers, {"file": file}, "all")
    count = sum(items.tag(studio, part, people, remove, caption) for part in in_groups(listed))
    answer({"items": count}, as_json, f"{count} items are tagged")
