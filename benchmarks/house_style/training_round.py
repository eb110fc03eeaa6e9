"""How a point gets the version it measures: one round of judging and tuning, or several nights of it.

What learns is the product's own tuning run, or the plain opponent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.house_style.fixture_studio import copy_studio, draw_briefs, drawing_seconds
from benchmarks.house_style.judging import briefs_needed, judge
from benchmarks.house_style.passes import counting_passes
from benchmarks.house_style.plain_dpo import PlainRecipe, tune_plain
from benchmarks.house_style.points import PAIRINGS, Learner, Point, judged_prompts
from benchmarks.house_style.run import JUDGED, NIGHTS, BenchmarkRun
from feedback.durable_files import write_text
from feedback.errors import Interrupted, Refused
from feedback.models import runs, versions
from feedback.store import Studio
from feedback.trials import promotion
from finetune.jobs.tune import tune
from finetune.recipe import recipe_from
from generation.media.descriptor_extraction import extract_all_descriptors

SHOT = "JUDGED"
METRICS = (
    "steps",
    "chosen_step",
    "strength",
    "measured_gain",
    "believed_gain",
    "gain_judged_by",
    "kept_content",
    "kept_error",
    "kept_variety",
    "drawn_strengths",
    "reward_under_noise",
    "unexplained",
    "beta",
    "heldout_accuracy",
    "winner_error_ratio",
    "train_pairs",
    "ranked_takes",
    "passes",
)


@dataclass(frozen=True)
class Outcome:
    """Of one tuning run."""

    state: str  # candidate, refused, or reward_model where nothing else was to be fitted
    version: str | None
    reason: str | None = None  # of a refusal
    seconds: float = 0.0
    metrics: dict[str, Any] = field(default_factory=dict)  # those of METRICS that the run has


@dataclass(frozen=True)
class TrainingRound:
    """What was judged and what came of it. Plain values only: nights are kept as JSON."""

    result: Outcome
    verdicts: dict[str, int] = field(default_factory=dict)
    generate_seconds: float = 0.0


def train(run: BenchmarkRun, point: Point) -> tuple[Studio, str | None, TrainingRound]:
    """(the studio, the version to measure or None after a refusal, what happened)."""
    return train_nights(run, point) if point.night else train_once(run, point)


def train_once(run: BenchmarkRun, point: Point) -> tuple[Studio, str | None, TrainingRound]:
    """Judgements of production's takes, one tuning run, no promotion."""
    studio, briefs = judged_copy(run, point, run.folder / "points" / point.key)
    done = judge_and_tune(run, point, studio, briefs)
    return studio, done.result.version, done


def judged_copy(run: BenchmarkRun, point: Point, folder: Path) -> tuple[Studio, list[int]]:
    """A copy of the fixture studio, which is first drawn as far as this point needs it, and the briefs to judge."""
    count = briefs_needed(point.raters, run.setup.takes, point.pairs)
    prompts = judged_prompts(run.setup, count)
    briefs = draw_briefs(run.fixture_studio, run.setup, shot_of(point), prompts, JUDGED)
    if point.raters.pairing == "active":
        extract_all_descriptors(run.fixture_studio)  # an older work folder may have takes without descriptors
    return copy_studio(run.fixture_studio, folder), briefs


def shot_of(point: Point) -> str:
    """A pool of a fixed size is a shot of its own, or other takes of this folder would be dealt too."""
    return SHOT if point.raters.pairing == PAIRINGS[0] else f"STOCK_{point.raters.pool}"


def judge_and_tune(run: BenchmarkRun, point: Point, studio: Studio, briefs: list[int]) -> TrainingRound:
    verdicts = judge(studio, point.raters, run.panel(point.raters), briefs, point.pairs, run.setup.seed)
    drawn = drawing_seconds(studio, len(briefs) * run.setup.takes)
    return TrainingRound(tune_with(studio, point.learner, run.setup.seed), dict(verdicts), drawn)


# Nights


def train_nights(run: BenchmarkRun, point: Point) -> tuple[Studio, str | None, TrainingRound]:
    """Night after night: judge what production draws now, tune, promote; a refused night keeps production.

    Finished nights are kept, so that the next point of the curve goes on from this one.
    """
    folder = run.folder / "nights" / replace(point, night=None, x=None).key
    started = (folder / "studio" / "studio.db").exists()
    studio = Studio.open(folder / "studio") if started else judged_copy(run, point, folder / "studio")[0]
    rounds = [
        kept_round(folder / f"night_{night}.json", lambda night=night: one_night(run, point, studio, night))  # type: ignore[misc]
        for night in range(1, int(point.night or 0) + 1)
    ]
    return studio, version_after(run, rounds), total_of(rounds)


def version_after(run: BenchmarkRun, rounds: list[TrainingRound]) -> str:
    """What was in production after the last of these nights; the studio may have gone on since."""
    made = [each.result.version for each in rounds if each.result.version]
    return made[-1] if made else versions.production_version(run.fixture_studio)


def one_night(run: BenchmarkRun, point: Point, studio: Studio, night: int) -> TrainingRound:
    done = judge_and_tune(run, point, studio, briefs_of_night(run, point, studio, night))
    if done.result.version:
        promotion.promote(studio, done.result.version, force=True, reason="the benchmark promotes every candidate")
    return done


def briefs_of_night(run: BenchmarkRun, point: Point, studio: Studio, night: int) -> list[int]:
    """The first night judges the fixture's takes; later ones have new briefs, drawn by production as it is by then."""
    count = briefs_needed(point.raters, run.setup.takes, point.pairs)
    prompts = judged_prompts(run.setup, count, first=(night - 1) * count)
    shot, use = (shot_of(point), JUDGED) if night == 1 else (f"NIGHT_{night}", NIGHTS + night)
    return draw_briefs(studio, run.setup, shot, prompts, use)


def kept_round(path: Path, make: Callable[[], TrainingRound]) -> TrainingRound:
    if not path.is_file():
        write_text(path, json.dumps(asdict(make())))
    content = json.loads(path.read_text())
    return TrainingRound(**{**content, "result": Outcome(**content["result"])})


def total_of(rounds: list[TrainingRound]) -> TrainingRound:
    """Counts and seconds of all nights; the state and the metrics are the last night's."""
    names = sorted({name for each in rounds for name in each.verdicts})
    verdicts = {name: sum(each.verdicts.get(name, 0) for each in rounds) for name in names}
    result = replace(rounds[-1].result, seconds=sum(each.result.seconds for each in rounds))
    return TrainingRound(result, verdicts, sum(each.generate_seconds for each in rounds))


# From a judged studio to a candidate


def tune_with(studio: Studio, learner: Learner, seed: int) -> Outcome:
    """Runs the learner; a refusal is a result. Raises KeyboardInterrupt when the run was stopped."""
    if learner.method == "reward_model":
        return Outcome("reward_model", None)
    before, began = newest_run(studio), time.monotonic()
    try:
        version, metrics = {"tune": tune_product, "plain": tune_opponent}[learner.method](studio, learner.values, seed)
    except Interrupted as interruption:
        raise KeyboardInterrupt from interruption
    except Refused as refusal:
        run = newest_run(studio)
        new = run if run != before else None
        if new is not None and new["state"] == "failed":
            raise
        metrics = (new["metrics"] if new is not None else None) or {}
        return Outcome("refused", None, str(refusal), elapsed(began), recorded(metrics))
    return Outcome("candidate", version, None, elapsed(began), recorded(metrics))


def newest_run(studio: Studio) -> runs.Run | None:
    return next(iter(runs.list_runs(studio)), None)


def tune_product(studio: Studio, values: dict[str, Any], seed: int) -> tuple[str, dict[str, Any]]:
    with counting_passes() as passes:
        result = tune(studio, recipe_from({"seed": seed, **values}))
    return str(result["version"]), {**result["metrics"], "passes": passes.described()}


def tune_opponent(studio: Studio, values: dict[str, Any], seed: int) -> tuple[str, dict[str, Any]]:
    recipe = PlainRecipe(**{"seed": seed, **values})
    steps = {"steps": recipe.max_steps, "chosen_step": recipe.max_steps, "strength": 1.0}
    return tune_plain(studio, recipe), {**asdict(recipe), **steps}


def recorded(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: metrics[name] for name in METRICS if name in metrics}


def elapsed(began: float) -> float:
    return time.monotonic() - began
