"""`nightly`: the night's work in stages, for a timer, cron or a batch system."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback.errors import Conflict, Interrupted, Refused, one_line
from feedback.fields import clean_text
from feedback.signals import stopping_on_signals
from ui.commands.models.tuning import RECIPE, describe_run, in_processes
from ui.commands.options.recipe import read_recipe, with_whose
from ui.commands.options.trial import PROMOTE, promotion_rule, with_limits
from ui.commands.processes import is_to_be_started, with_processes
from ui.commands.shared import answer, open_studio, with_studio

if TYPE_CHECKING:
    from feedback.store import Studio
    from finetune.jobs.night.lease import Lease
    from finetune.jobs.night.stages import StageLine

LEFT_OUT = ("metrics", "trials", "too_few")
NUMBERS = {
    "judgements": "judgements",
    "held-out pairs": "heldout_pairs",
    "held-out accuracy": "heldout_accuracy",
    "measured gain": "measured_gain",
    "seconds of tuning": "seconds",
}
LATER = 75  # EX_TEMPFAIL of sysexits.h: the same command may succeed later


@dataclass(frozen=True)
class Order:
    """What the command was given, but for its studio and its form."""

    recipe: Path | None
    promote: bool | None
    person: str | None
    project: str | None
    each_project: bool
    backup: Path | None
    keep: int | None
    prompts: bool
    pairs: int
    people: int | None
    share: float | None
    stages: bool


@click.command()
@click.option(
    "--recipe",
    envvar="CIRCLETAKE_TUNE_RECIPE",
    type=RECIPE,
    help="A YAML file naming what differs from the defaults.  [default: $CIRCLETAKE_TUNE_RECIPE, else none]",
)
@PROMOTE
@with_whose
@click.option("--each-project", is_flag=True, help="A night for each project in turn; one that fails stops no other.")
@click.option(
    "--backup",
    envvar="CIRCLETAKE_BACKUP",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Add a backup to this folder first.  [default: $CIRCLETAKE_BACKUP, else none]",
)
@click.option(
    "--keep", type=click.IntRange(1), metavar="N", help="Of backups: remove all but the newest N.  [default: all stay]"
)
@click.option("--prompts", is_flag=True, help="Tune the prompt writer, too, when its wordings were judged.")
@with_limits
@click.option("--stages", is_flag=True, help="A line of JSON on stdout as each stage begins and ends, and no answer.")
@click.option(
    "--scheduled",
    is_flag=True,
    help=f"Exit codes for a scheduler: 0 also with too few judgements, {LATER} to try again later.",
)
@with_processes
@with_studio
@click.pass_context
def nightly(
    context: click.Context, processes: int | None, folder: Path, as_json: bool, scheduled: bool, **given: Any
) -> None:
    """Back up, advance the trials, tune, draw before and after, open a trial, report; safe to start twice."""
    order = Order(**given)
    if order.stages and as_json:
        raise click.UsageError("--stages writes lines and --json one object: leave one of them out")
    if order.each_project and order.project:
        raise click.UsageError("--each-project takes all projects in turn: leave --project out")
    try:
        result = spend(context, order, processes, folder)
        if result is not None:
            tell(result, as_json, order, scheduled)
    except (Conflict, Interrupted) as reason:
        if not scheduled:
            raise
        click.echo(" ".join(clean_text(str(reason)).split()), err=True)
        context.exit(LATER)


def spend(context: click.Context, order: Order, processes: int | None, folder: Path) -> dict[str, Any] | None:
    """What came of the night; None in processes that only take part in one."""

    def with_lease(studio: Studio) -> dict[str, Any]:
        from finetune.jobs.night.lease import night_lease

        lines = Lines(order.stages)
        try:
            # Before the libraries are loaded, which takes seconds, in which a signal must not end it without a word.
            with night_lease(studio) as lease, stopping_on_signals(lease.stop):
                return spend_nights(studio, order, lease, lines)
        except Refused as refusal:
            lines.tell_early(refusal)
            raise

    if is_to_be_started(processes) or "WORLD_SIZE" in os.environ:
        return in_processes(context, processes, folder, with_lease)
    return with_lease(open_studio(folder))


@dataclass
class Lines:
    """The lines of the stages: JSON on stdout where they are asked for, else words for whoever sits at a terminal."""

    as_json: bool
    any: bool = False

    def follow(self, line: StageLine) -> None:
        self.any = True
        if self.as_json:
            click.echo(json.dumps(line))
        elif sys.stderr.isatty() and line["state"] != "started":
            click.echo(
                f"{line['stage']}: {line['state']}, {line['error'] or line['result'] or 'nothing to say'}", err=True
            )

    def tell_early(self, refusal: Refused) -> None:
        """What is refused before there is a night is refused by its first stage."""
        if not self.any:
            from finetune.jobs.night.stages import line_of

            self.follow(line_of("preflight", "refused", error=one_line(refusal)))


def spend_nights(studio: Studio, order: Order, lease: Lease, lines: Lines) -> dict[str, Any]:
    from feedback.trials.counting import check_limits
    from finetune.jobs import nightly as job
    from ui.commands.models.prompt_night import tune_prompt_writer
    from ui.settings import read_settings

    recipe = read_recipe(order.recipe, None, order.person, order.project)
    options = job.NightOptions(
        pairs=order.pairs,
        limits=check_limits(order.people, order.share),
        rule=promotion_rule(order.promote),
        backup=order.backup,
        keep_backups=order.keep,
        tune_prompts=tune_prompt_writer if order.prompts else None,
        report=read_settings().report,
    )
    if order.each_project:
        return {"projects": job.nights_of_projects(studio, recipe, options, lease, lines.follow)}
    return {**job.nightly(studio, recipe, options=options, follow=lines.follow, lease=lease)}


def tell(result: Mapping[str, Any], as_json: bool, order: Order, scheduled: bool) -> None:
    """The answer, after whose lines a refused night is Refused."""
    nights = result.get("projects", [result])
    refusals = [night for night in nights if night["state"] in ("refused", "failed")]
    bad = [night for night in refusals if not (night.get("too_few") and (scheduled or order.each_project))]
    if not order.stages and (len(refusals) < len(nights) or not bad):
        answer(result, as_json, "\n\n".join(describe_night(night) for night in nights))
    elif not order.stages:
        for line in [line for night in nights for line in night.get("trials", [])]:
            click.echo(line, err=True)
    if bad:
        raise Refused("; ".join(describe_refusal(night, len(nights)) for night in bad))


def describe_night(night: Mapping[str, Any]) -> str:
    """A line for each thing that there is, of the numbers of a run those that say how good it is; --json has all."""
    values = {key: value for key, value in night.items() if value is not None and key not in LEFT_OUT}
    return "\n".join([describe_run({**values, **shown_metrics(night.get("metrics") or {})}), *night.get("trials", [])])


def shown_metrics(metrics: Mapping[str, Any]) -> dict[str, str]:
    numbers = {name: metrics.get(key) for name, key in NUMBERS.items()}
    return {name: f"{value:.4g}" for name, value in numbers.items() if value is not None}


def describe_refusal(night: Mapping[str, Any], count: int) -> str:
    """With the project where there were several, so that the line says which."""
    return str(night["reason"]) if count == 1 else f"{night['project']}: {night['reason']}"
