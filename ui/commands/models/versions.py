"""`versions`: what there is, what it learned from, and which one is in production."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.errors import Refused
from ui.commands.exchange.exporting import OUT
from ui.commands.models.decisions import BY, deciding_person, decision
from ui.commands.models.tuning import describe_run
from ui.commands.shared import NO_DRAW, answer, brought, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.store import Studio
    from feedback.trials.blinding import DescribedVersion
    from feedback.trials.ranking import RankedVersion, WinRate

# As in generation.models.adapter_export, which is not imported here because it loads torch; a test compares them.
ADAPTER_LAYOUTS = ["diffusers", "comfyui"]


@click.group("versions")
def versions_group() -> None:
    """Model versions: list, show, ranking, add, export, promote, rollback, reject."""


@versions_group.command("list")
@with_studio
def list_versions(folder: Path, as_json: bool) -> None:
    """Every version, what it learned from, and what its trials showed."""
    from feedback.exchange.outside.standings import list_outside_versions, standing_in_words
    from feedback.models import versions
    from feedback.store.time_zone import day_in
    from feedback.trials import blinding

    studio = open_studio(folder)
    rows, outside = blinding.describe_versions(studio), list_outside_versions(studio)
    lines = [[row["name"], row["state"], day_in(studio, row["created"]), describe_trial(row)] for row in rows]
    lines += [[row["name"], "outside", day_in(studio, row["created"]), standing_in_words(row)] for row in outside]
    data = {"production": versions.production_version(studio), "versions": rows, "outside": outside}
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


@versions_group.command("ranking")
@with_studio
def rank_versions(folder: Path, as_json: bool) -> None:
    """All versions that met in trials which are over, the best first, with 95 % intervals."""
    from feedback.trials import ranking

    ranked = ranking.rank_versions(open_studio(folder))
    rows = [describe_rank(each) for each in ranked["versions"]]
    head = ["group", "rank", "version", "state", "against the average", "against production", "pairs", "met"]
    unmet = f"\nno trial of theirs is over and counts: {', '.join(ranked['unmet'])}" if ranked["unmet"] else ""
    answer(dict(ranked), as_json, f"{table(rows, head)}{unmet}")


def describe_rank(version: RankedVersion) -> list[str]:
    against = version["against_production"]
    last = [describe_rate(against) if against else "", str(version["pairs"]), ", ".join(version["met"])]
    return [
        str(version["group"]),
        str(version["rank"]),
        version["version"],
        version["state"],
        describe_rate(version),
        *last,
    ]


def describe_rate(rate: WinRate) -> str:
    """ "64 % (52 to 75)"."""
    return f"{100 * rate['rate']:.0f} % ({100 * rate['low']:.0f} to {100 * rate['high']:.0f})"


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
