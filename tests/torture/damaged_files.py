"""Files that are cut short, emptied, or have one bit flipped: each is named, and what was before it is used."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file

from feedback.errors import Interrupted
from feedback.models import base_pins, versions
from feedback.models.runs import get_run
from feedback.production import render_queue
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.training import loop
from finetune.training.checkpoint import finished
from generation.models.adapter_files import WEIGHTS
from generation.models.loading import forget_versions
from generation.models.pinning import files_of
from generation.workers.worker import run_worker
from tests.faults.damage import KINDS
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.generation.conftest import add_brief, add_tuned_version
from tests.tiny_pipelines.wan import tiny_wan
from tests.torture.damaged_records import meet_database, meet_media
from tests.torture.table import Row, read_progress, write_progress
from ui.cli import main

COUNT = 100  # of which each of the five areas has a fifth
RECIPE = quick(dropout=0.1)  # so that the random state, too, must be right
Harm = Callable[[Path, random.Random], None]


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` damaged files: a checkpoint's, an adapter's, a base model's, media, the database's, and so on."""
    torch.set_num_threads(1)
    progress = read_progress(folder, "done")
    for number in range(len(progress), count):
        area = list(AREAS)[number % len(AREAS)]
        chance = random.Random(f"{seed} {number}")
        harm = KINDS[number // len(AREAS) % len(KINDS)]
        progress[str(number)] = [area, harm.__name__, AREAS[area](prepare(folder, area), harm, chance)]
        write_progress(folder, "done", progress)
    bad = [f"{area} ({kind}): {', '.join(wrong)}" for area, kind, wrong in progress.values() if wrong]
    counts = [
        f"{area} {sum(not wrong for name, _, wrong in progress.values() if name == area)} of "
        f"{sum(name == area for name, _, _ in progress.values())}"
        for area in AREAS
    ]
    counted = ", ".join(counts) + (f"; {'; '.join(bad)}" if bad else "")
    return Row("Damaged files", "named, the one before used", "20 each", counted, not bad)


def prepare(folder: Path, area: str) -> Path:
    place = folder / area
    place.mkdir(parents=True, exist_ok=True)
    return place


def new_place(folder: Path) -> Path:
    """Never the same twice: a process keeps its connection to a database by its path."""
    return Path(tempfile.mkdtemp(dir=folder)) / "studio"


def meet_checkpoint(folder: Path, harm: Harm, chance: random.Random) -> list[str]:
    """A run is interrupted after two checkpoints, of which the newer is damaged, and goes on."""
    if not (folder / "cut" / "ready").exists():
        begin_runs(folder)
    copy = new_place(folder)
    shutil.copytree(folder / "cut", copy)
    newest = finished(copy / "runs" / "0001" / "checkpoints")[-1]
    path = chance.choice(sorted(newest.iterdir()))
    harm(path, chance)
    studio = Studio.open(copy)
    result = tune(studio, RECIPE, progress=False)
    refused = get_run(studio, 1)["metrics"]["refused_checkpoints"] if result["run"] == 1 else []
    wrong = [] if len(refused) == 1 and names(refused[0], newest) else [f"{path.name}: {refused}"]
    if weights_of(copy) != weights_of(folder / "whole"):
        wrong.append(f"{path.name}: other weights than those of an undisturbed run")
    studio.close()
    shutil.rmtree(copy.parent)
    return wrong


def begin_runs(folder: Path) -> None:
    """One that was left alone, and one that was interrupted after its fourth step."""
    for name in ("base", "whole", "cut"):
        shutil.rmtree(folder / name, ignore_errors=True)
    base = tiny_wan(folder / "base")
    for name, most in (("whole", None), ("cut", 4)):
        studio = tiny_studio(folder / name, base)
        judge_briefs(studio)
        if most is None:
            tune(studio, RECIPE, progress=False)
        else:
            interrupt(studio, most)
        with studio.writing() as db:
            db.execute("SELECT 1")
        studio._writer.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        studio.close()
    (folder / "cut" / "ready").touch()


def interrupt(studio: Studio, after: int) -> None:
    steps, run_training = iter(range(1, after + 1)), loop.run_training
    stopping = patch(
        "finetune.jobs.tune.run_training", lambda *given: run_training(*given[:2], lambda: next(steps) == after, True)
    )
    with stopping:
        try:
            tune(studio, RECIPE, progress=False)
        except Interrupted:
            return
    raise AssertionError("the run was not interrupted")


def weights_of(studio: Path) -> dict[str, bytes]:
    tensors = load_file(studio / "models" / "v0001" / WEIGHTS)
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}


def meet_adapter(folder: Path, harm: Harm, chance: random.Random) -> list[str]:
    studio = drawing_studio(folder)
    if not (studio.models_folder / "v0001").is_dir():
        add_tuned_version(studio)
    return meet_model(studio, "v0001", studio.models_folder / "v0001" / WEIGHTS, harm, chance)


def meet_base(folder: Path, harm: Harm, chance: random.Random) -> list[str]:
    """Any of the files that are pinned: weights, configurations, tokenizers."""
    studio, base = drawing_studio(folder), folder / "own"
    if not base.is_dir():
        shutil.copytree(folder / "model", base)
        versions.register_candidate(studio, "own", str(base), [])
        base_pins.pin_base(studio, "own", files_of(str(base)))
    pinned = base_pins.pin_of(studio, "own")
    assert pinned is not None
    return meet_model(studio, "own", base / chance.choice(sorted(pinned)), harm, chance)


def drawing_studio(folder: Path) -> Studio:
    if (folder / "studio" / "studio.db").is_file():
        return Studio.open(folder / "studio")
    return tiny_studio(folder / "studio", tiny_wan(folder / "model"))


def meet_model(studio: Studio, version: str, path: Path, harm: Harm, chance: random.Random) -> list[str]:
    """Takes of a version of which a file is damaged wait, others are drawn, and all are once it is mended."""
    original = path.read_bytes()
    forget_versions()
    harm(path, chance)
    (waiting,) = render_queue.queue_takes(studio, add_brief(studio, "the sea"), [1], version=version)
    (other,) = render_queue.queue_takes(studio, add_brief(studio, "the shore"), [1], version="tiny")
    run_worker(studio, once=True)
    wrong = [f"{path.name}: a take of the version is {state(studio, waiting)}"] * (state(studio, waiting) != "queued 0")
    wrong += [f"{path.name}: another take is {state(studio, other)}"] * (not state(studio, other).startswith("done"))
    reason = str(render_queue.obstacle(studio))
    wrong += [] if names(reason, path) else [f"{path.name} is not named: {reason}"]
    examined = command(studio.folder, "doctor", "--deep")
    wrong += (
        []
        if examined.exit_code == 1 and named_by_doctor(examined, path)
        else [f"{path.name}: doctor: {examined.output}"]
    )
    path.write_bytes(original)
    forget_versions()
    run_worker(studio, once=True)
    return wrong + [f"{path.name}: it does not recover"] * (not state(studio, waiting).startswith("done"))


def state(studio: Studio, take: int) -> str:
    row = studio.row("SELECT state, attempts FROM takes WHERE id = ?", (take,))
    return "{state} {attempts}".format(**(row or {}))


def names(line: str, path: Path) -> bool:
    """Whether it is one line that names a file, in the folder or by its name alone."""
    return "\n" not in line and "Traceback" not in line and (str(path) in line or path.name in line)


def named_by_doctor(examined: Result, path: Path) -> bool:
    bad = [line for line in examined.output.splitlines() if line.startswith("BAD")]
    return "Traceback" not in examined.output and any(path.name in line or path.parent.name in line for line in bad)


def command(studio: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--studio", str(studio)])


AREAS: dict[str, Callable[[Path, Harm, random.Random], list[str]]] = {
    "adapter": meet_adapter,
    "base": meet_base,
    "media": meet_media,
    "database": meet_database,
    "checkpoint": meet_checkpoint,  # the last, since it takes longest: a short form may leave it out
}
