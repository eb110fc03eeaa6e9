"""`backup` and `restore`: a studio's copy on another disk, and a studio from it."""

from __future__ import annotations

from pathlib import Path

import click

from feedback.errors import Refused
from ui.commands.shared import answer, open_studio, with_studio

GIB = 1024**3
FEW = 3  # damaged files that a line names

NUMBER = click.option("--number", type=click.IntRange(1), help="Which backup.  [default: the last one]")


@click.command("backup")
@click.argument("directory", envvar="CIRCLETAKE_BACKUP", type=click.Path(path_type=Path, file_okay=False))
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Remove all but the newest N.  [default: keep all]")
@with_studio
def backup_command(directory: Path, keep: int | None, folder: Path, as_json: bool) -> None:
    """Add a backup of the studio to DIRECTORY (default: $CIRCLETAKE_BACKUP), while it serves and draws."""
    from feedback.maintenance.backup import make_backup

    made = make_backup(open_studio(folder), directory, keep)
    size = f"{made['files']} files ({made['bytes'] / GIB:.2f} GiB, {made['copied']} of them new)"
    line = f"backup {made['number']} in {directory}: {made['rows']} rows, {size}"
    answer(made, as_json, line)
    if made["damaged"]:
        raise Refused(f"the backup is there, but the studio has lost something: {few(made['damaged'])}")


RIGHTS_SINCE = "what people took back since {} is in force here again: revoke it again (circletake consent list)"


@click.command("restore")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("target", metavar="STUDIO", type=click.Path(path_type=Path))
@NUMBER
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout; progress goes to stderr.")
def restore_command(directory: Path, target: Path, number: int | None, as_json: bool) -> None:
    """Make the studio of a backup in DIRECTORY again, in the folder STUDIO, which is empty or not there yet."""
    from feedback.days import minute_of
    from feedback.maintenance.restore import restore

    made = restore(directory, target, number)
    moment = f"{minute_of(made['created'])} UTC"
    line = f"{target} is the studio of backup {made['number']} of {moment}"
    counted = f"{line}: {made['rows']} rows, {made['files']} files, each with its hash"
    answer(made, as_json, f"{counted}\n{RIGHTS_SINCE.format(moment)}")
    if made["damaged"]:
        raise Refused(f"the studio is there, but the backup has lost something: {few(made['damaged'])}")


def few(lines: list[str]) -> str:
    """The first few, so that the line stays a line."""
    more = f"; and {len(lines) - FEW} more" if len(lines) > FEW else ""
    return "; ".join(lines[:FEW]) + more
