"""`ledger`: everything behind a version, in a few lines, or as files for whoever has to answer for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.models.lineage import Lineage, RunBehind
    from feedback.store import Studio


@click.command("ledger")
@click.argument("version")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "pdf", "all"]),
    default="text",
    help="A few lines; one JSON object; a folder of tables; a document; all but the lines.  [default: text]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write it there. Tables and a document come with the JSON whose hash they name.  [default: JSON on stdout, else the folder here]",
)
@with_studio
def ledger_command(version: str, form: str, out: Path | None, folder: Path, as_json: bool) -> None:
    """What VERSION learned from: judgements, people, takes, frames, titles, licences, consents, runs, cost, and shares.

    For counsel: `--format pdf --out DIR`.
    """
    studio = open_studio(folder)
    if form == "text" and out is None:
        describe(studio, version, as_json)
    elif form == "json" and out is None:
        print_json(studio, version)
    else:
        write_files(studio, version, "json" if form == "text" else form, out or Path(), as_json)


def describe(studio: Studio, version: str, as_json: bool) -> None:
    from feedback.models import lineage

    learned = lineage.learned_from(studio, version)
    answer({"version": version, **learned}, as_json, in_words(studio, version, learned))


def in_words(studio: Studio, version: str, learned: Lineage) -> str:
    from feedback.ledger.files.sections import summary_sentence
    from feedback.models import lineage

    head = ledger_here(studio, version).head
    rewards = [run["reward"] for run in learned["runs"] if run["reward"]]
    whose = [f"tuned {words}" for run in learned["runs"][-1:] if (words := describe_whose(run))]
    seen = [
        f"seen in {lineage.name_features(each)}: {each['accuracy']:.0%} of held-out verdicts" for each in rewards[-1:]
    ]
    pointed = [f"{learned['pointed']} of them pointed at a part of a take"] if learned["pointed"] else []
    counts = ", ".join(f"{count} by {name}" for name, count in learned["outside"].items())
    outside = [f"of {learned['takes']} takes some were made elsewhere: {counts}"] if counts else []
    first = "; ".join([f"{version} learned from {learned['judgements']} judgements", *whose, *pointed, *outside, *seen])
    people = [[row["person"], row["judgements"], f"{row['share']:.1%}"] for row in head["people"]]
    judged = [table(people, ["person", "judgements", "share"])] if people else []
    names = [("titles", "title"), ("licences", "licence"), ("contributors", "contributor")]
    rest = [f"{name}: {', '.join(row[key] for row in head[name])}" for name, key in names if head[name]]
    return "\n".join([first, *judged, *rest, summary_sentence(head)])


def ledger_here(studio: Studio, version: str) -> Any:
    from feedback.ledger.contents import ledger_of
    from generation.model_card import base_facts
    from ui.settings import read_settings

    return ledger_of(studio, version, base_facts(studio, version), read_settings().report.rate)


def print_json(studio: Studio, version: str) -> None:
    from feedback.ledger.files.as_json import json_of

    with studio.reading():
        for part in json_of(ledger_here(studio, version)):
            click.echo(part, nl=False)


def write_files(studio: Studio, version: str, form: str, out: Path, as_json: bool) -> None:
    from feedback.ledger.files.export import export_ledger
    from generation.model_card import base_facts
    from ui.settings import read_settings

    made = export_ledger(studio, version, form, out, base_facts(studio, version), read_settings().report.rate)
    lines = [*made["files"], f"sha256 of the JSON: {made['sha256']}", *made["remarks"]]
    answer(made, as_json, "\n".join(lines))


def describe_whose(run: RunBehind) -> str:
    """For whom a run tuned; empty for the studio."""
    parts = [("for", run["person"]), ("on the judgements of project", run["project"])]
    return " ".join(f"{words} {name}" for words, name in parts if name)
