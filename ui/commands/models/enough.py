"""`enough`: whether enough was judged for a night and for each open trial, and how much more it takes."""

from __future__ import annotations

from pathlib import Path

import click

from ui.commands.models.decisions import deciding_person
from ui.commands.shared import answer, open_studio, with_studio


@click.command("enough")
@click.option("--by", "person", help="Who asks: of a trial that they have looked at they hear how it stands.")
@click.option(
    "--library", is_flag=True, help="Whether the library is large enough, instead: what runs on it were worth."
)
@click.option("--project", metavar="CODE", help="With --library: for this project alone.")
@with_studio
def enough(person: str | None, library: bool, project: str | None, folder: Path, as_json: bool) -> None:
    """How many more judgements make a night worth running and decide each open trial, with their uncertainty."""
    if project and not library:
        raise click.UsageError("--project is for --library: judgements are counted for the whole studio")
    if library:
        answer_of_library(folder, project, as_json)
        return
    from feedback.preferences.agreements_waiting import describe_waiting
    from feedback.preferences.night_needs import describe_night_needs
    from feedback.trials.deciders import check_may_decide
    from feedback.trials.needed import describe_needs
    from finetune.jobs.judgements_needed import judgements_needed

    studio = open_studio(folder)
    who = deciding_person(studio, person)
    check_may_decide(studio, who)
    needs = judgements_needed(studio, who)
    trials = [line for trial in needs["trials"] for line in describe_needs(trial)]
    lines = [f"night: {describe_night_needs(needs['night'])}", *(trials or ["no trial is open"])]
    lines += [line] if (line := describe_waiting(needs["agreement"])) else []
    answer(dict(needs), as_json, "\n".join(lines))


def answer_of_library(folder: Path, project: str | None, as_json: bool) -> None:
    from finetune.data.library.needs import describe_library_needs, needs_of_library

    needs = needs_of_library(open_studio(folder), project)
    answer(dict(needs), as_json, "\n".join(describe_library_needs(needs)))
