"""`trial`: opening and closing a candidate's blind trial by hand, as `nightly` does by itself; and looking at it."""

from __future__ import annotations

from pathlib import Path

import click

from ui.commands.models.decisions import BY, deciding_person, decision
from ui.commands.options.trial import with_limits
from ui.commands.shared import answer, open_studio, with_studio


@click.group("trial")
def trial_group() -> None:
    """The blind trial of a candidate against production: open, close, standing."""


@trial_group.command("open")
@click.argument("version")
@with_limits
@BY
@with_studio
def open_trial(
    version: str,
    pairs: int,
    people: int | None,
    share: float | None,
    person: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Mix blind pairs of VERSION and production into everybody's queue, once a worker has drawn all of them."""
    from feedback.trials import counting, deciders, results
    from finetune.jobs.trial_lifecycle import start_trial

    studio = open_studio(folder)
    decides = deciding_person(studio, person)
    limits = counting.check_limits(people, share)
    trial = start_trial(studio, version, pairs, limits=limits, person=decides, actor=deciders.COMMAND_LINE)
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


@trial_group.command("standing")
@click.argument("version")
@click.option("--by", "person", required=True, help="Who looks: a supervisor or an admin.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@with_studio
def show_standing(version: str, person: str, yes: bool, folder: Path, as_json: bool) -> None:
    """How VERSION's open trial stands. Whoever looks votes in it no more, and the audit log says who looked."""
    from feedback.trials import blinding
    from feedback.trials.results import describe_results

    studio = open_studio(folder)
    who = deciding_person(studio, person)
    assert who is not None, "the option is required"
    if not yes:
        click.confirm(f"{person}: {blinding.UNBLINDING} Look?", abort=True, err=True)
    record = blinding.unblind_person(studio, version, who)
    answer(dict(record), as_json, describe_results(record))
