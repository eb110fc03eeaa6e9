"""What is measured of a set of takes, and the figures of two sets compared, each with a 95 % interval over briefs.

Realism is a Frechet distance between pictures and real scenes in the content reader's features. The reader gives 256
features and a comparison has a few hundred pictures: a covariance of 256 x 256 from as many samples is noise. So the
distance is taken in the 32 directions in which real scenes vary most, plus one more number, the distance from the space
that these span. Without that last one, anything that real scenes never do (noise, smears) would go unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import torch

from benchmarks.raters import Taste
from benchmarks.synthetic.labels import ATTRIBUTES
from benchmarks.synthetic.reader import ContentReader
from benchmarks.synthetic.wording import find_labels

# What a version must keep for its wins to count. Points of content, and ratios of tuned over base.
LEAST_CONTENT, MOST_REALISM, LEAST_VARIETY = -2.0, 1.10, 0.85
READ_AT_ONCE = 64  # pictures
READ_AT = (1 / 6, 1 / 2, 5 / 6)  # places in a clip at which it is read
DIRECTIONS = 32
ROUNDS = 2000  # of resampling
LEVEL = 0.95


@dataclass(frozen=True)
class Measurements:
    """Takes of P held-out briefs, T of each, measured."""

    scores: np.ndarray  # the taste's, [P, T]
    hits: np.ndarray  # share of frames read as the caption says, by attribute; nan where it is silent: [P, T, 5]
    features: np.ndarray  # in the space that realism is measured in, [P, T, d + 1]
    distances: np.ndarray  # mean root-mean-square distance between takes of a brief, [P]

    @property
    def content(self) -> dict[str, float]:
        """Share read as the caption says, per attribute."""
        return dict(zip(ATTRIBUTES, np.nanmean(self.hits, axis=(0, 1)).tolist(), strict=True))

    def realism(self, real: np.ndarray) -> float:
        """Squared Frechet distance to real scenes [N, d + 1]; smaller is better."""
        return frechet_distance(self.features.reshape(-1, self.features.shape[-1]), real)

    def of_briefs(self, rows: np.ndarray) -> Measurements:
        """Those of some briefs, which may repeat."""
        return Measurements(self.scores[rows], self.hits[rows], self.features[rows], self.distances[rows])


@dataclass(frozen=True)
class FeatureSpace:
    """Where realism is measured."""

    centre: np.ndarray  # [D]
    axes: np.ndarray  # [D, d], orthonormal

    def project(self, features: np.ndarray) -> np.ndarray:
        """[N, D] -> [N, d + 1]: coordinates along the axes, and the distance from the space that they span."""
        offset = np.asarray(features, np.float64) - self.centre
        along = offset @ self.axes
        outside = np.sqrt(np.maximum((offset**2).sum(axis=1) - (along**2).sum(axis=1), 0))
        return np.column_stack([along, outside])


@dataclass(frozen=True)
class Evaluator:
    """Measures takes, in the same way for every side of every point of one taste."""

    prompts: Sequence[str]
    taste: Taste
    space: FeatureSpace
    real: np.ndarray  # real scenes of the taste in that space, [N, d + 1]

    def measure(self, takes: np.ndarray) -> Measurements:
        """Takes uint8 [P, T, F, H, W, 3], in the order of the prompts."""
        return Measurements(
            score_takes(self.taste, takes),
            read_hits(self.prompts, takes),
            project(self.space, takes),
            # A brief at a time: all takes as floats would be gigabytes of clips.
            np.array([variety(brief[None].astype(np.float32) / 255) for brief in takes]),
        )


def make_evaluator(prompts: Sequence[str], taste: Taste, real: np.ndarray, space: FeatureSpace) -> Evaluator:
    """`real`: the renderer's scenes of that taste, uint8 [P, T, F, H, W, 3]."""
    projected = project(space, real)
    return Evaluator(prompts, taste, space, projected.reshape(-1, projected.shape[-1]))


# Comparing two sets


def compare(tuned: Measurements, base: Measurements, real: np.ndarray) -> dict[str, Any]:
    """The figures of one side against another, with 95 % intervals over briefs, and whether its wins count.

    `real` as in `Evaluator`.
    """
    change = {name: 100 * (tuned.content[name] - base.content[name]) for name in ATTRIBUTES}
    figures: dict[str, Any] = {
        **win_figures(tuned.scores, base.scores),
        "gain": (tuned.scores.mean() - base.scores.mean()) / within_prompt_std(base.scores),
        "content_base": base.content,
        "content_change": change,
        "realism_base": base.realism(real),
        "realism": tuned.realism(real),
    }
    for name, measure in (("content_change_mean", content_gap), ("variety_ratio", variety_ratio)):
        figures |= with_interval(name, tuned, base, measure)
    # Slower to compute, so from fewer resamplings.
    figures |= with_interval("realism_ratio", tuned, base, lambda a, b: a.realism(real) / b.realism(real), 200)
    return {**figures, "held_quality": held_quality(figures)}


def content_gap(tuned: Measurements, base: Measurements) -> float:
    """Points, mean over attributes."""
    gap = np.nanmean(tuned.hits, axis=(0, 1)) - np.nanmean(base.hits, axis=(0, 1))
    return float(100 * gap.mean())


def variety_ratio(tuned: Measurements, base: Measurements) -> float:
    return float(tuned.distances.mean() / base.distances.mean())


def with_interval(
    name: str,
    tuned: Measurements,
    base: Measurements,
    measure: Callable[[Measurements, Measurements], float],
    rounds: int = 1000,
) -> dict[str, float]:
    """The figure and its interval: briefs are resampled, the same ones on both sides."""
    resampled = [
        measure(tuned.of_briefs(rows), base.of_briefs(rows)) for rows in resampled_briefs(len(base.distances), rounds)
    ]
    low, high = percentiles(resampled)
    return {name: measure(tuned, base), f"{name}_low": low, f"{name}_high": high}


def variety(takes: np.ndarray) -> float:
    """Mean root-mean-square distance between takes of one prompt, over prompts; takes [P, T, H, W, 3]."""
    distances = []
    for group in takes:
        for i in range(len(group)):
            distances += [float(np.sqrt(((group[i] - other) ** 2).mean())) for other in group[i + 1 :]]
    return float(np.mean(distances))


def held_quality(figures: dict[str, Any]) -> bool:
    kept = figures["realism_ratio"] <= MOST_REALISM and figures["variety_ratio"] >= LEAST_VARIETY
    return bool(kept and figures["content_change_mean"] >= LEAST_CONTENT)


def outcomes(tuned: np.ndarray, base: np.ndarray) -> np.ndarray:
    """1, 0.5 or 0 for every (tuned take, base take) of a brief: scores [P, T] and [P, U] -> [P, T, U]."""
    gap = tuned[:, :, None] - base[:, None, :]
    return (np.sign(gap) + 1) / 2


def win_figures(tuned: np.ndarray, base: np.ndarray) -> dict[str, float | int]:
    """Win rate with its interval and the counts behind it; a tie is half a win."""
    results = outcomes(tuned, base)
    low, high = bootstrap_interval(results.mean(axis=(1, 2)))
    counts = {name: int((results == value).sum()) for name, value in (("wins", 1.0), ("ties", 0.5), ("losses", 0.0))}
    return {"win_rate": float(results.mean()), "win_low": low, "win_high": high, **counts, "briefs": len(results)}


def resampled_briefs(count: int, rounds: int = ROUNDS, seed: int = 0) -> np.ndarray:
    """`rounds` samples of `count` briefs with replacement, [rounds, count].

    Briefs are resampled, not comparisons, because takes of one brief share its prompt and are not independent. What
    this leaves out is that another set of judgements would have taught another model.
    """
    return np.random.default_rng(seed).integers(count, size=(rounds, count))


def percentiles(resampled: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a resampled figure."""
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def bootstrap_interval(values: np.ndarray, rounds: int = ROUNDS, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean over briefs, [P] -> (low, high)."""
    return percentiles(values[resampled_briefs(len(values), rounds, seed)].mean(axis=1))


# Scores of a taste, [P, T]: T takes of each of P briefs


def score_takes(taste: Taste, pixels: np.ndarray) -> np.ndarray:
    """uint8 [P, T, F, H, W, 3] -> [P, T]; a brief at a time, so that memory holds the floats of one brief only."""
    rows = [np.asarray(taste(brief.astype(np.float32) / 255), dtype=np.float64).reshape(-1) for brief in pixels]
    return np.stack(rows)


def within_prompt_std(scores: np.ndarray) -> float:
    """Standard deviation within a brief, pooled over briefs; 1 where all takes are alike. [P, T] -> float."""
    return float(np.sqrt(scores.var(axis=1, ddof=1).mean())) or 1.0


def pairwise_accuracy(predicted: np.ndarray, true: np.ndarray) -> float | None:
    """Scores [P, T] each: share of pairs of a row in the same order, half of those predicted equal.

    Pairs that are truly equal are left out; None where that is every pair.
    """
    pairs = list(combinations(range(true.shape[1]), 2))
    z, truth = (np.stack([scores[:, i] - scores[:, j] for i, j in pairs]) for scores in (predicted, true))
    right = np.where(z == 0, 0.5, np.sign(z) == np.sign(truth))[truth != 0]
    return float(right.mean()) if right.size else None


# Content and realism, by the content reader


@cache
def reader() -> ContentReader:
    return ContentReader.load()


def frames_to_read(takes: np.ndarray) -> list[torch.Tensor]:
    """A still's frame, or three of a clip. uint8 [P, T, F, H, W, 3] -> float [P x T, H, W, 3] each."""
    frames = takes.shape[2]
    places = [int(share * frames) for share in READ_AT] if frames > 1 else [0]
    stills = [takes[:, :, place].reshape(-1, *takes.shape[3:]) for place in places]
    return [torch.from_numpy(some).float() / 255 for some in stills]


def read_hits(prompts: Sequence[str], takes: np.ndarray) -> np.ndarray:
    """[P, T, 5], as `Measurements` says."""
    labels = [find_labels(prompt) for prompt in prompts for _ in range(takes.shape[1])]
    readings = [reader().read(stills) for stills in frames_to_read(takes)]
    hits = [
        [float(np.mean([read[name][row] == label[name] for read in readings])) if label.get(name) else np.nan
         for name in ATTRIBUTES]
        for row, label in enumerate(labels)
    ]  # fmt: skip
    return np.array(hits).reshape(*takes.shape[:2], len(ATTRIBUTES))


def project(space: FeatureSpace, takes: np.ndarray) -> np.ndarray:
    """[P, T, d + 1]."""
    features = features_of(takes)
    return space.project(features.reshape(-1, features.shape[-1])).reshape(*takes.shape[:2], -1)


@torch.no_grad()
def features_of(takes: np.ndarray) -> np.ndarray:
    """The reader's features of takes [P, T, D]; of a clip those of three frames, and how much they change between."""
    rows = [
        torch.cat([reader().features(batch) for batch in some.split(READ_AT_ONCE)]) for some in frames_to_read(takes)
    ]
    features = torch.stack(rows)
    if len(rows) > 1:
        features = torch.cat([features.mean(0), features.std(0)], dim=1)[None]
    return features[0].numpy().reshape(*takes.shape[:2], -1)


def make_space(scenes: np.ndarray) -> FeatureSpace:
    """From renders of no taste, uint8 [P, T, F, H, W, 3]."""
    features = features_of(scenes)
    return fit_space(features.reshape(-1, features.shape[-1]))


def fit_space(features: np.ndarray, directions: int = DIRECTIONS) -> FeatureSpace:
    """Principal directions of real scenes' features [N, D]; fewer when there are few scenes."""
    features = np.asarray(features, np.float64)
    centre = features.mean(axis=0)
    _, _, rows = np.linalg.svd(features - centre, full_matrices=False)
    return FeatureSpace(centre, rows[: min(directions, len(features) // 4 or 1)].T)


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Squared Frechet distance of the normal distributions fitted to two samples, [N, d] and [M, d]."""
    return gaussian_frechet(
        first.mean(axis=0), np.cov(first, rowvar=False), second.mean(axis=0), np.cov(second, rowvar=False)
    )


def gaussian_frechet(mean_a: np.ndarray, cov_a: np.ndarray, mean_b: np.ndarray, cov_b: np.ndarray) -> float:
    """|a - b|^2 + tr(A + B - 2 (A B)^(1/2)), Dowson and Landau 1982; the trace of the root is that of a symmetric one."""
    root = symmetric_root(cov_a)
    cross = np.linalg.eigvalsh(root @ cov_b @ root)
    gap = ((mean_a - mean_b) ** 2).sum()
    return float(gap + np.trace(cov_a) + np.trace(cov_b) - 2 * np.sqrt(np.maximum(cross, 0)).sum())


def symmetric_root(matrix: np.ndarray) -> np.ndarray:
    """The positive root of a covariance; rounding may leave an eigenvalue just below zero."""
    values, vectors = np.linalg.eigh(np.atleast_2d(matrix))
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
