"""One point from setup to record, and the ceiling beside it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from benchmarks.array_cache import cached_arrays
from benchmarks.house_style.metrics import compare, pairwise_accuracy
from benchmarks.house_style.points import Point, digest, taste_source
from benchmarks.house_style.records import measured_commit, round_numbers
from benchmarks.house_style.run import BEST_OF, BenchmarkRun, chosen_scenes, plain_scenes
from benchmarks.house_style.training_round import TrainingRound, train
from benchmarks.synthetic.tastes import group_of
from feedback.models import versions
from feedback.preferences import dataset, snapshot
from feedback.store import Studio
from finetune.data.examples import examples_of
from finetune.data.latent_cache import chunks, make_latent_cache
from finetune.recipe import recipe_from
from finetune.reward.conditioned import ConditionedRewardModel
from finetune.reward.features.hidden_states import read_cached_takes
from finetune.reward.fit import learn_reward_models, takes_of
from finetune.reward.model import RewardModel
from finetune.tunable_model import TunableModel, load_tunable_model
from generation.request import request_of

BENCHMARK = "house_style"
NOT_MEASURED = {"win_rate": None, "held_quality": False}
ENCODED_AT_ONCE = 8


def measure_point(run: BenchmarkRun, point: Point) -> dict[str, Any]:
    """The point's record, ready for JSON."""
    studio, version, trained = train(run, point)
    began, drawn, figures = time.monotonic(), 0.0, dict[str, object](NOT_MEASURED)
    if version is not None:
        takes, drawn = run.draw(studio, version)
        began = time.monotonic()
        evaluator = run.evaluator(point.raters.taste)
        figures = compare(evaluator.measure(takes), run.base(point.raters.taste), evaluator.real)
        run.keep_picture(picture_name(point), takes)
    seconds = {
        "generate": trained.generate_seconds,
        "tune": trained.result.seconds,
        "compare": drawn + run.production[1] + time.monotonic() - began,
    }
    accuracy = {"reward_model_accuracy": reward_model_accuracy(run, studio, point)}
    record = {**described(point), **result_of(trained, version), **figures, **accuracy, "seconds": seconds}
    return round_numbers(record)


def described(point: Point) -> dict[str, Any]:
    """What was measured, and by which commit."""
    return {
        "benchmark": BENCHMARK,
        "commit": measured_commit(),
        "key": point.key,
        "name": point.learner.name,
        "method": point.learner.method,
        "values": point.learner.values,
        "taste": point.raters.taste,
        "group": group_of(point.raters.taste),
        "pairs": point.pairs,
        "kind": point.setup.kind,
        "seed": point.setup.seed,
        "curve": point.curve,
        "x": point.x,
        "raters": asdict(point.raters),
    }


def result_of(trained: TrainingRound, version: str | None) -> dict[str, Any]:
    return {
        "state": trained.result.state,
        "reason": trained.result.reason,
        "version": version,
        "judgements": sum(trained.verdicts.values()),
        "verdicts": trained.verdicts,
        **trained.result.metrics,
    }


def picture_name(point: Point) -> str:
    words = [point.raters.taste, str(point.x) if point.x is not None else f"{point.pairs} pairs", point.learner.name]
    return "".join(letter if letter.isalnum() else "_" for letter in "-".join(words))


# How well the reward model predicts the taste on takes that nobody judged


def reward_model_accuracy(run: BenchmarkRun, studio: Studio, point: Point) -> float | None:
    """Share of production's held-out pairs that the reward model orders as the taste does; None where there is none.

    It is fitted again, on all ballots: that takes seconds, and gives the same model as the run's.
    """
    recipe = recipe_from(point.learner.values) if point.learner.method != "plain" else None
    if recipe is None or recipe.method not in ("guided", "ranked") or point.night:
        return None
    production = versions.production_version(studio)
    frozen, _ = snapshot.freeze(dataset.collect(studio))
    examples = examples_of(frozen, recipe.data, production)
    if not any(example.decided for example in examples):
        return None
    model = load_tunable_model(studio, production, recipe)
    cache = make_latent_cache(studio, model, recipe.noise_levels)
    cache.fill(examples, lambda share: None, with_reference_errors=False)
    states = read_cached_takes(cache, takes_of(examples)) if recipe.guided.hidden_states != "never" else None
    reward_model = learn_reward_models(cache, examples, recipe.data.both_bad_weight, states).most_accurate
    predicted = held_out_rewards(run, model, reward_model).numpy()
    true = run.base(point.raters.taste).scores
    return pairwise_accuracy(predicted.reshape(true.shape), true)


def held_out_rewards(run: BenchmarkRun, model: TunableModel, reward_model: RewardModel) -> torch.Tensor:
    """Of production's held-out takes, [P x T]."""
    x0, each = held_out_latents(run, model), run.setup.compare
    requests = [request_of(run.setup.brief(prompt)) for prompt in run.prompts]
    with model.parts.encoding_prompts():
        encoded = model.family.encode_prompt(model.pipe, requests)
    conditions = [{name: rows[row] for name, rows in encoded.items()} for row in range(len(requests))]
    prompted = ConditionedRewardModel(reward_model, lambda prompt: conditions[prompt])
    places = range(len(x0))
    parts = [
        prompted.score(model, x0[list(some)], [place // each for place in some], [str(place) for place in some])
        for some in chunks(places, ENCODED_AT_ONCE)
    ]
    return torch.cat(parts)


def held_out_latents(run: BenchmarkRun, model: TunableModel) -> torch.Tensor:
    """Of production's held-out takes, [P x T, z, F, h, w]; cached, since every point needs them."""
    path = run.folder / "draws" / f"latents_{digest(model.base_sha256)}.npz"
    arrays, _ = cached_arrays(path, lambda: {"x0": encode_takes(model, run.production[0])})
    return torch.from_numpy(arrays["x0"])


@torch.no_grad()
def encode_takes(model: TunableModel, takes: np.ndarray) -> np.ndarray:
    """uint8 [P, T, F, H, W, 3] -> latents."""
    pixels = torch.from_numpy(takes.reshape(-1, *takes.shape[2:])).permute(0, 4, 1, 2, 3)
    with model.parts.encoding_media():  # dropped since the judged takes were encoded
        encoded = [
            model.family.encode_media(model.pipe, some.float() / 127.5 - 1).float().cpu()
            for some in pixels.split(ENCODED_AT_ONCE)
        ]
    return torch.cat(encoded).numpy()


# The ceiling


def ceiling_keys(run: BenchmarkRun, taste: str) -> dict[int, str]:
    return {k: digest("ceiling", run.folder.name, taste, taste_source(taste), k) for k in BEST_OF}


def measure_ceiling(run: BenchmarkRun, taste: str) -> list[dict[str, Any]]:
    """Records of the renderer's best of k against plain renders, all of them real scenes."""
    folder, evaluator, keys = run.folder / "renders", run.evaluator(taste), ceiling_keys(run, taste)
    plain = evaluator.measure(plain_scenes(folder, run.setup, taste, run.prompts))
    about: dict[str, Any] = {"benchmark": BENCHMARK, "commit": measured_commit(), "taste": taste}
    about |= {"seed": run.setup.seed, "kind": run.setup.kind}
    return [
        round_numbers({
            **about,
            "key": keys[k],
            "name": f"best of {k}",
            "ceiling": k,
            **compare(evaluator.measure(takes), plain, evaluator.real),
        })
        for k, takes in chosen_scenes(folder, run.setup, taste, run.prompts).items()
    ]  # fmt: skip
