"""The group of commands."""

from __future__ import annotations

import click

from ui.commands.library.adding import add_to_library
from ui.commands.library.browsing import list_library, report_library, search_library, show_item
from ui.commands.library.changing import exclude_items, include_items, tag_items
from ui.commands.library.comparing import check_takes, show_similar


@click.group("library")
def library_group() -> None:
    """The studio's own films and pictures: add, list, search, show, exclude, include, tag, report, check, similar."""


for command in (
    *(add_to_library, list_library, search_library, show_item),
    *(exclude_items, include_items, tag_items, report_library),
    *(check_takes, show_similar),
):
    library_group.add_command(command)
