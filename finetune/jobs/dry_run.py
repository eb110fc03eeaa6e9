"""What a run would take, by doing a little of everything: a few items encoded, a step or two, one take drawn.

Nothing is left behind but what is in the cache, which a run would compute all the same: no row, no file, no version.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TypedDict

from feedback.store import Studio
from finetune.data.dataset import Dataset
from finetune.data.examples import Example
from finetune.data.latent_cache import ENCODED_AT_ONCE, LatentCache, Missing, make_latent_cache
from finetune.data.library.pictures import add_pictures
from finetune.data.library.split import rows_of
from finetune.methods.protocol import Method, RunContext, Work, seconds_of
from finetune.methods.registry import make_method
from finetune.metrics import MemoryMetrics, RunMetrics
from finetune.settings import Recipe
from finetune.training.step import take_step
from finetune.training.trainer import Trainer, make_trainer
from finetune.tunable_model import load_tunable_model
from generation.sampling import deterministic

FEWEST_PAIRS = 16  # with a preference, of two briefs or more: what a reward model can be fitted to
FEWEST_BRIEFS = 2
EVALUATED = 2  # held-out pairs
PATIENCE = 12.0  # seconds that a step may take to be taken whole, and twice
Encode = Callable[[Sequence, Callable[[int], None]], None]


class Estimate(TypedDict):
    """Seconds are of this machine as it was just now; training may end sooner, when held-out pairs say so."""

    takes_to_encode: int
    prompts_to_encode: int
    reference_errors: int  # pairs whose errors are still to be measured
    steps: int
    seconds_a_step: float
    evaluations: int
    takes_to_rank: int  # drawn while the method is prepared
    takes_to_draw: int
    loading_seconds: float
    caching_seconds: float
    preparing_seconds: float  # of the method, once the cache is full
    training_seconds: float  # evaluations counted in
    drawing_seconds: float  # of takes for the measured gain
    total_seconds: float
    memory: MemoryMetrics


@dataclass(frozen=True)
class Rates:
    """Seconds for one of each kind that goes into the cache."""

    take: float
    prompt: float
    reference: float

    def seconds(self, missing: Missing) -> float:
        counts = (len(missing.takes), len(missing.prompts), len(missing.references))
        return sum(count * rate for count, rate in zip(counts, (self.take, self.prompt, self.reference), strict=True))


def estimate_run(
    studio: Studio, recipe: Recipe, dataset: Dataset, version: str, metrics: RunMetrics, library: str | None = None
) -> Estimate:
    """Of a run with this recipe on these examples; `version` is the one in production, `library` the one whose library
    adapter it stands on. Refused where it would not fit."""
    with deterministic():
        began = time.monotonic()
        model = load_tunable_model(studio, version, recipe, library)
        loading = time.monotonic() - began
        cache = make_latent_cache(studio, model, recipe.noise_levels, recipe.data.region_weight)
        add_pictures(cache, rows_of(dataset.snapshot))
        method = make_method(shortened(recipe))
        missing = cache.find_missing(dataset.examples, method.needs_reference_errors)
        few = few_examples(dataset, method)
        rates = measure_caching(cache, missing, few, method)
        run = RunContext(studio, model, cache, few, metrics, quiet=True)
        preparing = method.rehearse(run, dataset)
        trainer = make_trainer(run, method.recipe, method, Path())  # nothing is saved
        step, evaluation = measure_step(trainer, recipe), measure_evaluation(trainer, few, dataset, recipe)
        drawing = method.rehearse_finish(dataset)
    return add_up(recipe, missing, rates.seconds(missing), loading, preparing, step, evaluation, drawing, run)


def add_up(
    recipe: Recipe,
    missing: Missing,
    caching: float,
    loading: float,
    preparing: list[Work],
    step: Work,
    evaluation: Work,
    drawing: list[Work],
    run: RunContext,
) -> Estimate:
    seconds = {
        "loading_seconds": loading,
        "caching_seconds": caching,
        "preparing_seconds": seconds_of_all(preparing),
        "training_seconds": seconds_of_all([step, evaluation]),
        "drawing_seconds": seconds_of_all(drawing),
    }
    return {
        "takes_to_encode": len(missing.takes),
        "prompts_to_encode": len(missing.prompts),
        "reference_errors": len(missing.references),
        "steps": recipe.optimiser.max_steps,
        "seconds_a_step": rounded(step.seconds),
        "evaluations": evaluations_of(recipe),
        "takes_to_rank": sum(work.takes for work in preparing),
        "takes_to_draw": sum(work.takes for work in drawing),
        **{name: rounded(value) for name, value in seconds.items()},  # type: ignore[typeddict-item]
        "total_seconds": rounded(sum(seconds.values())),
        "memory": run.model.memory.describe(),
    }


def seconds_of_all(works: Sequence[Work]) -> float:
    return sum(work.times * work.seconds for work in works)


def rounded(seconds: float) -> float:
    return round(seconds, 3 if seconds < 1 else 1)


def evaluations_of(recipe: Recipe) -> int:
    return ceil(recipe.optimiser.max_steps / recipe.evaluation.eval_steps)


def shortened(recipe: Recipe) -> Recipe:
    """The same with evaluations on a few pairs."""
    return replace(recipe, evaluation=replace(recipe.evaluation, pairs=min(EVALUATED, recipe.evaluation.pairs)))


def few_examples(dataset: Dataset, method: Method) -> Dataset:
    """Whole briefs with enough pairs to fit a reward model to, and a few held-out pairs."""
    heldout = list(method.evaluated(dataset.heldout))[:EVALUATED]
    if dataset.is_of_library:
        return Dataset(dataset.snapshot, dataset.train[:FEWEST_PAIRS], heldout)
    chosen: list[Example] = []
    for brief in sorted({example.brief for example in dataset.train}):
        decided = [example for example in chosen if example.decided]
        if len(decided) >= FEWEST_PAIRS and len({example.brief for example in decided}) >= FEWEST_BRIEFS:
            break
        chosen += [example for example in dataset.train if example.brief == brief]
    return Dataset(dataset.snapshot, chosen, heldout)


def measure_caching(cache: LatentCache, missing: Missing, few: Dataset, method: Method) -> Rates:
    """Fills the cache with what a few examples need; how long one item of each kind took.

    Where those few are there already, some of the rest are computed.
    """
    needed = cache.find_missing(few.examples, method.needs_reference_errors)
    rates = Rates(
        seconds_each(cache.encode_takes, needed.takes or missing.takes[: 2 * ENCODED_AT_ONCE], ENCODED_AT_ONCE),
        seconds_each(cache.encode_prompts, needed.prompts or missing.prompts[:ENCODED_AT_ONCE], ENCODED_AT_ONCE),
        0.0,
    )
    cache.model.parts.send_away()
    references = needed.references or cached_but_for_errors(cache, missing)[:2]
    return replace(rates, reference=seconds_each(cache.measure_reference, references, 1))


def cached_but_for_errors(cache: LatentCache, missing: Missing) -> list[Example]:
    takes, prompts = set(missing.takes), {cache.condition_key(example) for example in missing.prompts}
    return [
        each for each in missing.references
        if not takes & {each.left, each.right} and cache.condition_key(each) not in prompts
    ]  # fmt: skip


def seconds_each(encode: Encode, items: Sequence, at_once: int) -> float:
    """The first items also load what they need and measure memory: they do not count where there are others."""
    stamps: list[tuple[float, int]] = [(time.monotonic(), 0)]

    def step(count: int) -> None:
        stamps.append((time.monotonic(), stamps[-1][1] + count))

    encode(items, step)
    first = 1 if len(stamps) > 2 else 0
    done = stamps[-1][1] - stamps[first][1]
    return (stamps[-1][0] - stamps[first][0]) / done if done else 0.0


def measure_step(trainer: Trainer, recipe: Recipe) -> Work:
    """All steps, by one or two that are taken on as many pairs as there are, up to a whole step's."""
    optimiser, train = recipe.optimiser, trainer.method.train
    whole = optimiser.per_device_train_batch_size * optimiser.gradient_accumulation_steps
    pairs = of_one_shape(trainer, train)[:whole]
    draws = [number % recipe.noise_levels.draws_per_pair for number in range(len(pairs))]
    trainer.model.train()

    def seconds() -> float:
        began = time.monotonic()
        take_step(trainer, pairs, draws)
        trainer.watch.read(1)  # waits for the device
        return time.monotonic() - began

    first = seconds()
    second = seconds() if first < PATIENCE else first
    return Work("steps", optimiser.max_steps, second * whole / len(pairs))


def of_one_shape(trainer: Trainer, train: Sequence[Example]) -> list[int]:
    """The pairs of the shape that most have: those that a step is made of."""
    shapes = [trainer.cache.latent_shape(example.left) for example in train]
    usual = max(set(shapes), key=lambda shape: (shapes.count(shape), shape))
    return [index for index, shape in enumerate(shapes) if shape == usual]


def measure_evaluation(trainer: Trainer, few: Dataset, whole: Dataset, recipe: Recipe) -> Work:
    """All evaluations of all pairs, by one of a few."""
    method = trainer.method
    all_pairs = min(len(whole.heldout), len(make_method(recipe).evaluated(whole.heldout)))
    pairs = len(method.evaluated(few.heldout))
    trainer.model.eval()
    times = evaluations_of(recipe) * len(recipe.evaluation.strengths) * all_pairs / pairs
    return Work("evaluations", times, seconds_of(lambda: trainer.method.evaluate(1.0)))
