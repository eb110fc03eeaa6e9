"""From a judged studio to a candidate: the product's own tuning run, or the plain opponent."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.style.plain import PlainRecipe, tune_plain
from benchmarks.style.setting import Learner
from feedback import runs
from feedback.errors import Refused
from feedback.studio import Studio
from finetune.jobs.tune import tune
from finetune.recipe import recipe_from

KEPT = (
    "steps",
    "chosen_step",
    "strength",
    "gain",
    "unexplained",
    "beta",
    "heldout_accuracy",
    "winner_error_ratio",
    "train_pairs",
)


@dataclass(frozen=True)
class Learned:
    """What came of a run."""

    state: str  # candidate, refused, or scorer where nothing more was asked for
    version: str | None
    reason: str | None = None  # of a refusal
    seconds: float = 0.0
    metrics: dict[str, Any] = field(default_factory=dict)  # those of KEPT that the run has


def learn(studio: Studio, learner: Learner, seed: int) -> Learned:
    """Runs the learner; a refusal is a result. Raises KeyboardInterrupt when the run was asked to stop."""
    if learner.method == "scorer":
        return Learned("scorer", None)
    before, began = newest_run(studio), time.monotonic()
    try:
        version, metrics = {"tune": tuned, "plain": plain}[learner.method](studio, learner.values, seed)
    except Refused as refusal:
        run = newest_run(studio)
        new = run if run != before else None
        if new is not None and new["state"] == "running":
            raise KeyboardInterrupt from refusal
        if new is not None and new["state"] == "failed":
            raise
        return Learned("refused", None, str(refusal), elapsed(began), kept((new or {}).get("metrics") or {}))
    return Learned("candidate", version, None, elapsed(began), kept(metrics))


def newest_run(studio: Studio) -> dict[str, Any] | None:
    return next(iter(runs.list_runs(studio)), None)


def tuned(studio: Studio, values: dict[str, Any], seed: int) -> tuple[str, dict[str, Any]]:
    result = tune(studio, recipe_from({"seed": seed, **values}))
    return result["version"], result["metrics"]


def plain(studio: Studio, values: dict[str, Any], seed: int) -> tuple[str, dict[str, Any]]:
    recipe = PlainRecipe(**{"seed": seed, **values})
    steps = {"steps": recipe.max_steps, "chosen_step": recipe.max_steps, "strength": 1.0}
    return tune_plain(studio, recipe), {**asdict(recipe), **steps}


def kept(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: metrics[name] for name in KEPT if name in metrics}


def elapsed(began: float) -> float:
    return time.monotonic() - began
