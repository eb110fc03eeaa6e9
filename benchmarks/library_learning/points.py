"""One measurement: so many frames and so many judged pairs, from a fresh studio to figures."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.house_style.fixture_studio import copy_studio
from benchmarks.house_style.judging import briefs_needed, judge
from benchmarks.house_style.metrics import compare
from benchmarks.house_style.points import BenchmarkSetup, Learner, Raters, digest, judged_prompts, learning_source
from benchmarks.house_style.records import Record, measured_commit, round_numbers
from benchmarks.house_style.run import JUDGED, BenchmarkRun
from benchmarks.house_style.training_round import METRICS, SHOT, draw_briefs, tune_with
from benchmarks.library_learning.shelf import fill_library, library_captions, library_frames
from feedback.models import runs
from feedback.store import Studio

BENCHMARK = "library_learning"
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
    recipe: str = ""  # JSON of further settings of the run on the library, by section

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


def measure(run: BenchmarkRun, point: LibraryPoint, library_values: dict[str, Any]) -> Record:
    """The record, ready for JSON. `library_values`: of the recipe of the run on the library."""
    began = time.monotonic()
    studio = prepared_studio(run, point)
    states, version, metrics = {}, None, dict[str, Any]()
    if point.frames and point.adapter:
        values = {"method": "sft", **library_values, "data": {"learn_from": "library"}}
        outcome = tune_with(studio, Learner("library", "tune", values), run.setup.seed)
        states["library"], version, metrics = outcome.state, outcome.version, newest_metrics(studio)
        metrics = {"library_run": {**metrics, "reason": outcome.reason, "seconds": outcome.seconds}}
    if point.pairs:
        values = {"library": {"pairs_weight": point.beside if point.frames else 0}}
        outcome = tune_with(studio, Learner("pairs", "tune", values), run.setup.seed)
        states["pairs"], version = outcome.state, outcome.version or version
        metrics |= {**newest_metrics(studio), "reason": outcome.reason, "tune_seconds": outcome.seconds}
    figures: dict[str, Any] = {"win_rate": None, "held_quality": False}
    if version is not None:
        takes, _ = run.draw(studio, version)
        evaluator = run.evaluator(point.raters.taste)
        figures = compare(evaluator.measure(takes), run.base(point.raters.taste), evaluator.real)
        run.keep_picture(f"{point.raters.taste}-{point.name}".replace(" ", "_"), takes)
    about = {
        "benchmark": BENCHMARK, "commit": measured_commit(), "key": point.key, "name": point.name,
        "taste": point.raters.taste, "frames": point.frames, "pairs": point.pairs, "adapter": point.adapter,
        "beside": point.beside, "seed": run.setup.seed, "held_out": run.setup.held_out, "states": states, "version": version,
        "seconds": time.monotonic() - began,
    }  # fmt: skip
    return round_numbers({**about, **figures, **metrics})


def prepared_studio(run: BenchmarkRun, point: LibraryPoint) -> Studio:
    """With the library, and the judgements of production's takes."""
    raters = point.raters
    count = briefs_needed(raters, run.setup.takes, max(point.pairs, 1))
    briefs = draw_briefs(run.fixture_studio, run.setup, SHOT, judged_prompts(run.setup, count), JUDGED)
    studio = copy_studio(run.fixture_studio, run.folder / "library_points" / point.key)
    if point.pairs:
        judge(studio, raters, run.panel(raters), briefs, point.pairs, run.setup.seed)
    if point.frames:
        frames = library_frames(run.folder / "library", run.setup, raters.taste, point.frames)
        fill_library(studio, frames, library_captions(run.setup, point.frames))
    return studio


def newest_metrics(studio: Studio) -> dict[str, Any]:
    run = runs.newest_run(studio)
    kept = (run["metrics"] if run else None) or {}
    return {name: kept[name] for name in (*METRICS, *MORE) if name in kept}
