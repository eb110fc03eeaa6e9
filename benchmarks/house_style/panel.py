"""The people who judge: opinions measured in their own spread, so that noise and ties mean the same in every taste."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.house_style.scoring import pooled_spread, score_takes
from benchmarks.house_style.setting import People
from benchmarks.raters import Rater, Taste, load_taste
from benchmarks.synthetic.oracles import BUILT_IN

COIN = 0.5  # flip rate of who does not look


@dataclass(frozen=True)
class Part:
    """A taste inside an opinion, brought to mean 0 and spread 1 over production's takes."""

    taste: Taste
    mean: float
    spread: float
    weight: float


@dataclass(frozen=True)
class Opinion:
    """A person's liking of takes, itself a taste: one unit is one spread over production's takes of a brief."""

    parts: tuple[Part, ...]
    spread: float = 1.0

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Float pixels [B, F, H, W, 3] in [0, 1] -> [B]."""
        parts = [part.weight * (np.asarray(part.taste(pixels)) - part.mean) / part.spread for part in self.parts]
        return np.sum(parts, axis=0) / self.spread


def make_panel(people: People, production: np.ndarray, seed: int) -> list[Rater]:
    """`people.panel` raters, calibrated on takes of production, uint8 [P, T, F, H, W, 3].

    Each one's own taste, beside the house's, is a built-in one drawn at random. With more than one person the flip
    rates differ too, from half to one and a half times `people.flip`; that of the `people.careless` last ones is a coin's.
    """
    rng = np.random.default_rng([seed, people.panel])
    others = [name for name in BUILT_IN if name != people.taste]
    own = rng.permutation(others)
    flips = people.flip * (rng.uniform(0.5, 1.5, people.panel) if people.panel > 1 else np.ones(1))
    flips[people.panel - people.careless :] = COIN
    return [
        make_rater(people, str(own[k % len(own)]), min(COIN, float(flips[k])), production) for k in range(people.panel)
    ]


def make_rater(people: People, own: str, flip: float, production: np.ndarray) -> Rater:
    parts = [calibrate(load_taste(people.taste), 1 - people.disagree, production)]
    if people.disagree:
        parts.append(calibrate(load_taste(own), people.disagree, production))
    mixed = score_takes(Opinion(tuple(parts)), production)
    opinion = Opinion(tuple(parts), pooled_spread(mixed))
    bad = float(np.quantile(mixed, people.both_bad)) / opinion.spread if people.both_bad else -np.inf
    return Rater(opinion, flip, people.tie_band, people.noise, bad)


def calibrate(taste: Taste, weight: float, production: np.ndarray) -> Part:
    scores = score_takes(taste, production)
    return Part(taste, float(scores.mean()), pooled_spread(scores), weight)
