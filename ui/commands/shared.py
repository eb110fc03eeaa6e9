"""What every command shares: its options, its studio, its answer, and its refusals in one line."""

from __future__ import annotations

import getpass
import json
import sqlite3
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback.errors import Interrupted, Refused
from feedback.fields import clean_text

if TYPE_CHECKING:
    from feedback.store import Studio


class RefusingGroup(click.Group):
    """A click group in which a refusal, or an interruption, is one line on stderr and exit code 1, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Refused, Interrupted) as reason:
            # On one line and without escapes for the terminal, whatever a name or a text in it holds.
            click.echo(" ".join(clean_text(str(reason)).split()), err=True)
        except sqlite3.DatabaseError as reason:
            click.echo(f"the studio's database cannot be used: {reason}; {what_helps(reason)}", err=True)
        except OSError as reason:
            click.echo(f"{reason.filename or 'the file system'}: {reason.strerror or reason}", err=True)
        return ctx.exit(1)


def what_helps(reason: sqlite3.DatabaseError) -> str:
    """A database that cannot be opened has nothing for the doctor to look at."""
    damaged = getattr(reason, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return "restore the last backup with `circletake restore`" if damaged else "see `circletake doctor`"


def with_studio(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--studio DIR` and `--json`; the command gets `folder: Path` and `as_json: bool`."""
    command = click.option(
        "--json", "as_json", is_flag=True, help="One JSON object on stdout; progress goes to stderr."
    )(command)
    return click.option(
        "--studio",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="CIRCLETAKE_STUDIO",
        default=Path("studio"),
        help="The studio's folder.  [default: $CIRCLETAKE_STUDIO, else ./studio]",
    )(command)


def open_studio(folder: Path) -> Studio:
    """The studio in `folder`, closed when the command ends; raises NotFound when there is none."""
    from feedback.store import Studio

    studio = Studio.open(folder)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(studio.close)
    return studio


def answer(data: Mapping[str, object], as_json: bool, text: str) -> None:
    """The command's one answer: JSON for scripts, words for people."""
    click.echo(json.dumps(data, default=str) if as_json else text)


NO_DRAW = click.option(
    "--no-draw", is_flag=True, help="Do not load the model and draw with it now: this machine has no room for it."
)


def brought(folder: Path, no_draw: bool) -> tuple[str, dict[str, str]]:
    """Where a base model lies and the hashes of its files, once it is known to be one that can be drawn with."""
    from generation.models.base_models import base_folder
    from generation.models.folder_safety import check_files

    home = str(folder.resolve())
    check_files(base_folder(home))  # before the libraries are loaded, which takes seconds
    from generation.bringing import bring_base

    return home, bring_base(home, draw=not no_draw)


def table(rows: list[list[Any]], head: list[str]) -> str:
    """Left-aligned columns two spaces apart; "nothing" for no rows."""
    if not rows:
        return "nothing yet"
    cells: list[list[str]] = [head, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(head))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells)


def read_password(from_stdin: bool, name: str, instead: str) -> str | None:
    """A password typed twice, or one line from stdin; None when that line is empty (a person with tokens only).

    Refused, saying what to do `instead`, where there is no terminal to type it in.
    """
    if from_stdin:
        try:
            return sys.stdin.readline().rstrip("\r\n") or None
        except UnicodeDecodeError:
            raise Refused("the password on stdin is no text in UTF-8") from None
    no_terminal = Refused(f"there is no terminal to type the password of {name} in: send it as one line with {instead}")
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # it would go on by echoing what is typed
        try:
            return click.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True)
        except getpass.GetPassWarning:
            raise no_terminal from None
        except click.Abort:
            if sys.stdin.isatty():
                raise
            raise no_terminal from None
