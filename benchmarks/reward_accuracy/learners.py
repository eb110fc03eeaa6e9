"""What learns from the judged pairs: the product's reward model, and a ridge on numbers of any other kind."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.house_style.points import digest
from benchmarks.reward_accuracy.encoded import make_encoded
from benchmarks.reward_accuracy.judging import name_of
from benchmarks.reward_accuracy.renders import Scenes
from benchmarks.reward_accuracy.states import make_states
from feedback.errors import Invalid
from finetune.data.examples import Example
from finetune.reward.candidates import PENALTIES, cross_validate, losses_of, mean_over_choices
from finetune.reward.comparisons import compare, fit_weights, rotated, verdicts_of
from finetune.reward.features.hidden_states import GRIDS
from finetune.reward.features.sets import Groups
from finetune.reward.features.statistics import measure_features
from finetune.reward.fit import fit_reward_models
from finetune.reward.scaling import within_prompt_std
from finetune.settings import DataSettings

PRODUCT = "product"
WITH_ENCODER, ENCODER = "with encoder", "encoder alone"
Features = Callable[[torch.Tensor, Sequence[str]], torch.Tensor]


@dataclass(frozen=True)
class Learned:
    """Rewards of all rows, and in words what was chosen to see them by."""

    reward: np.ndarray
    chosen: str


Learn = Callable[[Scenes, list[Example]], Learned]


def measured_groups(scenes: Scenes) -> Groups:
    """Statistics of the latents."""
    with torch.no_grad():
        return measure_features(scenes.latents, scenes.colour_map)


def product_learner(groups: Groups, by_image: bool = False) -> Learn:
    """The product's reward model, which chooses among the features that are there by cross-validation.

    `by_image`: the best of those that read an image encoder, chosen or not.
    """

    def learn(scenes: Scenes, examples: list[Example]) -> Learned:
        rows = judged_rows(examples)
        judged = {name: values[rows] for name, values in groups.items()}
        names = [name_of(row) for row in rows]
        models = fit_reward_models(examples, judged, names, scenes.colour_map, DataSettings().both_bad_weight)
        model = models.image if by_image and models.image is not None else models.chosen
        with torch.no_grad():
            reward = model.reward(groups).numpy()
        return Learned(reward, f"{model.features}{', RBF' if model.rbf else ''}")

    return learn


def rows_learner(numbers: torch.Tensor) -> Learn:
    """A ridge Bradley-Terry model of rows of numbers [rows, d], its penalty by cross-validation over captions."""

    def learn(scenes: Scenes, examples: list[Example]) -> Learned:
        rows = judged_rows(examples)
        brief = scenes.brief[rows]
        scale = within_prompt_std(numbers[rows].double(), brief)
        scaled = numbers.double() / scale.clamp(min=1e-6) / numbers.shape[1] ** 0.5
        verdicts = verdicts_of(examples, [name_of(row) for row in rows], brief, DataSettings().both_bad_weight)
        fewer, rotation = rotated(compare(verdicts, scaled[rows]))
        predicted = cross_validate(fewer)
        penalty = min(PENALTIES, key=lambda each: mean_over_choices(losses_of(predicted[each], fewer), fewer.choices))
        return Learned((scaled @ rotation.T @ fit_weights(fewer, penalty)).numpy(), f"penalty {penalty:g}")

    return learn


def judged_rows(examples: Sequence[Example]) -> list[int]:
    return sorted({int(name, 16) for example in examples for name in (example.left, example.right)})


def learners_of(options: argparse.Namespace, scenes: Scenes) -> dict[str, Learn]:
    """By name: the product's, with an image encoder and without, and those of `--features`."""
    statistics, states = measured_groups(scenes), make_states(options, scenes)
    named: dict[str, Learn] = {
        PRODUCT: product_learner({**statistics, **states}),
        "statistics": product_learner(statistics),
        **{name: rows_learner(states[name]) for name in GRIDS},
    }
    if options.encoder:
        encoded = make_encoded(options, scenes)
        everything = {**statistics, **states, **encoded}
        named[WITH_ENCODER], named[ENCODER] = product_learner(everything), product_learner(everything, by_image=True)
    for name in options.features:
        with torch.no_grad():
            numbers = torch.as_tensor(load_features(name)(scenes.latents, scenes.captions)).float()
        if numbers.ndim != 2 or len(numbers) != len(scenes.latents) or not numbers.isfinite().all():
            raise Invalid(
                f"{name} gave {tuple(numbers.shape)} for {len(scenes.latents)} latents: give a row each, finite"
            )
        named[name] = rows_learner(numbers)
    return named


def load_features(name: str) -> Features:
    """The function of FILE.py:FUNCTION; Invalid where there is none."""
    path, _, function = name.rpartition(":")
    file = Path(path)
    if not file.is_file():
        raise Invalid(f"no features {name!r}; give FILE.py:FUNCTION")
    spec = importlib.util.spec_from_file_location(f"features_{digest(name)}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if not callable(getattr(module, function, None)):
        raise Invalid(f"no function {function!r} in {file}; give FILE.py:FUNCTION")
    return getattr(module, function)
