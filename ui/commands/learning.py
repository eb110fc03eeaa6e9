"""`tune`, `nightly`, `versions` and `ledger`: from judgements to a version, and whether it goes into production."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback.errors import Invalid, Refused
from finetune.settings import METHODS
from ui.commands.exporting import OUT
from ui.commands.options.recipe import read_recipe, with_whose
from ui.commands.options.trial import with_limits
from ui.commands.processes import is_to_be_started, start_processes, with_processes
from ui.commands.shared import NO_DRAW, answer, brought, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.models.lineage import RunBehind
    from feedback.store import Studio
    from feedback.trials.blinding import DescribedVersion
    from finetune.jobs.dry_run import Estimate
    from finetune.metrics import MemoryMetrics

# As in generation.models.adapter_export, which is not imported here because it loads torch; a test compares them.
ADAPTER_LAYOUTS = ["diffusers", "comfyui"]
RECIPE = click.Path(path_type=Path, dir_okay=False, exists=True)
BY = click.option("--by", "person", help="Who decides.  [default: whoever has this command line]")


def decision(command: Callable[..., None]) -> Callable[..., None]:
    """For a command that decides about one VERSION: who does, and the reason that the record keeps."""
    because = click.option("--reason", required=True, help="Why, for the record.")
    return click.argument("version")(because(BY(with_studio(command))))


def read_date(context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    """An ISO date or time as the record writes it, in UTC; BadParameter (exit code 2) when it is neither."""
    from feedback.fields import parse_moment

    try:
        return None if text is None else parse_moment("since", text)
    except Invalid as reason:
        raise click.BadParameter(str(reason)) from None


@click.command()
@click.option("--recipe", type=RECIPE, help="A YAML file naming what differs from the defaults.")
@click.option(
    "--method", type=click.Choice(METHODS), help="How it learns; wins over the recipe, and brings its own defaults."
)
@click.option("--since", callback=read_date, help="Learn only from judgements made at or after this date (2026-11-20).")
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
    person: str | None,
    project: str | None,
    dry_run: bool,
    processes: int | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Tune a candidate version on the studio's judgements; an interrupted run goes on where it was."""
    if dry_run and (processes or 1) > 1:
        raise click.UsageError("--dry-run measures one process: leave --processes out")

    def tune_once(studio: Studio) -> Mapping[str, Any]:
        from finetune.jobs.tune import tune as run_tuning

        chosen = read_recipe(recipe, method, person, project)
        return run_tuning(studio, chosen, since=since, dry_run=dry_run, progress=True)

    result = in_processes(context, processes, folder, tune_once)
    if result is None:
        return
    if dry_run:
        learned = {name: value for name, value in result.items() if name != "estimate"}
        answer(dict(result), as_json, f"{describe_run(learned)}\n{describe_estimate(result['estimate'])}")
        return
    answer(dict(result), as_json, describe_run(dict(result)))


@click.command()
@click.option("--recipe", type=RECIPE, help="A YAML file naming what differs from the defaults.")
@click.option(
    "--promote", is_flag=True, help="Put a proven candidate into production, when three people or more judged."
)
@with_whose
@click.option("--prompts", is_flag=True, help="Tune the prompt writer, too, when its wordings were judged.")
@with_limits
@with_processes
@with_studio
@click.pass_context
def nightly(
    context: click.Context,
    recipe: Path | None,
    promote: bool,
    person: str | None,
    project: str | None,
    prompts: bool,
    pairs: int,
    people: int | None,
    share: float | None,
    processes: int | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Advance the trials, tune, draw before and after, open a trial: for cron or a systemd timer; safe to start twice."""

    def spend_night(studio: Studio) -> Mapping[str, Any]:
        from feedback.trials.counting import check_limits
        from finetune.jobs.nightly import nightly as run_nightly
        from ui.commands.prompt_night import tune_prompt_writer

        chosen, limits = read_recipe(recipe, None, person, project), check_limits(people, share)
        night = run_nightly(studio, chosen, pairs=pairs, limits=limits, promote=promote)
        return {**night, "trials": [*night["trials"], *([tune_prompt_writer(studio)] if prompts else [])]}

    result = in_processes(context, processes, folder, spend_night)
    if result is None:
        return
    if result["state"] == "refused":
        for line in result["trials"]:
            click.echo(line, err=True)
        raise Refused(result["reason"])
    night = {key: value for key, value in result.items() if key != "trials"}
    answer(dict(result), as_json, "\n".join([describe_run(night), *result["trials"]]))


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


@click.group("versions")
def versions_group() -> None:
    """Model versions: list, show, add, export, promote, rollback, reject."""


@versions_group.command("list")
@with_studio
def list_versions(folder: Path, as_json: bool) -> None:
    """Every version, what it learned from, and what its trials showed."""
    from feedback.models import versions
    from feedback.trials import blinding

    studio = open_studio(folder)
    rows = blinding.describe_versions(studio)
    lines = [[row["name"], row["state"], row["created"][:10], describe_trial(row)] for row in rows]
    data = {"production": versions.production_version(studio), "versions": rows}
    answer(data, as_json, table(lines, ["version", "state", "made", "trial"]))


def describe_trial(version: DescribedVersion) -> str:
    """How the trial stands, and why it ended if it did."""
    newest = next(iter(version["trials"]), None)
    ended = f" [closed: {newest['reason']}]" if newest and newest["reason"] else ""
    return f"{version['trial_sentence'] or ''}{ended}"


@versions_group.command("show")
@click.argument("version")
@with_studio
def show_version(version: str, folder: Path, as_json: bool) -> None:
    """Everything known of VERSION."""
    from feedback.trials import blinding

    row = blinding.describe_version(open_studio(folder), version)
    answer(row, as_json, describe_run(row))


@versions_group.command("add")
@click.argument("version")
@click.option(
    "--base",
    required=True,
    type=click.Path(path_type=Path, exists=True),
    help="Its folder, as `save_pretrained` of a diffusers pipeline writes it; it stays where it is. Or one .safetensors file.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="For a file: a folder of the same model, with its configuration and what the file lacks.",
)
@NO_DRAW
@with_studio
def add_version(version: str, base: Path, config: Path | None, no_draw: bool, folder: Path, as_json: bool) -> None:
    """Bring a model of the studio's own as VERSION, a candidate until it is promoted."""
    if base.is_file() != (config is not None):
        raise click.UsageError("give --config FOLDER with a file as --base, and only then")
    from feedback.models import versions
    from feedback.models.base_pins import pin_base
    from generation.families.folder import pipeline_class_in
    from generation.models.requirements import describe_model

    studio = open_studio(folder)
    if config is not None:
        base = unpacked(studio, version, base, config)
    with removing(base if config is not None else None):
        home, files = brought(base, no_draw)
    drawn_by, recognised = pipeline_class_in(base), str(describe_model(base))
    row = versions.register_candidate(studio, version, home, [])
    pin_base(studio, version, files)
    line = f"{version} is a candidate from {home}: {recognised}; `circletake versions promote {version} --force --reason TEXT`"
    data = {"version": version, "base": home, "state": row["state"], "pipeline": drawn_by, "model": recognised}
    answer(data, as_json, f"{line} takes it")


@contextmanager
def removing(folder: Path | None) -> Iterator[None]:
    """A folder that was made for a model goes again when the model is refused."""
    try:
        yield
    except Refused:
        if folder is not None:
            shutil.rmtree(folder)
        raise


def unpacked(studio: Studio, version: str, file: Path, config: Path) -> Path:
    """The folder in the studio that a file of weights becomes. Refused when there is a version of that name."""
    from feedback.models import versions
    from generation.models.folder_safety import check_files, check_header

    versions.check_new_name(studio, version)
    check_files(config)
    if file.suffix == ".safetensors":
        check_header(file)
    from generation.models.single_file import unpack

    target = studio.models_folder / version
    unpack(file, config, target)
    return target


@versions_group.command("export")
@click.argument("version")
@click.option("--layout", required=True, type=click.Choice(ADAPTER_LAYOUTS), help="Whose names its layers have.")
@OUT
@with_studio
def export_version_command(version: str, layout: str, out: Path, folder: Path, as_json: bool) -> None:
    """Write what VERSION adds to its base as LoRA files that other tools open."""
    studio = open_studio(folder)
    from generation.models.adapter_export import export_version

    made = export_version(studio, version, layout, out)
    lines = [f"{each['file']}: {each['tensors']} tensors, rank {each['rank']}" for each in made["files"]]
    answer(dict(made), as_json, "\n".join(lines))


@versions_group.command("promote")
@click.argument("version")
@click.option("--force", is_flag=True, help="Although no trial has shown it to be better; needs --reason.")
@click.option("--reason", help="Why, for the record.")
@BY
@with_studio
def promote_version(
    version: str, force: bool, reason: str | None, person: str | None, folder: Path, as_json: bool
) -> None:
    """Put VERSION in production; the next take is drawn by it. Refused until its trial's lower bound is above 0.5."""
    if force and not (reason or "").strip():
        raise click.UsageError("--force needs --reason TEXT: why this version, although it is not proven")
    from feedback.models import versions
    from feedback.trials import promotion

    studio = open_studio(folder)
    before = versions.production_version(studio)
    promotion.promote(studio, version, deciding_person(studio, person), force=force, reason=reason)
    data = {"production": versions.production_version(studio), "previous": before}
    answer(data, as_json, f"{data['production']} is in production; it was {before}")


@versions_group.command("rollback")
@click.option("--reason", help="Why, for the record.")
@BY
@with_studio
def rollback_version(reason: str | None, person: str | None, folder: Path, as_json: bool) -> None:
    """Go back to the version that was in production before."""
    from feedback.models import versions
    from feedback.trials import promotion

    studio = open_studio(folder)
    before = versions.production_version(studio)
    promotion.rollback(studio, deciding_person(studio, person), reason=reason)
    data = {"production": versions.production_version(studio), "previous": before}
    answer(data, as_json, f"{data['production']} is in production again; it was {before}")


@versions_group.command("reject")
@decision
def reject_version(version: str, reason: str, person: str | None, folder: Path, as_json: bool) -> None:
    """Take the candidate VERSION out of the running, and close its trial."""
    from feedback.models import versions
    from feedback.trials import promotion

    studio = open_studio(folder)
    row = promotion.reject(studio, version, deciding_person(studio, person), reason=reason)
    data = {"version": version, "state": row["state"], "production": versions.production_version(studio)}
    answer(data, as_json, f"{version} is rejected; {data['production']} stays in production")


def deciding_person(studio: Any, name: str | None) -> int | None:
    """The id of the person who decides, whose role the record checks; None is whoever has this command line."""
    from feedback.people import accounts

    return None if name is None else accounts.get_person(studio, name)["id"]


@click.command("ledger")
@click.argument("version")
@with_studio
def ledger_command(version: str, folder: Path, as_json: bool) -> None:
    """What VERSION learned from: judgements, people, takes, briefs, runs."""
    from feedback.models import lineage

    learned = lineage.learned_from(open_studio(folder), version)
    lines = [[person["name"], person["judgements"]] for person in learned["people"]]
    rewards = [run["reward"] for run in learned["runs"] if run["reward"]]
    whose = [f"tuned {words}" for run in learned["runs"][-1:] if (words := describe_whose(run))]
    seen = [
        f"seen in {lineage.name_features(each)}: {each['accuracy']:.0%} of held-out verdicts" for each in rewards[-1:]
    ]
    pointed = [f"{learned['pointed']} of them pointed at a part of a take"] if learned["pointed"] else []
    head = "; ".join([f"{version} learned from {learned['judgements']} judgements", *whose, *pointed, *seen])
    answer({"version": version, **learned}, as_json, f"{head}\n{table(lines, ['person', 'judgements'])}")


def describe_whose(run: RunBehind) -> str:
    """For whom a run tuned; empty for the studio."""
    parts = [("for", run["person"]), ("on the judgements of project", run["project"])]
    return " ".join(f"{words} {name}" for words, name in parts if name)
