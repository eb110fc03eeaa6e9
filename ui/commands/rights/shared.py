"""Options of licences and consents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback.errors import Refused

if TYPE_CHECKING:
    from feedback.store import Studio

TERMS = (
    click.option("--project", "projects", multiple=True, metavar="CODE", help="Only there; may be repeated.  [default: everywhere]"),
    click.option("--from", "starts", metavar="DAY", help="The first day, such as 2026-11-27.  [default: always]"),
    click.option("--until", "ends", metavar="DAY", help="The last day.  [default: for ever]"),
    click.option(
        "--document",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="The signed paper, of which the sha256 is kept; the file itself stays where it is.",
    ),
    click.option("--by", "recorder", metavar="NAME", help="Whose account records it.  [default: the command line]"),
)  # fmt: skip
USE = click.option(
    "--use", "uses", multiple=True, metavar="training|drawing", help="What it allows; may be repeated. Nothing else is."
)


def with_terms(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of what is allowed: the command gets `terms`, the arguments of `add_licence` and `add_consent`."""

    @wraps(command)
    def taking(*, document: Path | None, **given: Any) -> Any:
        terms = {name: given.pop(name) for name in ("uses", "projects", "starts", "ends")}
        return command(terms={**terms, "document": hash_of(document)}, **given)

    decorated: Callable[..., Any] = taking
    for option in reversed(TERMS):
        decorated = option(decorated)
    return USE(decorated)


def hash_of(document: Path | None) -> str | None:
    if document is None:
        return None
    if not document.stat().st_size:
        raise Refused(f"{document} is empty: give the signed paper")
    with document.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def who_records(studio: Studio, name: str | None) -> dict[str, Any]:
    """The arguments that say who did it."""
    from feedback.people.accounts import get_person

    if name is None:
        return {"actor": "command line"}
    person = get_person(studio, name)
    return {"person": person["id"], "actor": person["name"]}


def days(row: Any) -> str:
    if not row["starts"] and not row["ends"]:
        return "always"
    return f"{row['starts'] or '…'} to {row['ends'] or '…'}"
