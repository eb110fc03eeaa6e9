"""`prompts`: the writer that adds to briefs what this studio's people chose: tune, rewrite, compare, and what came of it."""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback.errors import Refused
from ui.commands.models.decisions import deciding_person, decision
from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.store import Studio

MODEL = click.option(
    "--model",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of a language model, as transformers writes it.  [default: $CIRCLETAKE_PROMPT_MODEL, else the embedded one]",
)
WRITER = click.option("--writer", "name", help="Which writer.  [default: the one in use]")


def base_of(model: Path | None) -> str:
    """The base of writers: of the option, of the setting, or the embedded one."""
    from feedback.wordings.writers import EMBEDDED
    from ui.settings import read_settings

    return str(model or read_settings().prompt_model or EMBEDDED)


@click.group("prompts")
def prompts_group() -> None:
    """Wordings of briefs, and the writer that learns which of them people choose."""


@prompts_group.command("tune")
@MODEL
@with_studio
def tune_writer(model: Path | None, folder: Path, as_json: bool) -> None:
    """Tune a writer on which wordings led to chosen takes; it offers its rewrites on the page Briefs for as long as they win."""
    base = base_of(model)
    from finetune.prompts.jobs import tune_prompts

    made = tune_prompts(open_studio(folder), base)
    line = f"{made['writer']} learned from {made['judgements']} judgements of wordings"
    how = "word by word" if made["learner"] == "words" else "by tuning the language model"
    heldout = f"{how}, which orders {made['heldout_accuracy']:.0%} of {made['pairs']} held-out pairs rightly"
    answer(dict(made), as_json, f"{line} {heldout}")


@prompts_group.command("list")
@with_studio
def list_writers(folder: Path, as_json: bool) -> None:
    """Every writer, what it learned from, and how its wordings did, judged blind."""
    from feedback.wordings import writers

    rows = writers.list_writers(open_studio(folder))
    lines = [[row["name"], row["state"], row["judgements"], describe(row)] for row in rows]
    answer({"writers": rows}, as_json, table(lines, ["writer", "state", "judgements", "its wording"]))


def describe(row: Any) -> str:
    from feedback.wordings.writers import describe_results

    return describe_results(row["results"]) + (f" [{row['reason']}]" if row["reason"] else "")


@prompts_group.command("show")
@click.argument("writer")
@with_studio
def show_writer(writer: str, folder: Path, as_json: bool) -> None:
    """Everything known of WRITER: its base, its settings, whose judgements it learned from."""
    from feedback.wordings import writers

    studio = open_studio(folder)
    row = writers.describe_writer(studio, writers.get_writer(studio, writer))
    lines = [f"{key}: {value if isinstance(value, str | int) else json.dumps(value)}" for key, value in row.items()]
    answer(row, as_json, "\n".join(lines))


@prompts_group.command("rewrite")
@click.argument("prompt")
@WRITER
@click.option("--count", type=click.IntRange(1, 16), default=3, show_default=True, help="How many, at most.")
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), help="The same seed gives the same answer.  [default: drawn]"
)
@with_studio
def rewrite(prompt: str, name: str | None, count: int, seed: int | None, folder: Path, as_json: bool) -> None:
    """Add to PROMPT what this studio chose before; nothing of it is changed, and nothing is kept."""
    base = base_of(None)
    from finetune.prompts import jobs

    studio = open_studio(folder)
    row = jobs.writer_row(studio, name, base)
    seed = secrets.randbelow(2**31) if seed is None else seed
    proposals = [asdict(each) for each in jobs.propose(row, jobs.open_writer(studio, row), prompt, seed, count)]
    lines = [each["prompt"] for each in proposals] or [f"{row['name']} would leave it as it is"]
    answer({"writer": row["name"], "proposals": proposals}, as_json, "\n".join(lines))


@prompts_group.command("compare")
@click.option("--brief", "briefs", multiple=True, type=int, help="Of this brief; may be repeated.")
@click.option(
    "--briefs", "count", type=click.IntRange(1, 1000), help="Of so many of the newest that were never compared."
)
@click.option("--pairs", type=click.IntRange(1, 64), default=1, show_default=True, help="Of each brief.")
@click.option(
    "--additions", type=click.IntRange(1, 8), default=1, show_default=True, help="Different ones of each brief."
)
@WRITER
@with_studio
def compare(
    briefs: tuple[int, ...],
    count: int | None,
    pairs: int,
    additions: int,
    name: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Queue blind pairs of briefs as they were written and as a writer has them; drawn when nothing else waits."""
    if bool(briefs) == (count is not None):
        raise click.UsageError("give either --brief ID or --briefs NUMBER")
    base = base_of(None)
    from feedback.wordings.rewrites import briefs_to_compare
    from finetune.prompts import jobs

    studio = open_studio(folder)
    chosen = briefs or briefs_to_compare(studio, count or 0)
    if not chosen:
        raise Refused("every brief was compared in two wordings already: write others, or name one with --brief ID")
    made = jobs.compare_briefs(studio, chosen, pairs, additions=additions, name=name, base=base)
    left = f"; {len(made['as_they_are'])} briefs stay as they are" if made["as_they_are"] else ""
    answer(
        dict(made), as_json, f"{made['pairs']} blind pairs of {made['writer']} and the written wording are queued{left}"
    )


@prompts_group.command("end")
@click.argument("rewrite", type=int)
@with_studio
def end_comparison(rewrite: int, folder: Path, as_json: bool) -> None:
    """End the comparison of REWRITE (a number): its takes are shown, and what nobody judged is not dealt any more."""
    from feedback.wordings import rewrites

    row = rewrites.end_rewrite(open_studio(folder), rewrite)
    answer(dict(row), as_json, f"the comparison of brief {row['brief']} with its rewrite {rewrite} has ended")


@prompts_group.command("stop")
@decision
def stop_writer(version: str, reason: str, person: str | None, folder: Path, as_json: bool) -> None:
    """Let the writer VERSION (a name such as w0001) offer nothing more."""
    from feedback.wordings import writers

    studio = open_studio(folder)
    row = writers.stop_by_hand(studio, version, reason, deciding_person(studio, person))
    answer(dict(row), as_json, f"{version} offers no rewrites any more")


@prompts_group.command("keep")
@decision
def keep_writer(version: str, reason: str, person: str | None, folder: Path, as_json: bool) -> None:
    """Let the writer VERSION (a name such as w0001) offer again; refused where its record shows that it does not win."""
    from feedback.wordings import writers

    studio = open_studio(folder)
    row = writers.keep_by_hand(studio, version, reason, deciding_person(studio, person))
    answer(dict(row), as_json, f"{version} offers its rewrites")


@prompts_group.command("answer", hidden=True)
@with_studio
def answer_questions(folder: Path, as_json: bool) -> None:
    """For the pages: a question as JSON on each line of stdin, an answer on each of stdout."""
    base = base_of(None)
    from finetune.prompts.process import questions_in

    studio, loaded = open_studio(folder), dict[str, Any]()
    for question in questions_in(sys.stdin):
        click.echo(json.dumps(answer_one(studio, base, loaded, question)))


def answer_one(studio: Studio, base: str, loaded: dict[str, Any], question: dict[str, Any]) -> dict[str, Any]:
    """`loaded`: the writer in memory, by what it is; another one takes its place when another one is in use."""
    from finetune.prompts import jobs

    try:
        row = jobs.writer_row(studio, None, base)
        key = json.dumps([row["name"], row["base"], row["folder"]])
        if key not in loaded:
            loaded.clear()
            loaded[key] = jobs.open_writer(studio, row)
        proposals = jobs.propose(row, loaded[key], question["prompt"], question["seed"], question["count"])
        return {"proposals": [asdict(each) for each in proposals]}
    except Refused as refusal:
        return {"refused": str(refusal)}
