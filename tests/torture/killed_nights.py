"""A night whose process is killed in every stage, and before every result is kept, and is started again until it ends."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

from feedback.maintenance.backup_folder import numbers_in
from feedback.models import nights, runs, versions
from feedback.models.before_after import has_before_after
from feedback.store import Studio
from feedback.trials import trials
from finetune.jobs import nightly as job
from finetune.jobs.night.stages import STAGES, StageLog, read_lines
from finetune.settings import Recipe
from tests.faults.warm import begin, was_killed
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.tiny_pipelines.wan import tiny_wan
from tests.torture.killed_training import EVERY
from tests.torture.power_loss import forget
from tests.torture.table import Row

COUNT = 5  # nights
INSTANTS = [
    *(("begun", stage) for stage in STAGES[:7]),
    ("kept", "learn"),
    *((instant, stage) for stage in STAGES[7:] for instant in ("begun", "kept")),
]
"""In their order: a stage has begun and done nothing; a piece of work is done, and nobody has noted it."""
INSTANTS[2:2] = [("kept", "backup")]
INSTANTS[4:4] = [("kept", "advance")]


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` nights, each killed at every instant."""
    wrong = [line for number in range(count) for line in spend_through(folder / str(number))]
    kills = count * len(INSTANTS)
    counted = f"{count} nights, {kills} kills: {'; '.join(wrong) or 'one run, version, trial and backup each'}"
    return Row("Nights killed", "nights", "nothing twice", counted, not wrong)


def spend_through(folder: Path) -> list[str]:
    """Kills a night at each instant in turn, and lets it end then. What is wrong with what it made."""
    shutil.rmtree(folder, ignore_errors=True)
    studio = tiny_studio(folder / "studio", tiny_wan(folder / "model"))
    judge_briefs(studio, count=3, takes_each=3)
    forget(studio)
    for instant, stage in INSTANTS:
        if not was_killed(begin(spend_once, folder, instant, stage, log=folder / "log")):
            return [f"it ended before {stage} was {instant}: {(folder / 'log').read_text()[-300:]}"]
    if was_killed(begin(spend_once, folder, log=folder / "log")):
        return ["the last sitting was killed"]
    return wrong_in(folder)


def recipe() -> Recipe:
    return quick(**EVERY)


def spend_once(folder: Path, instant: str = "", stage: str = "") -> None:
    """In a process of its own; kills itself at the instant."""
    if instant == "begun":
        kill_when_begun(stage)
    elif instant == "kept":
        kill_before_kept(stage)
    studio = Studio.open(folder / "studio")
    job.nightly(studio, recipe(), options=job.NightOptions(pairs=6, backup=folder / "backups", progress=False))


def kill_when_begun(stage: str) -> None:
    write = StageLog.write

    def write_and_die(log: StageLog, name: str, state: Any, *given: Any, **named: Any) -> None:
        write(log, name, state, *given, **named)
        if (name, state) == (stage, "started"):
            os.kill(os.getpid(), signal.SIGKILL)

    StageLog.write = write_and_die  # type: ignore[method-assign]


def kill_before_kept(stage: str) -> None:
    keep = nights.keep_result

    def die_or_keep(studio: Studio, night: int, holder: nights.Holder, name: str, result: dict[str, Any]) -> None:
        if name == stage:
            os.kill(os.getpid(), signal.SIGKILL)
        keep(studio, night, holder, name, result)

    nights.keep_result = die_or_keep


def wrong_in(folder: Path) -> list[str]:
    studio = Studio.open(folder / "studio")
    spent = nights.nights_of_day(studio, nights.get_night(studio, 1)["started"][:10])
    lines = read_lines(studio, spent[0]["started"][:10])
    ends = [line["stage"] for line in lines if line["state"] != "started"]
    made = {
        "nights": [(night["state"], night["sittings"]) for night in spent],
        "runs": [(row["id"], row["state"]) for row in runs.list_runs(studio)],
        "versions": [row["name"] for row in versions.list_versions(studio) if row["run"]],
        "trials": [row["id"] for row in trials.list_trials(studio)],
        "its trial": spent[0]["results"]["trial"]["trial"],
        "backups": numbers_in(folder / "backups"),
        "before and after": has_before_after(studio, "v0001"),
        "stages without an end": [stage for stage in ("backup", "trial", "report") if stage not in ends],
    }
    forget(studio)
    right = {
        "nights": [("done", len(INSTANTS) + 1)],
        "runs": [(1, "done")],
        "versions": ["v0001"],
        "trials": [1],
        "its trial": 1,
        "backups": [1],
        "before and after": True,
        "stages without an end": [],
    }
    return [f"{name} are {made[name]}" for name in right if made[name] != right[name]]
