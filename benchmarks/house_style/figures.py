"""What is measured of a set of takes, and what two sets say of each other, each figure with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from benchmarks.end_to_end import variety
from benchmarks.house_style.frechet import Space, fit_space, frechet_distance
from benchmarks.house_style.scoring import score_takes
from benchmarks.house_style.winning import percentiles, resampled_briefs, win_figures
from benchmarks.raters import Taste
from benchmarks.synthetic.labels import ATTRIBUTES
from benchmarks.synthetic.reader import ContentReader
from benchmarks.synthetic.wording import find_labels

# What a version must keep for its wins to count. Points of content, and ratios of tuned over base.
LEAST_CONTENT, MOST_REALISM, LEAST_VARIETY = -2.0, 1.10, 0.85
LOOKED_AT_ONCE = 64
LOOKS = (1 / 6, 1 / 2, 5 / 6)  # places in a clip at which it is read


@dataclass(frozen=True)
class Measured:
    """Takes of P held-out briefs, T of each, measured."""

    scores: np.ndarray  # the taste's, [P, T]
    hits: np.ndarray  # share of looks that read an attribute as the caption says, nan where it is silent: [P, T, 5]
    looks: np.ndarray  # in the space that realism is measured in, [P, T, d + 1]
    spread: np.ndarray  # mean root-mean-square distance between takes of a brief, [P]

    @property
    def content(self) -> dict[str, float]:
        """Share read as the caption says, per attribute."""
        return dict(zip(ATTRIBUTES, np.nanmean(self.hits, axis=(0, 1)).tolist(), strict=True))

    def realism(self, real: np.ndarray) -> float:
        """Squared Frechet distance to real scenes [N, d + 1]; smaller is better."""
        return frechet_distance(self.looks.reshape(-1, self.looks.shape[-1]), real)

    def chosen(self, briefs: np.ndarray) -> Measured:
        return Measured(self.scores[briefs], self.hits[briefs], self.looks[briefs], self.spread[briefs])


@dataclass(frozen=True)
class Yardstick:
    """What takes are measured with: the same for every side of every point of one taste."""

    prompts: Sequence[str]
    taste: Taste
    space: Space
    real: np.ndarray  # real scenes of the taste in that space, [N, d + 1]

    def measure(self, takes: np.ndarray) -> Measured:
        """Takes uint8 [P, T, F, H, W, 3], in the order of the prompts."""
        return Measured(
            score_takes(self.taste, takes),
            read_hits(self.prompts, takes),
            project(self.space, takes),
            # A brief at a time: all takes as floats would be gigabytes of clips.
            np.array([variety(brief[None].astype(np.float32) / 255) for brief in takes]),
        )


def make_space(scenes: np.ndarray) -> Space:
    """From renders of no taste, uint8 [P, T, F, H, W, 3]."""
    found = looks_of(scenes)
    return fit_space(found.reshape(-1, found.shape[-1]))


def make_yardstick(prompts: Sequence[str], taste: Taste, real: np.ndarray, space: Space) -> Yardstick:
    """`real`: the renderer's scenes of that taste, uint8 [P, T, F, H, W, 3]."""
    found = project(space, real)
    return Yardstick(prompts, taste, space, found.reshape(-1, found.shape[-1]))


def compare(tuned: Measured, base: Measured, real: np.ndarray) -> dict[str, Any]:
    """The figures of one side against another, with 95 % intervals over briefs, and whether its wins count.

    `real` as in `Yardstick`.
    """
    change = {name: 100 * (tuned.content[name] - base.content[name]) for name in ATTRIBUTES}
    figures: dict[str, Any] = {
        **win_figures(tuned.scores, base.scores),
        "content_base": base.content,
        "content_change": change,
        "realism_base": base.realism(real),
        "realism": tuned.realism(real),
    }
    for name, measure in (("content_change_mean", content_gap), ("variety_ratio", variety_ratio)):
        figures |= with_interval(name, tuned, base, measure)
    # Slower to compute, so from fewer drawings of briefs.
    figures |= with_interval("realism_ratio", tuned, base, lambda a, b: a.realism(real) / b.realism(real), 200)
    return {**figures, "held_quality": held_quality(figures)}


def content_gap(tuned: Measured, base: Measured) -> float:
    """Points, mean over attributes."""
    gap = np.nanmean(tuned.hits, axis=(0, 1)) - np.nanmean(base.hits, axis=(0, 1))
    return float(100 * gap.mean())


def variety_ratio(tuned: Measured, base: Measured) -> float:
    return float(tuned.spread.mean() / base.spread.mean())


def with_interval(
    name: str, tuned: Measured, base: Measured, measure: Callable[[Measured, Measured], float], rounds: int = 1000
) -> dict[str, float]:
    """The figure, and its interval when other briefs might have been drawn, the same for both sides."""
    found = [measure(tuned.chosen(some), base.chosen(some)) for some in resampled_briefs(len(base.spread), rounds)]
    low, high = percentiles(found)
    return {name: measure(tuned, base), f"{name}_low": low, f"{name}_high": high}


def held_quality(figures: dict[str, Any]) -> bool:
    whole = figures["realism_ratio"] <= MOST_REALISM and figures["variety_ratio"] >= LEAST_VARIETY
    return bool(whole and figures["content_change_mean"] >= LEAST_CONTENT)


@cache
def reader() -> ContentReader:
    return ContentReader.load()


def looks_at(takes: np.ndarray) -> list[torch.Tensor]:
    """What is read of each take: of a clip, three frames. uint8 [P, T, F, H, W, 3] -> float [P x T, H, W, 3] each."""
    frames = takes.shape[2]
    places = [int(share * frames) for share in LOOKS] if frames > 1 else [0]
    stills = [takes[:, :, place].reshape(-1, *takes.shape[3:]) for place in places]
    return [torch.from_numpy(some).float() / 255 for some in stills]


def read_hits(prompts: Sequence[str], takes: np.ndarray) -> np.ndarray:
    """[P, T, 5], as `Measured` says."""
    asked = [find_labels(prompt) for prompt in prompts for _ in range(takes.shape[1])]
    seen = [reader().read(stills) for stills in looks_at(takes)]
    hits = [
        [float(np.mean([look[name][row] == want[name] for look in seen])) if want.get(name) else np.nan
         for name in ATTRIBUTES]
        for row, want in enumerate(asked)
    ]  # fmt: skip
    return np.array(hits).reshape(*takes.shape[:2], len(ATTRIBUTES))


def project(space: Space, takes: np.ndarray) -> np.ndarray:
    """[P, T, d + 1]."""
    found = looks_of(takes)
    return space.project(found.reshape(-1, found.shape[-1])).reshape(*takes.shape[:2], -1)


@torch.no_grad()
def looks_of(takes: np.ndarray) -> np.ndarray:
    """The reader's features of takes [P, T, D]; of a clip those of three frames, and how much they change between."""
    rows = [torch.cat([reader().features(batch) for batch in some.split(LOOKED_AT_ONCE)]) for some in looks_at(takes)]
    found = torch.stack(rows)
    if len(rows) > 1:
        found = torch.cat([found.mean(0), found.std(0)], dim=1)[None]
    return found[0].numpy().reshape(*takes.shape[:2], -1)
