"""One tuning run from judgements to a candidate version: collect, refuse early, snapshot, cache, train, register.

An early refusal leaves nothing behind. From the snapshot on there is a row in `runs`; a run that is interrupted stays
`running` and is continued, with its own snapshot and reference, by the next call.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from feedback.errors import Invalid, Refused
from feedback.models import runs, versions
from feedback.preferences import dataset, snapshot
from feedback.preferences.snapshot import read_snapshot, write_snapshot
from feedback.signals import stopping_on_signals
from feedback.store import Studio
from finetune.aiming import aim
from finetune.cache import Cache, make_cache
from finetune.examples import Example, drawn_by, examples_of
from finetune.guards import refuse_after, refuse_before, refuse_scorer
from finetune.liking import learn_scorer
from finetune.locks import only_one
from finetune.policy import NAME, Policy, load_policy
from finetune.recipe import Recipe, recipe_as_dict, recipe_from
from finetune.scorer import Scorer
from finetune.snapshot import split_briefs
from finetune.tilt import Steering, make_steering
from finetune.train import Course, Stopped, make_trainer, run_training
from generation.models.adapters import save_adapter
from generation.sampling import deterministic

CACHE_SHARE, AIM_SHARE = 0.3, 0.1  # of the progress bar in the run's row
BEAT_SECONDS = 1.0
REFERENCE = "reference.json"
FEWEST_OWN = 16  # pairs: a batch of guided


def tune(
    studio: Studio,
    recipe: Recipe | None = None,
    *,
    since: str | None = None,
    dry_run: bool = False,
    resume: bool = True,
    progress: bool = True,
) -> dict[str, Any]:
    """Tunes a candidate to be tried against production; returns {"run", "version", "state", "metrics"}.

    Raises Refused, with one line, when there is too little to learn from (nothing is written then), when the tuned
    model does not hold on held-out pairs (the run's row says so; no version), or when the run was asked to stop (it
    stays `running`; the next call with the same recipe continues it). `dry_run` says what would be learned from.
    """
    recipe = recipe or Recipe()
    if dry_run:
        return preview(studio, recipe, since)
    with only_one(studio.runs_folder / "tune.lock", "a tuning run"), stopping_on_signals() as stop:
        run = (unfinished_run(studio, recipe) if resume else None) or start(studio, recipe, since)
        return carry_out(studio, run, stop.is_set, quiet=not progress)


def preview(studio: Studio, recipe: Recipe, since: str | None) -> dict[str, Any]:
    found = dataset.collect(studio, since)
    frozen, _ = snapshot.freeze(found)
    train, heldout = split(frozen, recipe, versions.production_version(studio))
    refuse_before(train, heldout, recipe)
    return {"run": None, "version": None, "state": "dry run", "metrics": counts(studio, frozen, recipe, train, heldout)}


def split(frozen: dict[str, Any], recipe: Recipe, production: str | None = None) -> tuple[list[Example], list[Example]]:
    """(train, held out), by brief."""
    examples = examples_of(frozen, recipe, production)
    apart = split_briefs(frozen, recipe.heldout_share)
    kept = [example for example in examples if example.brief not in apart]
    return kept, [example for example in examples if example.brief in apart]


def counts(
    studio: Studio, frozen: dict[str, Any], recipe: Recipe, train: Sequence[Example], heldout: Sequence[Example]
) -> dict[str, Any]:
    ballots = [row for pair in frozen["pairs"] for row in pair["judgements"]]
    rated = [row for pair in frozen["star_pairs"] for row in pair["judgements"]]
    rated += [row for pair in frozen["pairs"] for row in pair["stars"]] if recipe.star_margin > 0 else []
    people = {person for _, person, _ in (*ballots, *rated)} | {circle["person"] for circle in frozen["circles"]}
    return {
        "judgements": len(frozen["circles"]) + len(ballots) + len({row for row, _, _ in rated}),
        "people": len(people),
        "pairs": len(frozen["pairs"]) + len(frozen["star_pairs"]),
        "train_pairs": len(train),
        "heldout_briefs": len({example.brief for example in heldout}),
        "reference": versions.production_version(studio),
    }


def unfinished_run(studio: Studio, recipe: Recipe) -> runs.Run | None:
    """The interrupted run to continue. One of another recipe, or without its snapshot, is given up first."""
    row = runs.running_run(studio)
    if row is None:
        return None
    try:
        read_snapshot(studio.folder / row["folder"], row["snapshot_sha256"])
        if recipe_from(row["recipe"]) == recipe:
            return row
        reason = "given up: interrupted, and then another recipe was asked for"
    except Refused as error:
        reason = f"given up: {error}"
    runs.fail_run(studio, row["id"], reason)
    return None


def start(studio: Studio, recipe: Recipe, since: str | None) -> runs.Run:
    """The run's folder with the frozen snapshot, then its row; refuses before either."""
    found = dataset.collect(studio, since)
    frozen, sha256 = snapshot.freeze(found)
    reference = versions.production_version(studio)
    train, heldout = split(frozen, recipe, reference)
    refuse_before(train, heldout, recipe)
    abandoned = runs.running_run(studio)
    if abandoned:
        runs.fail_run(studio, abandoned["id"], "given up: a new run was asked for")
    folder = studio.runs_folder / f"{runs.next_number(studio):04d}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REFERENCE).write_text(json.dumps({"reference": reference}))
    write_snapshot(folder, frozen)
    # The scorer of method guided learns from all briefs; there, those held out only say when to stop.
    heldout_briefs = {example.brief for example in heldout} if recipe.method != "guided" else set()
    judgements = dataset.judgements_behind(found, heldout_briefs, star_margins=recipe.star_margin > 0)
    name = str(folder.relative_to(studio.folder))
    return runs.get_run(studio, runs.start_run(studio, recipe.method, recipe_as_dict(recipe), sha256, name, judgements))


def carry_out(studio: Studio, run: runs.Run, stop: Callable[[], bool], quiet: bool) -> dict[str, Any]:
    """Everything after the snapshot. The row ends as done, refused or failed, or stays running when stopped."""
    try:
        with deterministic():
            return learn(studio, run, stop, quiet)
    except Stopped:
        raise Refused(f"run {run['id']} was interrupted: the same command again continues it") from None
    except (Refused, OSError, RuntimeError, ValueError) as error:
        if runs.get_run(studio, run["id"])["state"] == "running":
            runs.fail_run(studio, run["id"], " ".join(str(error).split())[:300])
        raise


def learn(studio: Studio, run: runs.Run, stop: Callable[[], bool], quiet: bool) -> dict[str, Any]:
    folder, recipe, began = studio.folder / run["folder"], recipe_from(run["recipe"]), time.monotonic()
    frozen = read_snapshot(folder, run["snapshot_sha256"])
    reference = read_reference(folder)
    train, heldout = split(frozen, recipe, reference)
    policy = load_policy(studio, reference, recipe)
    cache = make_cache(studio, policy, recipe)
    beat = heartbeat(studio, run["id"])
    pairwise = recipe.method != "guided"  # guided asks the reference itself, at every step
    everything = [*train, *heldout]
    cache.fill(everything, lambda share: check(stop, beat, CACHE_SHARE * share), quiet, everything if pairwise else ())
    beta = (recipe.beta or beta_from(cache, train, recipe)) if pairwise else None
    metrics = counts(studio, frozen, recipe, train, heldout)
    metrics |= {"reference": reference, "label_smoothing": mean_slips(train), "beta": beta}
    scorer = None if pairwise else fit_or_refuse(studio, run["id"], cache, everything, recipe, metrics)
    steering = None
    if scorer is not None:
        train, heldout = (own_takes(studio, policy, frozen, some) for some in (train, heldout))
        with looking(stop, beat, quiet) as hear:
            steering = steer(policy, cache, scorer, train, recipe, metrics, hear)
    cached = time.monotonic() - began
    trainer = make_trainer(policy, cache, recipe, beta or 0.0, train, heldout, folder / "checkpoints", steering)
    trained = 1.0 if pairwise or recipe.aim is None else 1 - AIM_SHARE
    course = run_training(trainer, lambda share: beat(CACHE_SHARE + (trained - CACHE_SHARE) * share), stop, quiet)
    policy.load_adapter(course.best_adapter)
    metrics |= measured(course, cached)
    with refusing(studio, run["id"], metrics):
        refuse_after(metrics, recipe)
        if scorer is not None and recipe.aim is not None:
            began = time.monotonic()
            with aiming(stop, beat, trained, quiet) as hear:
                metrics |= aim(studio, policy, scorer, everything, recipe, hear)
            metrics["seconds"] = round(metrics["seconds"] + time.monotonic() - began, 1)
    version = register(studio, run["id"], policy, metrics)
    return {"run": run["id"], "version": version, "state": "candidate", "metrics": metrics}


@contextmanager
def refusing(studio: Studio, run: int, metrics: dict[str, Any]) -> Iterator[None]:
    """A refusal within is the run's, which then ends with what is in `metrics`."""
    try:
        yield
    except Refused as refusal:
        runs.refuse_run(studio, run, str(refusal), metrics)
        raise Refused(f"run {run}: {refusal}") from None


def fit_or_refuse(
    studio: Studio, run: int, cache: Cache, examples: Sequence[Example], recipe: Recipe, metrics: dict[str, Any]
) -> Scorer:
    """What people like, into `metrics` too; Refused, and the run with it, when that cannot be foretold."""
    scorer = learn_scorer(cache, examples, recipe)
    figures = {name: getattr(scorer, name) for name in ("features", "penalty", "spread", "accuracy", "loss", "known")}
    metrics["scorer"] = {**figures, "bends": scorer.bends is not None}
    with refusing(studio, run, metrics):
        refuse_scorer(scorer, recipe)
    return scorer


def own_takes(studio: Studio, policy: Policy, frozen: dict[str, Any], examples: list[Example]) -> list[Example]:
    """The pairs whose takes the reference itself drew, where there are enough: guided asks at them how to go on.

    Takes of later versions have gone part of the way already. Their comparisons teach the scorer all the same.
    """
    own = drawn_by(frozen, versions.versions_drawing_with(studio, policy.base, policy.adapters), examples)
    return own if len(own) >= FEWEST_OWN else examples


def steer(
    policy: Policy,
    cache: Cache,
    scorer: Scorer,
    train: Sequence[Example],
    recipe: Recipe,
    metrics: dict[str, Any],
    hear: Callable[[], None],
) -> Steering:
    """Where guided goes; what can be foretold under noise goes into `metrics` too, by noise level."""
    steering = make_steering(policy, cache, scorer, train, recipe, hear)
    if steering.foresight is not None:
        seen = zip(steering.foresight.levels, steering.foresight.shares, strict=True)
        metrics["foresight"] = {f"{level:.3f}": shares for level, shares in seen}
    return steering


def read_reference(folder: Path) -> str:
    """The version that was in production when the run began."""
    try:
        return str(json.loads((folder / REFERENCE).read_text())["reference"])
    except (OSError, ValueError, KeyError) as error:
        raise Invalid(f"{folder / REFERENCE} cannot be read: tune again with a new run") from error


def mean_slips(examples: Sequence[Example]) -> float:
    """Over pairs with a preference: the recipe's label_smoothing, or what was measured for it."""
    decided = [example.slips for example in examples if example.decided]
    return sum(decided) / len(decided) if decided else 0.0


def beta_from(cache: Cache, train: Sequence[Example], recipe: Recipe) -> float:
    """beta_scale over the reference's mean error, so that the same relative change counts the same in every model."""
    return recipe.beta_scale / float(torch.stack([cache.reference(example) for example in train]).mean())


def heartbeat(studio: Studio, run: int) -> Callable[[float], None]:
    """Writes progress into the run's row, about once a second."""
    last = 0.0

    def beat(share: float) -> None:
        nonlocal last
        if time.monotonic() - last >= BEAT_SECONDS:
            runs.progress_run(studio, run, share)
            last = time.monotonic()

    return beat


def check(stop: Callable[[], bool], beat: Callable[[float], None], share: float) -> None:
    """A beat at which the run may be stopped: what was cached so far stays."""
    if stop():
        raise Stopped
    beat(share)


@contextmanager
def looking(stop: Callable[[], bool], beat: Callable[[float], None], quiet: bool) -> Iterator[Callable[[], None]]:
    """What hears of each batch of takes looked at through noise: a count on stderr, and the wish to stop."""
    with tqdm(desc="looking at takes through noise", unit="batch", disable=quiet) as bar:

        def hear() -> None:
            bar.update()
            check(stop, beat, CACHE_SHARE)

        yield hear


@contextmanager
def aiming(
    stop: Callable[[], bool], beat: Callable[[float], None], first: float, quiet: bool
) -> Iterator[Callable[[float], None]]:
    """What hears how takes are drawn: a bar on stderr, the progress of the run from `first` on, and the wish to stop."""
    with tqdm(total=100, desc="drawing takes to see how far it went", unit="%", disable=quiet) as bar:

        def hear(share: float) -> None:
            bar.update(round(100 * share) - bar.n)
            check(stop, beat, first + (1 - first) * share)

        yield hear


def measured(course: Course, cache_seconds: float) -> dict[str, Any]:
    """What the run found, for its row; `chosen_step` and the held-out numbers are those of the kept adapter."""
    best = course.best or {}
    return {
        **{name: value for name, value in best.items() if name != "step"},
        "steps": course.step,
        "chosen_step": best.get("step"),
        "seconds": round(course.seconds + cache_seconds, 1),
        "cache_seconds": round(cache_seconds, 1),
        "log": course.log,
    }


def register(studio: Studio, run: int, policy: Policy, metrics: dict[str, Any]) -> str:
    """Writes the adapter and then, in one transaction, the version's row and the run's end."""
    name = versions.next_name(studio)
    sha256 = save_adapter(policy.denoiser, studio.models_folder / name, policy.config, name=NAME)
    new = {"folder": f"models/{name}", "sha256": sha256, "weight": metrics["strength"]}
    with studio.writing():
        versions.register_candidate(studio, name, policy.base, [*policy.adapters, new], run)
        runs.finish_run(studio, run, name, metrics)
    return name
