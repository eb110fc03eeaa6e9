"""What is measured of a set of takes, and what two sets say of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from benchmarks.loop import variety
from benchmarks.raters import Taste
from benchmarks.style.frechet import Space, fit_space, frechet_distance
from benchmarks.style.scoring import score_takes
from benchmarks.style.winning import win_figures
from generation.starter.reader import ContentReader

# What a version must keep for its wins to count. Points of content, and ratios of tuned over base.
LEAST_CONTENT, MOST_REALISM, LEAST_VARIETY = -2.0, 1.10, 0.85
LOOKED_AT_ONCE = 64


@dataclass(frozen=True)
class Measured:
    """Takes of the held-out briefs, measured."""

    scores: np.ndarray  # the taste's, [P, T]
    content: dict[str, float]  # share read as the caption says, per attribute
    realism: float  # squared Frechet distance to real scenes of the taste; smaller is better
    variety: float  # mean root-mean-square distance between takes of one brief


@dataclass(frozen=True)
class Yardstick:
    """What takes are measured with: the same for every side of every point of one taste."""

    prompts: Sequence[str]
    taste: Taste
    space: Space
    real: np.ndarray  # real scenes of the taste in that space, [N, d + 1]

    def measure(self, takes: np.ndarray) -> Measured:
        """Takes uint8 [P, T, F, H, W, 3], in the order of the prompts."""
        stills = middle_frames(takes)
        told = [prompt for prompt in self.prompts for _ in range(takes.shape[1])]
        return Measured(
            score_takes(self.taste, takes),
            reader().agreement(told, stills),
            frechet_distance(self.space.project(features(stills)), self.real),
            # A brief at a time: all takes as floats would be gigabytes of clips.
            float(np.mean([variety(brief[None].astype(np.float32) / 255) for brief in takes])),
        )


def make_yardstick(prompts: Sequence[str], taste: Taste, real: np.ndarray) -> Yardstick:
    """`real`: the renderer's scenes of that taste, uint8 [P, T, F, H, W, 3]."""
    found = features(middle_frames(real))
    space = fit_space(found)
    return Yardstick(prompts, taste, space, space.project(found))


def compare(tuned: Measured, base: Measured) -> dict[str, Any]:
    """The figures of one side against another, and whether its wins count."""
    change = {name: 100 * (tuned.content[name] - base.content[name]) for name in base.content}
    figures: dict[str, Any] = {
        **win_figures(tuned.scores, base.scores),
        "content_base": base.content,
        "content_change": change,
        "content_change_mean": float(np.mean(list(change.values()))),
        "realism_base": base.realism,
        "realism": tuned.realism,
        "realism_ratio": tuned.realism / base.realism,
        "variety_ratio": tuned.variety / base.variety,
    }
    return {**figures, "held_quality": held_quality(figures)}


def held_quality(figures: dict[str, Any]) -> bool:
    whole = figures["realism_ratio"] <= MOST_REALISM and figures["variety_ratio"] >= LEAST_VARIETY
    return bool(whole and figures["content_change_mean"] >= LEAST_CONTENT)


@cache
def reader() -> ContentReader:
    return ContentReader.load()


def middle_frames(takes: np.ndarray) -> torch.Tensor:
    """What the content reader sees of each take: uint8 [P, T, F, H, W, 3] -> float [P x T, H, W, 3] in [0, 1]."""
    stills = takes[:, :, takes.shape[2] // 2]
    return torch.from_numpy(stills.reshape(-1, *stills.shape[2:])).float() / 255


@torch.no_grad()
def features(stills: torch.Tensor) -> np.ndarray:
    """[N, H, W, 3] -> [N, 256]."""
    return torch.cat([reader().features(batch) for batch in stills.split(LOOKED_AT_ONCE)]).numpy()
