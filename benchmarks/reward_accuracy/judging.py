"""Which pairs are judged, with label noise, and which are kept back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmarks.reward_accuracy.renders import Scenes
from feedback.errors import Invalid
from feedback.preferences.rater_reliability import PRIOR_RELIABILITY
from finetune.data.examples import Example

JUDGED, UNSEEN = 0, 1  # which captions; also streams of randomness
TIE_BAND = 0.1  # in within-prompt standard deviations: renders whose scores differ by less are no pair


@dataclass(frozen=True)
class Pairs:
    """Rows of two renders of one caption each, and which was said to be better."""

    left: np.ndarray
    right: np.ndarray
    left_is_better: np.ndarray  # bool


def deal(scenes: Scenes, scores: np.ndarray, which: int, count: int, label_noise: float, seed: int) -> Pairs:
    """`count` pairs of the judged or of the unseen captions, about as many of each; Invalid where there are fewer.

    `scores` [C x T] are in within-prompt standard deviations. Pairs that differ by less than TIE_BAND are left out.
    """
    captions = range(scenes.judged) if which == JUDGED else range(scenes.judged, len(scenes.captions) // scenes.each)
    rng, dealt = np.random.default_rng([seed, which]), list[tuple[int, int]]()
    by_caption = []
    for caption in captions:
        pairs = [
            pair
            for pair in combinations(scenes.rows_of(caption), 2)
            if abs(scores[pair[0]] - scores[pair[1]]) > TIE_BAND
        ]
        by_caption.append([pairs[k] for k in rng.permutation(len(pairs))])
    for turn in range(max(map(len, by_caption), default=0)):
        dealt += [pairs[turn] for pairs in by_caption if turn < len(pairs)]
    if len(dealt) < count:
        raise Invalid(f"{count} pairs: these captions have {len(dealt)} that differ; give more captions or renders")
    rows = np.array(dealt[:count])
    sides = rng.random(count) < 0.5
    left, right = np.where(sides, rows[:, 0], rows[:, 1]), np.where(sides, rows[:, 1], rows[:, 0])
    wrong = rng.random(count) < label_noise
    return Pairs(left, right, (scores[left] > scores[right]) != wrong)


def examples_of(scenes: Scenes, pairs: Pairs) -> list[Example]:
    """As the product makes them of one verdict each, of people it knows nothing about."""
    return [
        Example(
            brief=int(left) // scenes.each,
            prompt=scenes.captions[left],
            left=name_of(left),
            right=name_of(right),
            p_left=float(better),
            pair_weight=1.0,
            both_bad=0.0,
            anchor_left=0.0,
            anchor_right=0.0,
            label_noise=1 - PRIOR_RELIABILITY,
        )
        for left, right, better in zip(pairs.left, pairs.right, pairs.left_is_better, strict=True)
    ]


def name_of(row: int) -> str:
    """In the place of a take's sha256."""
    return f"{row:064x}"


def accuracy_of(reward: np.ndarray, pairs: Pairs) -> float:
    """Share of pairs ordered as the taste orders them; equal rewards half."""
    gap = reward[pairs.left] - reward[pairs.right]
    return float(np.where(gap == 0, 0.5, (gap > 0) == pairs.left_is_better).mean())
