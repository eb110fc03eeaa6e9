"""`export`: the selects to the edit, the preferences to trainers."""

from __future__ import annotations

from pathlib import Path

import click

from ui.commands.shared import answer, open_studio, with_studio

OUT = click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write into."
)


@click.group()
def export() -> None:
    """Exports: selects, preferences."""


@export.command("selects")
@click.option("--project", required=True, help="The project's code.")
@click.option("--format", "kind", required=True, type=click.Choice(["otio", "csv"]), help="What to write.")
@OUT
@with_studio
def export_selects(project: str, kind: str, out: Path, folder: Path, as_json: bool) -> None:
    """The circled takes of a project, in cutting order, for the edit."""
    studio = open_studio(folder)
    if kind == "otio":
        from feedback.exports import otio as writer
    else:
        from feedback.exports import csv as writer  # type: ignore[no-redef]
    made = writer.export_selects(studio, project, kind, out)
    answer(plain(made), as_json, f"{made['count']} selects in {made['path']}")


@export.command("preferences")
@click.option("--format", "kind", required=True, type=click.Choice(["trl", "parquet", "jsonl"]), help="What to write.")
@OUT
@with_studio
def export_preferences(kind: str, out: Path, folder: Path, as_json: bool) -> None:
    """Every judged pair as prompt, chosen and rejected, with the pictures."""
    from feedback.exports import preferences as writer

    made = writer.export_preferences(open_studio(folder), kind, out)
    answer(plain(made), as_json, f"{made['count']} preferences in {made['path']}")


def plain(made: dict) -> dict:
    return {"path": str(made["path"]), "count": made["count"]}
