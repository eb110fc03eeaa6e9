"""`tune` and `nightly`: from judgements to a version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback.errors import Invalid
from finetune.settings import METHODS
from ui.commands.options.recipe import of_library, read_recipe, with_library, with_whose
from ui.commands.processes import is_to_be_started, start_processes, with_processes
from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.store import Studio
    from finetune.jobs.dry_run import Estimate
    from finetune.metrics import MemoryMetrics

RECIPE = click.Path(path_type=Path, dir_okay=False, exists=True)


def read_date(context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    """An ISO date or time, as it is; BadParameter (exit code 2) when it is neither."""
    from feedback.fields import parse_moment

    try:
        if text is not None:
            parse_moment("since", text)
    except Invalid as reason:
        raise click.BadParameter(str(reason)) from None
    return text


@click.command()
@click.option("--recipe", type=RECIPE, help="A YAML file naming what differs from the defaults.")
@click.option(
    "--method", type=click.Choice(METHODS), help="How it learns; wins over the recipe, and brings its own defaults."
)
@click.option("--since", callback=read_date, help="Learn only from judgements made at or after this date (2026-11-20).")
@with_library
@with_whose
@click.option("--dry-run", is_flag=True, help="Say what would be learned from, and what it would take; keep nothing.")
@with_processes
@with_studio
@click.pass_context
def tune(
    context: click.Context,
    recipe: Path | None,
    method: str | None,
    since: str | None,
    source: str | None,
    titles: tuple[str, ...],
    person: str | None,
    project: str | None,
    dry_run: bool,
    processes: int | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Tune a candidate version on the studio's judgements, or on its library; an interrupted run goes on where it was."""
    if dry_run and (processes or 1) > 1:
        raise click.UsageError("--dry-run measures one process: leave --processes out")
    check_source(source, titles, since)

    def tune_once(studio: Studio) -> Mapping[str, Any]:
        from finetune.jobs.tune import tune as run_tuning

        if source == "library":
            chosen = of_library(read_recipe(recipe, method or "sft", person, project), titles)
        else:
            chosen = read_recipe(recipe, method, person, project)
        return run_tuning(studio, chosen, since=since, dry_run=dry_run, progress=True)

    result = in_processes(context, processes, folder, tune_once)
    if result is None:
        return
    if source != "library":
        tell_who_has_not_agreed(open_studio(folder))
    tell_what_was_left_out(result)
    if dry_run:
        learned = {name: value for name, value in result.items() if name != "estimate"}
        answer(dict(result), as_json, f"{describe_run(learned)}\n{describe_estimate(result['estimate'])}")
        return
    answer(dict(result), as_json, describe_run(dict(result)))


def check_source(source: str | None, titles: tuple[str, ...], since: str | None) -> None:
    """UsageError for options that mean nothing together."""
    if titles and source != "library":
        raise click.UsageError("--title names what of the library is learned from: add --from library")
    if since and source == "library":
        raise click.UsageError("--since is about judgements: leave it out with --from library")


def tell_what_was_left_out(result: Mapping[str, Any]) -> None:
    """On stderr, what of the library was not learned from, and why; and how many had no caption."""
    from feedback.library.learning import describe_left_out

    library = (result.get("metrics") or {}).get("library") or {}
    for line in describe_left_out(library.get("left_out", {})):
        click.echo(line, err=True)
    if library.get("without_caption"):
        click.echo(
            f"{library['without_caption']} of {library['items']} have no caption (library.without_caption)", err=True
        )


def tell_who_has_not_agreed(studio: Studio) -> None:
    """On stderr, whose judgements did not count."""
    from feedback.preferences.agreements_waiting import describe_waiting, waiting_for_agreement

    if waiting := describe_waiting(waiting_for_agreement(studio)):
        click.echo(waiting, err=True)


def in_processes(context: click.Context, count: int | None, folder: Path, work: Callable[[Studio], Any]) -> Any:
    """What `work` gives in the first of a run's processes, and None in those that take part. Starts `count` of them, and
    then ends with the exit code of the first.
    """
    if is_to_be_started(count):
        context.exit(start_processes(context, count or 1))
    from finetune.errors import ProcessLost
    from finetune.jobs.tune import take_part
    from finetune.processes import join

    processes = join()
    if processes.is_first:
        with processes.dismissing_others():
            return work(open_studio(folder))
    try:
        return take_part(folder)
    except ProcessLost:
        context.exit(1)  # whoever is left says why


def describe_run(result: Mapping[str, object]) -> str:
    """One line a key; nested values as JSON."""
    return "\n".join(f"{k}: {v if isinstance(v, str | int | float) else json.dumps(v)}" for k, v in result.items())


def describe_estimate(estimate: Estimate) -> str:
    """A table of what a run would take, and a line about memory."""
    cached = [(estimate["takes_to_encode"], "takes"), (estimate["prompts_to_encode"], "prompts")]
    cached += [(estimate["reference_errors"], "pairs' reference errors")]
    steps = f"{estimate['steps']} steps of {describe_seconds(estimate['seconds_a_step'])}"
    items = ", ".join(f"{count} {what}" for count, what in cached if count) or "nothing"
    to_rank = estimate["takes_to_rank"]
    ranked = f", {to_rank} takes drawn to rank" if to_rank else ""
    rows: list[tuple[str, str, float]] = [
        ("load", "the model", estimate["loading_seconds"]),
        ("cache", items, estimate["caching_seconds"]),
        ("prepare", f"the method{ranked}", estimate["preparing_seconds"]),
        ("train", f"{steps}, {estimate['evaluations']} evaluations", estimate["training_seconds"]),
        ("draw", f"{estimate['takes_to_draw']} takes for the gain", estimate["drawing_seconds"]),
        ("at most", "", estimate["total_seconds"]),
    ]
    lines = [[what, how_much, describe_seconds(seconds)] for what, how_much, seconds in rows]
    return f"{table(lines, ['what', 'how much', 'time'])}\n{describe_memory(estimate['memory'])}"


def describe_memory(memory: MemoryMetrics) -> str:
    """The most that was taken, what saves some, and a line for each thing that was done for want of it."""
    saving = [name for name in ("gradient_checkpointing", "vae_tiling", "offload") if memory[name]]  # type: ignore[literal-required]
    used = f", with {' and '.join(saving).replace('_', ' ')}" if saving else ""
    pieces = ", ".join(f"{size} at a time: {use}" for use, size in memory["pieces"].items())
    return "\n".join([f"memory: {memory['peak_bytes'] / 2**30:.1f} GiB{used} ({pieces})", *memory["notes"]])


def describe_seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
