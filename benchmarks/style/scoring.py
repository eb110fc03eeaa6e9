"""Tastes applied to stored takes: uint8 [P, T, F, H, W, 3], T takes of each of P briefs."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from benchmarks.raters import Taste
from feedback import media, takes
from feedback.studio import Studio
from finetune.data.pixels import read_pixels


def score_takes(taste: Taste, pixels: np.ndarray) -> np.ndarray:
    """[P, T]; a brief at a time, so that the floats of one brief are all that memory holds."""
    rows = [np.asarray(taste(brief.astype(np.float32) / 255), dtype=np.float64).reshape(-1) for brief in pixels]
    return np.stack(rows)


def pooled_spread(scores: np.ndarray) -> float:
    """Standard deviation within a brief, pooled over briefs; 1 where all takes are alike. [P, T] -> float."""
    return float(np.sqrt(scores.var(axis=1, ddof=1).mean())) or 1.0


def agreement(found: np.ndarray, true: np.ndarray) -> float | None:
    """Scores [P, T] each: share of pairs of a row in the same order, half of those that cannot be told.

    What the truth calls equal is left out; None where that is everything.
    """
    pairs = list(combinations(range(true.shape[1]), 2))
    z, truth = (np.stack([scores[:, i] - scores[:, j] for i, j in pairs]) for scores in (found, true))
    right = np.where(z == 0, 0.5, np.sign(z) == np.sign(truth))[truth != 0]
    return float(right.mean()) if right.size else None


def done_takes(studio: Studio, brief: int) -> list[int]:
    """Ids of the brief's drawn takes, oldest first."""
    return [row["id"] for row in takes.list_takes(studio, brief=brief) if row["state"] == "done"]


def read_takes(studio: Studio, ids: list[int]) -> np.ndarray:
    """What a rater is shown: uint8 [T, F, H, W, 3]."""
    files = [media.path_of(studio, takes.get_take(studio, take)["rendition"]) for take in ids]
    return np.stack([to_uint8(read_pixels(file).permute(1, 2, 3, 0).numpy()) for file in files])


def to_uint8(pixels: np.ndarray) -> np.ndarray:
    """Back from [-1, 1] to what the file holds."""
    return ((pixels + 1) * 127.5).round().astype(np.uint8)
