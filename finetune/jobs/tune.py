"""One tuning run from judgements to a candidate version: collect, snapshot, cache, train, register.

A refusal before the snapshot leaves nothing behind. From the snapshot on there is a row in `runs`. A run that is interrupted
stays `running`, and the next call continues it with its own snapshot and reference.

Of several processes the first one does all this. The others (`take_part`) get the run from it, go through the same steps with
their share of the work, and write nothing but files of the cache.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any, NotRequired, TypedDict

from feedback.errors import Interrupted, Refused
from feedback.legacy_recipe_names import rename_recipe
from feedback.models import runs, versions
from feedback.models.base_pins import pin_base
from feedback.models.influences import keep_influences
from feedback.preferences.agreements_waiting import describe_waiting, waiting_for_agreement
from feedback.preferences.dataset import judgements_behind
from feedback.preferences.snapshot import freeze, read_snapshot, write_snapshot
from feedback.production.take_rewards import done_takes
from feedback.rights.checks import refuse
from feedback.signals import stopping_on_signals
from feedback.store import Studio
from feedback.store.excerpt import Excerpt, Tables, excerpt_of
from finetune.data.dataset import Dataset, make_dataset
from finetune.data.judgement_weights import judgement_weights
from finetune.data.latent_cache import make_latent_cache
from finetune.data.library.collecting import items_of
from finetune.data.library.pictures import add_pictures
from finetune.data.library.split import rows_of
from finetune.errors import NotAccepted, ProcessLost, TooFewJudgements
from finetune.jobs.acceptance import refuse_result, refuse_too_little, refuse_winner_error
from finetune.jobs.dry_run import Estimate, estimate_run
from finetune.jobs.for_whom import is_for_all, keep_people, refuse_too_little_of
from finetune.jobs.library import begin, missing_for, refuse_too_few_items
from finetune.jobs.locks import only_one
from finetune.jobs.progress import OnStage, RunProgress, unwatched
from finetune.jobs.run_metrics import (
    describe_dataset,
    describe_denoisers,
    describe_result,
    describe_start,
    describe_training,
    describing_memory,
    outcome_of,
    refused_checkpoints,
)
from finetune.memory.few_bits import refuse_impossible
from finetune.methods.protocol import Method, RunContext
from finetune.methods.registry import make_method
from finetune.metrics import RunMetrics
from finetune.processes import join, noticing_lost, tells_of_lost_process
from finetune.recipe import recipe_as_dict, recipe_from
from finetune.reward.features.image_encoder import encoder_of
from finetune.reward.house_style import keep_style_of_run
from finetune.reward.scoring import score_takes
from finetune.run_start import RunStart, read_start, write_start
from finetune.settings import Recipe, trains_alike
from finetune.training.loop import run_training
from finetune.training.run_log import RunLog, open_log, refuse_missing_loggers
from finetune.training.trainer import find_start, make_trainer
from finetune.tunable_model import NAME, TunableModel, load_tunable_model
from generation.image_encoder import ImageEncoder
from generation.models.adapters import save_adapter
from generation.models.pinning import files_tuned_on
from generation.sampling import deterministic
from generation.workers.machine_faults import machine_fault

PREPARE_SHARE = 0.3  # of the run's progress


class TuningResult(TypedDict):
    run: int | None  # None of a dry run
    version: str | None
    state: str  # candidate, or dry run
    metrics: RunMetrics
    estimate: NotRequired[Estimate]  # of a dry run


@dataclass(frozen=True)
class TuningRun:
    """A run that has its row: new, or interrupted and to be continued."""

    number: int
    folder: Path
    recipe: Recipe
    start: RunStart
    dataset: Dataset

    @property
    def reference(self) -> str:
        """The version in production when it began."""
        return self.start.reference


def tune(
    studio: Studio,
    recipe: Recipe | None = None,
    *,
    since: str | None = None,
    dry_run: bool = False,
    resume: bool = True,
    progress: bool = True,
    on_stage: OnStage = unwatched,
    stop: Event | None = None,
) -> TuningResult:
    """Tunes a candidate that can play a trial against production.

    Raises Refused, with one line, when there is too little to learn from (nothing is written then) or when the tuned model
    does not hold on held-out pairs (the run's row says so; no version). Raises Interrupted when the run was asked to stop
    (it stays `running`; the next call with the same recipe continues it). `dry_run` reports what would be learned from,
    and what it would take: nothing is left behind but what is in the cache. `stop`: also ends it, when it is set.
    """
    recipe, processes = recipe or Recipe(), join()
    with processes.dismissing_others():
        refuse_impossible(recipe.memory)
        refuse_missing_loggers(recipe)
        image_encoder = encoder_of(studio, recipe) if processes.is_first else None
        if dry_run and not processes.is_alone:
            raise Refused("a dry run measures one process: start it without --processes or a launcher")
        if dry_run:
            with naming_who_has_not_agreed(studio):
                return preview(studio, recipe, since, image_encoder)
        with only_one(studio.runs_folder / "tune.lock", "a tuning run"), stopping_on_signals(stop) as stopping:
            on_stage("snapshot")
            with naming_who_has_not_agreed(studio):
                run = (unfinished_run(studio, recipe) if resume else None) or start_run(studio, recipe, since)
            give_to_others(studio, run)
            on_stage("tune", describe_start(run.number, run.dataset))
            return carry_out(
                studio, run, RunProgress(studio, run.number, stopping.is_set, on_stage), quiet=not progress
            )


@contextmanager
def naming_who_has_not_agreed(studio: Studio) -> Iterator[None]:
    """Where there is too little to learn from, it is also said which judgements wait for somebody's agreement."""
    try:
        yield
    except TooFewJudgements as refusal:
        waiting = describe_waiting(waiting_for_agreement(studio))
        if waiting is None:
            raise
        raise TooFewJudgements(f"{refusal}; {waiting}") from None


def give_to_others(studio: Studio, run: TuningRun) -> None:
    """The run, and the rows that it needs of the database, to the other processes."""
    processes = join()
    if processes.is_alone:
        return
    examples = run.dataset.examples
    briefs = {example.brief for example in examples}
    takes = {take for example in examples for take in (example.left, example.right)}
    takes |= {take.sha256 for take in done_takes(studio, briefs)}  # which a method may rank
    takes |= {row["media"] for row in rows_of(run.dataset.snapshot)}
    tables = excerpt_of(studio, briefs, takes)
    processes.answer((run, tables))


def take_part(folder: Path) -> None:
    """A run in any process but the first, which sees the studio's folder under this path.

    What ends all alike (a refusal, a signal) ends this one quietly: the first says why, and writes it down. Raises
    ProcessLost when another process is gone.
    """
    processes = join()
    with stopping_on_signals() as stop:
        given: tuple[TuningRun, Tables] | None = processes.from_first(lambda: None)
        if given is None:  # nothing to do, or refused
            return
        run, tables = given
        run, studio = replace(run, folder=folder / "runs" / run.folder.name), Excerpt(folder, tables)
        try:
            with deterministic(), suppress(NotAccepted), noticing_lost():
                learn(studio, run, RunMetrics(), RunProgress(None, run.number, stop.is_set), quiet=True)
        except ProcessLost:
            raise
        except Interrupted:
            return


def preview(
    studio: Studio, recipe: Recipe, since: str | None, image_encoder: ImageEncoder | None = None
) -> TuningResult:
    """What would be learned from, and what it would take by trying a little of it."""
    collected, start = begin(studio, recipe, since)
    dataset = dataset_of(studio, recipe, freeze(collected)[0], start)
    metrics = describe_dataset(dataset, start.reference, make_method(recipe), start)
    if image_encoder is not None:
        metrics["image_encoder"] = image_encoder.describe()
    estimate = estimate_run(studio, recipe, dataset, start.reference, RunMetrics(), start.library)
    return {"run": None, "version": None, "state": "dry run", "metrics": metrics, "estimate": estimate}


def dataset_of(studio: Studio, recipe: Recipe, snapshot: dict[str, Any], start: RunStart) -> Dataset:
    """The examples; TooFewJudgements or TooFewItems where there is too little to learn from."""
    dataset = make_dataset(snapshot, recipe.data, start.reference)
    refuse_too_few_items(dataset, recipe, start.left_out)
    refuse_too_little(dataset, recipe.data)
    refuse_too_little_of(studio, recipe, dataset)
    return dataset


def unfinished_run(studio: Studio, recipe: Recipe) -> TuningRun | None:
    """The interrupted run to continue. One of another recipe, or without its snapshot, is given up first."""
    row = runs.running_run(studio)
    if row is None:
        return None
    try:
        return read_run(studio, row, recipe)
    except Refused as error:
        runs.fail_run(studio, row["id"], f"given up: {error}")
        return None


def read_run(studio: Studio, row: runs.Run, recipe: Recipe) -> TuningRun:
    """A run as it was started; Refused when it was started with another recipe, when its files are gone, or when it may
    not learn on."""
    folder = studio.folder / row["folder"]
    start = read_start(folder)
    refuse("interrupted, and then somebody took back what it learned from", missing_for(studio, row["id"], start))
    snapshot = read_snapshot(folder, row["snapshot_sha256"])
    if not trains_alike(recipe_from(rename_recipe(row["recipe"])), recipe):
        raise Refused("interrupted, and then another recipe was asked for")
    return TuningRun(row["id"], folder, recipe, start, make_dataset(snapshot, recipe.data, start.reference))


def start_run(studio: Studio, recipe: Recipe, since: str | None) -> TuningRun:
    """The run's folder with the frozen snapshot, then its row; refuses before either."""
    (collected, start), method = begin(studio, recipe, since), make_method(recipe)
    snapshot, sha256 = freeze(collected)
    dataset = dataset_of(studio, recipe, snapshot, start)
    give_up_running(studio)
    folder = studio.runs_folder / f"{runs.next_number(studio):04d}"
    folder.mkdir(parents=True, exist_ok=True)
    write_start(folder, start)
    write_snapshot(folder, snapshot)
    heldout = dataset.heldout_briefs if method.tests_on_heldout_only else set()
    judgements = judgements_behind(collected, heldout, star_margins=method.uses_star_margins)
    name = str(folder.relative_to(studio.folder))
    notes, items = dataset.notes_used(), items_of(rows_of(snapshot))
    weights = judgement_weights(snapshot, recipe.data, start.reference)
    number = runs.start_run(
        studio, recipe.method, recipe_as_dict(recipe), sha256, name, judgements, notes, items, weights
    )
    return TuningRun(number, folder, recipe, start, dataset)


def give_up_running(studio: Studio) -> None:
    running = runs.running_run(studio)
    if running is not None:
        runs.fail_run(studio, running["id"], "given up: a new run was asked for")


def carry_out(studio: Studio, run: TuningRun, progress: RunProgress, quiet: bool) -> TuningResult:
    """Everything after the snapshot. The row ends as done, refused or failed, or stays running when interrupted."""
    metrics = RunMetrics()
    try:
        with deterministic():
            version = learn(studio, run, metrics, progress, quiet)
    except ProcessLost:
        raise lost(run) from None
    except Interrupted:
        raise Interrupted(f"run {run.number} was interrupted: the same command again continues it") from None
    except NotAccepted as refusal:
        runs.refuse_run(studio, run.number, str(refusal), {**metrics})
        raise Refused(f"run {run.number} was refused. {refusal}") from None
    except (Refused, OSError, RuntimeError, ValueError) as error:
        if not join().is_alone and tells_of_lost_process(error):
            raise lost(run) from error
        fault = machine_fault(error)
        if fault is not None and not fault.memory and not fault.version:  # as full disks are: not the run's own fault
            line = f"run {run.number} was interrupted: {fault.reason}; then the same command again continues it"
            raise Interrupted(line) from error
        if runs.get_run(studio, run.number)["state"] == "running":
            runs.fail_run(studio, run.number, " ".join(str(error).split())[:300])
        raise
    return {"run": run.number, "version": version, "state": "candidate", "metrics": metrics}


def lost(run: TuningRun) -> Interrupted:
    count = join().count
    return Interrupted(
        f"run {run.number} was interrupted, since one of its {count} processes ended: the same command again continues it"
    )


def learn(studio: Studio, run: TuningRun, metrics: RunMetrics, progress: RunProgress, quiet: bool) -> str | None:
    """Prepares the method, trains, finishes and registers; adds to `metrics` as it goes and returns the version's name.

    None in processes that register nothing.
    """
    recipe, method, began = run.recipe, make_method(run.recipe), time.monotonic()
    model = load_tunable_model(studio, run.reference, recipe, run.start.library)
    cache = make_latent_cache(studio, model, recipe.noise_levels, recipe.data.region_weight)
    add_pictures(cache, rows_of(run.dataset.snapshot))
    metrics.update(describe_dataset(run.dataset, run.reference, method, run.start))
    metrics["label_smoothing"] = run.dataset.mean_label_noise()
    metrics.update(describe_denoisers(model, cache))
    if not model.processes.is_alone:
        metrics["processes"] = model.processes.count
    context = RunContext(studio, model, cache, run.dataset, metrics, quiet)
    with scoring_takes(context, method, run, progress), open_log(run.folder, recipe, model.processes.is_first) as log:
        with describing_memory(model.memory, metrics):
            train(context, run, method, progress, began, log)
            progress.on_stage("evaluate", f"{metrics['steps']} steps, step {metrics['chosen_step']} is kept")
            refuse_result(metrics, method)
            began = time.monotonic()
            metrics.update(method.finish(progress.part(1.0 - method.finish_share, 1.0)))
            metrics["seconds"] = round(metrics["seconds"] + time.monotonic() - began, 1)
            refuse_winner_error(metrics, method)
        log.point(metrics["steps"], outcome_of(metrics))
        progress.on_stage("register", describe_result(metrics))
        return register(studio, run, model, metrics) if model.processes.is_first else None


@contextmanager
def scoring_takes(context: RunContext, method: Method, run: TuningRun, progress: RunProgress) -> Iterator[None]:
    """Scores takes once the block is over, if the run has a good reward model: even when its adapter is refused.

    Afterwards, since memory that runs short while takes are encoded changes how all later ones are.
    """
    try:
        yield
    except NotAccepted:
        score_after(context, method, run, progress)
        raise
    score_after(context, method, run, progress)


def score_after(context: RunContext, method: Method, run: TuningRun, progress: RunProgress) -> None:
    if not context.model.processes.is_first:
        return
    keep_people(context.studio, run.number, run.recipe, run.dataset, method.people)
    if method.influences is not None:
        keep_influences(context.studio, run.number, method.influences)
    if method.accepted_reward_model is None or not is_for_all(run.recipe):
        return  # the board sorts by what the studio is expected to prefer
    if method.accepted_reward_model.reads_hidden_states and context.model.processes.in_step:
        return  # the network is in parts, and the other processes have ended their work
    briefs = {example.brief for example in run.dataset.examples}
    model, should_stop = method.accepted_reward_model, progress.should_stop
    encoder = method.image_encoder
    if score_takes(context.cache, model, run.number, briefs, should_stop, encoder=encoder, quiet=context.quiet):
        keep_style_of_run(context.studio, run.number, model.accuracy)


def train(
    context: RunContext, run: TuningRun, method: Method, progress: RunProgress, began: float, log: RunLog
) -> None:
    """Prepares and trains; the best adapter is on the model afterwards. `began`: when loading did (time.monotonic)."""
    recipe, metrics, folder = run.recipe, context.metrics, run.folder / "checkpoints"
    start = find_start(context, recipe, folder)
    metrics.update(refused_checkpoints(start.refused))
    method.prepare(context, progress.part(0.0, PREPARE_SHARE))
    prepared, trained = time.monotonic() - began, 1.0 - method.finish_share
    state = run_training(
        make_trainer(context, recipe, method, folder, start),
        lambda share: progress.write(PREPARE_SHARE + (trained - PREPARE_SHARE) * share),
        progress.should_stop,
        context.quiet,
        log,
    )
    context.model.load_adapter(state.best_adapter)
    metrics.update(describe_training(state, prepared))


def register(studio: Studio, run: TuningRun, model: TunableModel, metrics: RunMetrics) -> str:
    """Writes the adapter, the strength in it, and then, in one transaction, the version's row and the run's end.

    NotAccepted, before anything is written, where somebody took back what it learned from while it ran.
    """
    if missing := missing_for(studio, run.number, run.start):
        raise NotAccepted(f"While it ran, somebody took back what it learned from: {missing[0]}.")
    name = versions.next_name(studio)
    sha256 = save_adapter(model.networks, studio.models_folder / name, metrics["strength"], name=NAME)
    adapter = {"folder": f"models/{name}", "sha256": sha256, "weight": 1.0}
    files = files_tuned_on(studio, model.base, model.base_sha256)
    with studio.writing():
        versions.register_candidate(studio, name, model.base, [*model.adapters, adapter], run.number)
        pin_base(studio, name, files)
        runs.finish_run(studio, run.number, name, {**metrics})
    return name
