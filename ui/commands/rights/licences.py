"""`licence`: what rights holders let the studio do with titles and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from feedback.errors import NotFound
from feedback.fields import shown
from ui.commands.rights.shared import days, hash_of, who_records, with_terms
from ui.commands.shared import answer, open_studio, table, with_studio


@click.group("licence")
def licence_group() -> None:
    """Licences of titles and files: add, list, end, media."""


@licence_group.command("add")
@click.argument("name")
@click.option("--holder", required=True, help="Who holds the rights.")
@click.option("--terms", "words", default="", help="In words, or where they are written.")
@with_terms
@with_studio
def add(
    name: str,
    holder: str,
    words: str,
    terms: dict[str, Any],
    recorder: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Record the licence NAME."""
    from feedback.rights import licences

    studio = open_studio(folder)
    who = who_records(studio, recorder)
    made = licences.add_licence(studio, name, holder=holder, terms=words, **terms, **who)
    answer({**made}, as_json, f"licence {name} of {holder} allows {' and '.join(made['uses'])}")


@licence_group.command("list")
@with_studio
def list_all(folder: Path, as_json: bool) -> None:
    """Every licence, and whether it was ended."""
    from feedback.rights import licences
    from feedback.store.time_zone import day_in

    studio = open_studio(folder)
    rows = licences.list_licences(studio)
    lines = [
        [row["name"], row["holder"], ", ".join(row["uses"]), ", ".join(row["projects"]) or "every project", days(row),
         f"ended {day_in(studio, row['ended'])}" if row["ended"] else ""]
        for row in rows
    ]  # fmt: skip
    answer({"licences": rows}, as_json, table(lines, ["licence", "of", "allows", "in", "days", ""]))


@licence_group.command("end")
@click.argument("name")
@click.option("--reason", required=True, help="Why, for the record.")
@click.option("--by", "recorder", metavar="NAME", help="Whose account ends it.  [default: the command line]")
@with_studio
def end(name: str, reason: str, recorder: str | None, folder: Path, as_json: bool) -> None:
    """The licence NAME holds no longer; what learned from it no longer draws."""
    from feedback.ledger.revocation import describe_end, end_licence_and_follow

    studio = open_studio(folder)
    made = end_licence_and_follow(studio, name, reason, **who_records(studio, recorder))
    answer({"licence": name, **made}, as_json, describe_end(f"licence {name}", made))


@licence_group.command("media")
@click.argument("file")
@click.argument("name")
@click.option("--by", "recorder", metavar="NAME", help="Whose account records it.  [default: the command line]")
@with_studio
def media(file: str, name: str, recorder: str | None, folder: Path, as_json: bool) -> None:
    """A plate or reference is under the licence NAME. FILE: itself, which the studio keeps, or the sha256 that it has of it."""
    from feedback.rights.licences import get_licence, license_media
    from feedback.store.media import find_file
    from generation.media.sources import store_source

    studio, path = open_studio(folder), Path(file)
    get_licence(studio, name)  # before a file is kept for nothing
    sha256 = hash_of(path) if path.is_file() else file
    if not path.is_file() and find_file(studio, file) is None:
        raise NotFound(f"no file {shown(file)}, and the studio keeps none of that sha256: give one of both")
    if path.is_file() and find_file(studio, str(sha256)) is None:
        sha256 = store_source(studio, path)
    license_media(studio, str(sha256), name, **who_records(studio, recorder))
    answer({"media": sha256, "licence": name}, as_json, f"{file} is under licence {name}")
