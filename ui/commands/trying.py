"""`trial`: opening and closing a candidate's blind trial by hand; `nightly` does both by itself."""

from __future__ import annotations

from pathlib import Path

import click

from ui.commands.learning import BY, deciding_person, decision
from ui.commands.shared import answer, open_studio, with_studio


@click.group("trial")
def trial_group() -> None:
    """The blind trial of a candidate against production: open, close."""


@trial_group.command("open")
@click.argument("version")
@click.option(
    "--pairs",
    type=click.IntRange(1, 10_000),
    default=48,
    show_default=True,
    help="How many, on briefs that were judged.",
)
@BY
@with_studio
def open_trial(version: str, pairs: int, person: str | None, folder: Path, as_json: bool) -> None:
    """Mix blind pairs of VERSION and production into everybody's queue; a worker draws them first."""
    from feedback.trials import deciders, results
    from finetune.jobs.trial_lifecycle import start_trial

    studio = open_studio(folder)
    decides = deciding_person(studio, person)
    trial = start_trial(studio, version, pairs, person=decides, actor=deciders.COMMAND_LINE)
    record = results.trial_results(studio, trial)
    data = {"trial": trial, **{key: record[key] for key in ("candidate", "baseline", "pairs")}}
    answer(
        data, as_json, f"trial {trial} is open: {version} plays {record['pairs']} pairs against {record['baseline']}"
    )


@trial_group.command("close")
@decision
def close_trial(version: str, reason: str, person: str | None, folder: Path, as_json: bool) -> None:
    """End VERSION's open trial; what was judged stays, and VERSION stays a candidate."""
    from feedback.trials import trials

    studio = open_studio(folder)
    row = trials.close_trial_of(studio, version, reason, deciding_person(studio, person))
    data = {"trial": row["id"], **{key: row[key] for key in ("candidate", "baseline", "state", "reason")}}
    answer(data, as_json, f"trial {row['id']} of {version} is closed: {row['reason']}")
