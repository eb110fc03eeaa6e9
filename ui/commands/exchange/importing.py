"""`import`: cuts of other programs, and preferences that people gave elsewhere."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from feedback.fields import clean_text
from ui.commands.shared import answer, open_studio, with_studio


@click.group("import")
def import_group() -> None:
    """Imports: cut, preferences."""


@import_group.command("cut")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--project", help="The project's code.  [default: the one that the file names]")
@click.option("--make-project", is_flag=True, help="Make the project if there is none.")
@click.option("--fps", help="Of an EDL, or of rows without a rate, such as 24000/1001.  [default: the project's]")
@click.option("--name", default=None, help="How clips are called, with {shot}.  [default: {project}_{sequence}-{shot}]")
@click.option("--by", help="The supervisor in whose name selects get the cut's in, out and order.  [default: nobody]")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@with_studio
def import_cut(
    file: Path,
    project: str | None,
    make_project: bool,
    fps: str | None,
    name: str | None,
    by: str | None,
    dry_run: bool,
    folder: Path,
    as_json: bool,
) -> None:
    """Make the sequences and shots of a cut: OpenTimelineIO (.otio, .otioz), CMX 3600 (.edl) or a table (.csv)."""
    studio = open_studio(folder)
    from feedback.exchange.edit.settings import CLIP_NAME
    from feedback.exchange.imports.cut import CutOptions
    from feedback.exchange.imports.cut import import_cut as bring
    from generation.media.plates import keep_plate

    options = CutOptions(project, make_project, fps, name or CLIP_NAME, by, dry_run)
    report = bring(studio, file, options, partial(keep_plate, studio))
    for remark in report.remarks:
        click.echo(on_a_line(remark), err=True)
    lines = [*map(str, report.changes), report.in_words()]
    answer(report.as_json(), as_json, "\n".join(map(on_a_line, lines)))


def on_a_line(text: str) -> str:
    """Without escapes for the terminal, whatever a file holds."""
    return " ".join(clean_text(text).split())
