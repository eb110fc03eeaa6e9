"""One measurement: so many frames and so many judged pairs, from a fresh studio to figures."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.house_style.fixture_studio import copy_studio, draw_briefs
from benchmarks.house_style.judging import briefs_needed, judge
from benchmarks.house_style.metrics import compare
from benchmarks.house_style.points import BenchmarkSetup, Learner, Raters, digest, judged_prompts, learning_source
from benchmarks.house_style.records import Record, measured_commit, round_numbers
from benchmarks.house_style.run import JUDGED, BenchmarkRun
from benchmarks.house_style.training_round import METRICS, SHOT, Outcome, tune_with
from benchmarks.library_learning.shelf import fill_library, library_captions, library_frames
from feedback.durable_files import write_text
from feedback.models import runs
from feedback.store import Studio

BENCHMARK = "library_learning"
MOST_PAIRS = 100
DONE = "library_run.json"  # in a studio's folder, once its library adapter is trained
MORE = ("library", "library_pairs", "stands_on", "reward_model")  # of a run's metrics


@dataclass(frozen=True)
class LibraryPoint:
    """What is learned from, and by which settings."""

    setup: BenchmarkSetup
    raters: Raters
    frames: int  # of the library
    pairs: int  # that people judged
    adapter: bool = True  # whether a library adapter is trained, and stood on
    beside: float | str = "auto"  # library.pairs_weight of the run on judgements
    recipe: str = "{}"  # JSON of further settings of the run on the library, by section

    @property
    def key(self) -> str:
        return digest(BENCHMARK, asdict(self), learning_source())

    @property
    def name(self) -> str:
        if not self.frames:
            return f"{self.pairs} pairs"
        parts = [f"{self.frames} frames", *([f"{self.pairs} pairs"] if self.pairs else [])]
        ways = [
            *(["no adapter"] if not self.adapter else []),
            *([] if self.beside == "auto" else [f"beside {self.beside}"]),
        ]
        return " + ".join(parts) + (f" ({', '.join(ways)})" if ways and self.pairs else "")


def measure(run: BenchmarkRun, point: LibraryPoint) -> Record:
    """The record, ready for JSON."""
    began = time.monotonic()
    studio, metrics = (
        studio_with_library(run, point) if point.frames and point.adapter else (fresh_studio(run, point), {})
    )
    version = (metrics.get("library_run") or {}).get("version")
    if point.pairs:
        outcome = learn_from_pairs(run, studio, point)
        version = outcome.version or version
        metrics = {**metrics, **newest_metrics(studio), "reason": outcome.reason, "tune_seconds": outcome.seconds}
    figures: dict[str, Any] = {"win_rate": None, "held_quality": False}
    if version is not None:
        takes, _ = run.draw(studio, version)
        evaluator = run.evaluator(point.raters.taste)
        figures = compare(evaluator.measure(takes), run.base(point.raters.taste), evaluator.real)
        run.keep_picture(f"{point.raters.taste}-{point.name}".replace(" ", "_"), takes)
    about = {
        "benchmark": BENCHMARK, "commit": measured_commit(), "key": point.key, "name": point.name,
        "taste": point.raters.taste, "frames": point.frames, "pairs": point.pairs, "adapter": point.adapter,
        "beside": point.beside, "seed": run.setup.seed, "held_out": run.setup.held_out, "version": version,
        "seconds": time.monotonic() - began,
    }  # fmt: skip
    return round_numbers({**about, **figures, **metrics})


def learn_from_pairs(run: BenchmarkRun, studio: Studio, point: LibraryPoint) -> Outcome:
    raters = point.raters
    judge(studio, raters, run.panel(raters), judged_briefs(run, point), point.pairs, run.setup.seed)
    values = {"library": {"pairs_weight": point.beside if point.frames else 0}}
    return tune_with(studio, Learner("pairs", "tune", values), run.setup.seed)


def judged_briefs(run: BenchmarkRun, point: LibraryPoint) -> list[int]:
    """As many as the largest number of pairs needs, whatever this point has: studios are copied from one that has them."""
    count = briefs_needed(point.raters, run.setup.takes, max(point.pairs, MOST_PAIRS))
    return draw_briefs(run.fixture_studio, run.setup, SHOT, judged_prompts(run.setup, count), JUDGED)


def fresh_studio(run: BenchmarkRun, point: LibraryPoint) -> Studio:
    """With the library, and nothing judged."""
    judged_briefs(run, point)
    studio = copy_studio(run.fixture_studio, run.folder / "library_points" / point.key)
    if point.frames:
        frames = library_frames(run.folder / "library", run.setup, point.raters.taste, point.frames)
        fill_library(studio, frames, library_captions(run.setup, point.frames))
    return studio


def studio_with_library(run: BenchmarkRun, point: LibraryPoint) -> tuple[Studio, dict[str, Any]]:
    """The same with a library adapter, which is trained once for all numbers of pairs, and what came of that."""
    alone = replace(point, pairs=0, beside="auto")
    folder = run.folder / "library_points" / alone.key
    if not (folder / DONE).is_file():
        write_text(folder / DONE, json.dumps(train_adapter(fresh_studio(run, alone), alone)))
    kept = json.loads((folder / DONE).read_text())
    if not point.pairs:
        return Studio.open(folder), kept
    studio = copy_studio(Studio.open(folder), run.folder / "library_points" / point.key)
    for part in ("models", "runs"):
        shutil.copytree(folder / part, studio.folder / part, dirs_exist_ok=True)
    return studio, kept


def train_adapter(studio: Studio, point: LibraryPoint) -> dict[str, Any]:
    values = {**json.loads(point.recipe), "method": "sft", "data": {"learn_from": "library"}}
    outcome = tune_with(studio, Learner("library", "tune", values), point.setup.seed)
    about = {"version": outcome.version, "reason": outcome.reason, "seconds": outcome.seconds}
    return {"library_run": {**newest_metrics(studio), **about}}


def newest_metrics(studio: Studio) -> dict[str, Any]:
    run = runs.newest_run(studio)
    kept = (run["metrics"] if run else None) or {}
    return {name: kept[name] for name in (*METRICS, *MORE) if name in kept}
