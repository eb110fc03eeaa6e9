"""Who decides about a version, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from ui.commands.shared import with_studio

BY = click.option("--by", "person", help="Who decides.  [default: whoever has this command line]")


def decision(command: Callable[..., None]) -> Callable[..., None]:
    """For a command that decides about one VERSION: who does, and the reason that the record keeps."""
    because = click.option("--reason", required=True, help="Why, for the record.")
    return click.argument("version")(because(BY(with_studio(command))))


def deciding_person(studio: Any, name: str | None) -> int | None:
    """The id of the person who decides, whose role the record checks; None is whoever has this command line."""
    from feedback.people import accounts

    return None if name is None else accounts.get_person(studio, name)["id"]
