"""`library list`, `search`, `show` and `report`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.commands.library.adding import on_a_line, on_lines
from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.library.items import Item
    from feedback.library.search import Filter

SHOWN = 100  # items of one answer unless more are request
FILTERS = (
    click.option("--title", default="", help="Of this title."),
    click.option("--licence", default="", help="Of titles under this licence."),
    click.option("--person", default="", help="With this person in it."),
    click.option("--kind", default="", help="still or clip.  [default: both]"),
    click.option("--file", type=int, help="Of this file, by the number that `show` gives."),
)


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Options that say which items are meant; they come as `which`, a dict."""
    for option in reversed(FILTERS):
        command = option(command)
    return command


def filter_of(which: dict[str, Any]) -> Filter:
    from feedback.library.search import Filter

    return Filter(**which)


def listing(command: Callable[..., None]) -> Callable[..., None]:
    """What `list` and `search` have in common."""
    state = click.option("--state", default="included", show_default=True, help="included, excluded or all.")
    limit = click.option("--limit", type=click.IntRange(1), default=SHOWN, show_default=True, help="How many at most.")
    offset = click.option("--offset", type=click.IntRange(0), default=0, show_default=True, help="After so many.")
    return filtered(state(limit(offset(with_studio(command)))))


@click.command("list")
@listing
def list_library(limit: int, offset: int, folder: Path, as_json: bool, **which: Any) -> None:
    """Frames and clips that were chosen: by title, file and place."""
    show_items(folder, as_json, limit, offset, which)


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@listing
def search_library(words: tuple[str, ...], limit: int, offset: int, folder: Path, as_json: bool, **which: Any) -> None:
    """Those with all of these WORDS in the caption, the file's name or the reason of an exclusion."""
    show_items(folder, as_json, limit, offset, {**which, "text": " ".join(words)})


def show_items(folder: Path, as_json: bool, limit: int, offset: int, which: dict[str, Any]) -> None:
    from feedback.library import search

    studio, request = open_studio(folder), filter_of(which)
    total, rows = search.count_items(studio, request), list[Any]()
    while len(rows) < limit and (more := search.list_items(studio, request, offset + len(rows), limit - len(rows))):
        rows += more
    lines = table([row_of(row) for row in rows], ["item", "kind", "title", "file", "at", "people", "caption"])
    answer({"total": total, "items": rows}, as_json, f"{lines}\n{len(rows)} of {total}")


def row_of(item: Item) -> list[str]:
    name = on_a_line(item["path"].rpartition("/")[2])
    caption = f"excluded: {item['reason']}" if item["excluded"] else item["caption"]
    people, place = ", ".join(item["people"]), f"{item['seconds']:.2f}"
    return [str(item["id"]), item["kind"], item["title"], name, place, people, caption[:60]]


@click.command("show")
@click.argument("item", type=int)
@with_studio
def show_item(item: int, folder: Path, as_json: bool) -> None:
    """All that is known of one item."""
    from feedback.library import files, items
    from feedback.store import media

    studio = open_studio(folder)
    row = items.get_item(studio, item)
    data: dict[str, Any] = {**row, "place": str(media.path_of(studio, row["media"]))}
    source = files.get_file(studio, row["file"])
    assert source is not None, "an item is of a file"
    original = dict(source)
    data["original"] = {
        name: original[name] for name in ("path", "sha256", "kind", "width", "height", "seconds", "detail")
    }
    answer(data, as_json, on_lines("\n".join(f"{name}: {value}" for name, value in data.items() if value is not None)))


@click.command("report")
@click.option("--title", help="Of this title.  [default: all]")
@with_studio
def report_library(title: str | None, folder: Path, as_json: bool) -> None:
    """What is in the library by title, and what was left out and why, with examples."""
    from feedback.library.report import as_text, report

    reports = report(open_studio(folder), title)
    answer({"titles": reports}, as_json, on_lines(as_text(reports)))
