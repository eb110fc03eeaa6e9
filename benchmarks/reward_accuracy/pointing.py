"""What pointing is worth: the same verdicts about subjects, with and without boxes around them.

    python -m benchmarks.reward_accuracy --pointing --json

A rater points at the subject of one of the two takes, with a careless hand. Subjects vary in colour, size, shape and in
which way they face, which no caption names. The tastes of look and composition stand beside, to see what pointing costs
where the taste is about something else.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import exp, log
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.boxes import CARELESS, drawn_box
from benchmarks.reward_accuracy.judging import JUDGED, UNSEEN, Pairs, accuracy_of, deal, examples_of
from benchmarks.reward_accuracy.learners import Learn, measured_groups, product_learner
from benchmarks.reward_accuracy.renders import SUBJECTS, Scenes, make_scenes, scores_of
from benchmarks.reward_accuracy.states import make_states
from finetune.data.examples import Example

TASTES = (*SUBJECTS, "subject_left", "bold_subject", "warm")
JUDGEMENTS = (50, 100, 200, 400)
UNSEEN_PAIRS = 200
Curve = dict[int, float]  # accuracy by number of judgements


def measure_pointing(options: argparse.Namespace) -> dict[str, Any]:
    scenes = make_scenes(options, varied=True)
    learn = product_learner({**measured_groups(scenes), **make_states(options, scenes)})
    tastes = options.tastes or TASTES
    results = {
        taste: measure_taste(options, scenes, taste, learn)
        for taste in tqdm(tastes, desc="tastes", file=sys.stderr, disable=None)
    }
    return {
        "benchmark": "reward_accuracy, pointing",
        "pointed": options.pointed,
        "label_noise": options.label_noise,
        "captions": [options.captions, options.unseen],
        "renders": options.renders,
        "seed": options.seed,
        "tastes": results,
    }


def measure_taste(options: argparse.Namespace, scenes: Scenes, taste: str, learn: Learn) -> dict[str, Any]:
    """By number of judgements: accuracy without and with boxes, and what the product chose to see them by."""
    scores = scores_of(scenes, taste)
    unseen = deal(scenes, scores, UNSEEN, UNSEEN_PAIRS, 0.0, options.seed)
    result: dict[str, Any] = {"without": {}, "with": {}, "chosen": {}}
    for count in options.judgements:
        judged = deal(scenes, scores, JUDGED, count, options.label_noise, options.seed)
        plain = examples_of(scenes, judged)
        pointed = point(scenes, judged, plain, options.pointed, options.seed)
        for name, examples in (("without", plain), ("with", pointed)):
            learned = learn(scenes, examples)
            result[name][count] = round(accuracy_of(learned.reward, unseen), 4)
            result["chosen"][f"{name}, {count}"] = learned.chosen
    result["ratio"] = needed_ratio(result["without"], result["with"])
    return result


def point(scenes: Scenes, pairs: Pairs, examples: Sequence[Example], share: float, seed: int) -> list[Example]:
    """The same, with a box around the subject of either take of some; where it cannot be seen, nobody points."""
    rng, pointed = np.random.default_rng([seed, 2]), list[Example]()
    for left, right, example in zip(pairs.left, pairs.right, examples, strict=True):
        side, points, hand = int(rng.integers(2)), rng.random() < share, rng.normal(0, CARELESS, 4)
        assert scenes.boxes is not None
        box = scenes.boxes[(left, right)[side]]
        if points and not np.isnan(box).any():
            there = ((drawn_box(box, hand),),)
            example = replace(example, pointed_right=there) if side else replace(example, pointed_left=there)
        pointed.append(example)
    return pointed


def needed_ratio(without: Curve, pointed: Curve) -> float | None:
    """Judgements with boxes over those without that order equally many pairs rightly, on a logarithmic scale.

    Of the most judgements without boxes; None where these taught nothing (60 %), or boxes never reach as much.
    """
    most = max(without)
    if without[most] < 0.6:
        return None
    needed = judgements_for(without[most], pointed)
    return None if needed is None else round(needed / most, 3)


def judgements_for(accuracy: float, curve: Curve) -> float | None:
    """The fewest by which a curve reaches this accuracy, between its points on a straight line over the logarithm."""
    places = sorted(curve)
    if curve[places[0]] >= accuracy:
        return float(places[0])
    for below, above in pairwise(places):
        if curve[above] >= accuracy:
            way = (accuracy - curve[below]) / (curve[above] - curve[below])
            return exp(log(below) + way * (log(above) - log(below)))
    return None


def as_text(result: dict[str, Any]) -> str:
    lines = [f"{100 * result['pointed']:.0f} % of verdicts with a box; unseen pairs ordered rightly, %"]
    for taste, each in result["tastes"].items():
        pairs = [
            f"{count}: {100 * each['without'][count]:.0f} -> {100 * each['with'][count]:.0f}" for count in each["with"]
        ]
        needed = "-" if each["ratio"] is None else f"{each['ratio']:.2f}"
        lines.append(f"{taste.ljust(16)} {'   '.join(pairs)}   judgements needed: {needed}")
    return "\n".join(lines)
