"""`ledger`: what a version learned from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.models.lineage import RunBehind


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
    counts = ", ".join(f"{count} by {name}" for name, count in learned["outside"].items())
    outside = [f"of {learned['takes']} takes some were made elsewhere: {counts}"] if counts else []
    start = f"{version} learned from {learned['judgements']} judgements"
    head = "; ".join([start, *whose, *pointed, *outside, *seen])
    answer({"version": version, **learned}, as_json, f"{head}\n{table(lines, ['person', 'judgements'])}")


def describe_whose(run: RunBehind) -> str:
    """For whom a run tuned; empty for the studio."""
    parts = [("for", run["person"]), ("on the judgements of project", run["project"])]
    return " ".join(f"{words} {name}" for words, name in parts if name)
