"""Tuning that is killed at any moment, also while it writes a checkpoint, and started again until it ends: the same bits."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from feedback.models import runs, versions
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.settings import Recipe
from finetune.training import checkpoint
from tests.faults.warm import begin, kill_after, was_killed
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.finetune.training.killed import arm
from tests.tiny_pipelines.wan import tiny_wan
from tests.torture.power_loss import forget
from tests.torture.table import Row, read_progress, write_progress

COUNT = 50  # runs
KILLS = 3  # of a run, at most: each sitting begins with seconds of loading
LONGEST = 3.0  # seconds in which a process is killed at a random moment: about as long as a run takes
EVERY: dict[str, Any] = {
    "max_steps": 4,
    "eval_steps": 2,
    "save_steps": 1,
    "dropout": 0.1,
    "max_winner_error": 9.0,
    "min_pairs": 4,
    "per_device_train_batch_size": 4,
}
RECIPES: dict[str, dict[str, Any]] = {
    "guided": {"method": "guided", "lr_scheduler_type": "cosine"},
    "dpo": {"method": "dpo", "ema_decay": 0.9},
    "kto": {"method": "kto", "gradient_accumulation_steps": 2, "micro_batch": 3},
}


def run(count: int, folder: Path, seed: int, most: int = KILLS) -> Row:
    """`count` runs of methods in turn, each killed up to `most` times."""
    prepare(folder)
    progress = read_progress(folder, "done") or {"whole": {}, "runs": []}
    for number in range(len(progress["runs"]), count):
        chance = random.Random(f"{seed} {number}")
        name = list(RECIPES)[(seed + number) % len(RECIPES)]
        if name not in progress["whole"]:
            tune_through(folder / "whole", folder / "judged", name, None)
            progress["whole"][name] = outcome(folder / "whole")
        kills = tune_through(folder / "killed", folder / "judged", name, chance, most)
        wrong = differences(progress["whole"][name], outcome(folder / "killed"))
        progress["runs"].append([name, kills, wrong])
        write_progress(folder, "done", progress)
    bad = [
        f"run {number} ({name}): {', '.join(wrong)}"
        for number, (name, _, wrong) in enumerate(progress["runs"])
        if wrong
    ]
    killed = sum(len(kills) for _, kills, _ in progress["runs"])
    counted = f"{len(progress['runs'])} runs, {killed} kills: {'; '.join(bad) or 'adapters and losses bit-equal'}"
    return Row("Training killed", "runs", "bit-equal", counted, not bad and len(progress["runs"]) >= count)


def prepare(folder: Path) -> None:
    """A judged studio to copy."""
    if (folder / "judged.made").exists():
        return
    for name in ("model", "judged"):
        shutil.rmtree(folder / name, ignore_errors=True)
    studio = tiny_studio(folder / "judged", tiny_wan(folder / "model"))
    judge_briefs(studio, count=3, takes_each=3)
    forget(studio)
    (folder / "judged.made").touch()


def recipe_of(name: str) -> Recipe:
    return quick(**{**EVERY, **RECIPES[name]})


def tune_through(folder: Path, judged: Path, name: str, chance: random.Random | None, most: int = KILLS) -> list[str]:
    """Tunes a copy of the studio to the end. When and how it was killed on the way; never without `chance`."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(judged, folder)
    kills: list[str] = []
    while chance and len(kills) < most:
        instant = chance.choice(["moment", "step", "write", "torn"])
        if instant == "moment":
            seconds = chance.uniform(0, LONGEST)
            killed = kill_after(begin(tune_once, folder, name, log=folder / "log"), seconds)
        else:
            seconds = chance.randrange(1, 4 if instant == "step" else 12)
            killed = was_killed(begin(tune_once, folder, name, instant, seconds, log=folder / "log"))
        if not killed:
            return kills
        kills.append(f"{instant} {seconds:.3g}")
    assert not was_killed(begin(tune_once, folder, name, log=folder / "log")), kills
    return kills


def tune_once(folder: Path, name: str, instant: str | None = None, count: int = 0) -> None:
    """In a process of its own; kills itself at the `count`-th instant of this kind."""
    if instant == "torn":
        checkpoint.save_file = torn(checkpoint.save_file, count)
    elif instant:
        arm(instant, count)
    studio = Studio.open(folder)
    if any(run["state"] == "done" for run in runs.list_runs(studio)):
        return  # killed when all was written
    tune(studio, recipe_of(name), progress=False)


def torn(save: Callable[..., None], count: int) -> Callable[..., None]:
    """A `save_file` whose `count`-th file is half written when the process is killed."""
    left = [count]

    def save_and_die(tensors: Any, path: Path) -> None:
        save(tensors, path)
        left[0] -= 1
        if not left[0]:
            os.truncate(path, path.stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    return save_and_die


def outcome(folder: Path) -> dict[str, Any]:
    """What a run came to: its adapter, its losses, and how many of each thing there are."""
    studio = Studio.open(folder)
    made = runs.list_runs(studio)
    names = [row["name"] for row in versions.list_versions(studio)]
    metrics = made[0]["metrics"] or {}
    forget(studio)
    files = sorted(path for path in (folder / "models").rglob("*.safetensors"))
    return {
        "adapters": {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files},
        "losses": json.dumps(metrics.get("log"), sort_keys=True),
        "metrics": {name: metrics.get(name) for name in ("steps", "chosen_step", "strength", "heldout_accuracy")},
        "runs": [[run["id"], run["state"], run["version"]] for run in made],
        "versions": names,
        "refused": metrics.get("refused_checkpoints", []),
        "left": [str(path.relative_to(folder)) for path in (folder / "runs").rglob("*.partial")],
    }


def differences(whole: dict[str, Any], killed: dict[str, Any]) -> list[str]:
    return [f"{name} differ" for name in whole if whole[name] != killed[name]]
