"""How pictures are compared by a model's hidden states: what differs between a frame and an altered copy of it counts less.

That is linear discriminant analysis (Fisher, 1936) with each frame and its copy as one class: of the directions in which
frames of the library differ, each is divided by how much copies differ from their frames in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

# Frames with a copy that a metric is made of: it is made anew at each of these, and stays after the last.
STEPS = (25, 50, 100, 200)
FRAMES_A_DIRECTION = 4
SMOOTHING = 0.1  # of the average variance, added to each: few copies say little of a direction
FLATTEST = 0.01  # of the average spread: what hardly varies is the rounding of what is kept
PART = 0.6  # of each side of a frame, that an altered copy shows


@dataclass(frozen=True)
class Metric:
    """The cosine of what it makes of two pictures' vectors is how similar they are."""

    mean: np.ndarray  # [d]
    matrix: np.ndarray  # [d, k]

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """float [n, d] -> float [n, k]."""
        return (rows - self.mean) @ self.matrix


def fit_metric(frames: np.ndarray, copies: np.ndarray) -> Metric:
    """Of vectors of frames and of their altered copies, both float [n, d]."""
    mean, spread = frames.mean(axis=0), frames.std(axis=0)
    spread = np.maximum(spread, FLATTEST * spread.mean() + 1e-12)
    _, _, directions = np.linalg.svd((frames - mean) / spread, full_matrices=False)
    chosen = directions[: max(1, len(frames) // FRAMES_A_DIRECTION)]
    changes = ((copies - frames) / spread) @ chosen.T
    within = changes.T @ changes / len(changes)
    smoothed = within + SMOOTHING * (np.trace(within) / len(within) + 1e-12) * np.eye(len(within))
    variances, axes = np.linalg.eigh(smoothed)
    return Metric(mean, (chosen.T @ (axes / np.sqrt(variances))) / spread[:, None])


def step_of(count: int) -> int:
    """Of how many of `count` frames a metric is made; 0 while they are too few."""
    return max((step for step in STEPS if step <= count), default=0)


def alter(frame: np.ndarray, seed: int) -> np.ndarray:
    """A part of a frame, uint8 [H, W, 3], anywhere, as large as the frame was, mirrored or not, in another grade."""
    random, (height, width, _) = np.random.default_rng(seed), frame.shape
    rows, columns = max(1, round(PART * height)), max(1, round(PART * width))
    top, left = random.integers(height - rows + 1), random.integers(width - columns + 1)
    part = Image.fromarray(frame[top : top + rows, left : left + columns]).resize((width, height))
    pixels = np.asarray(part)[:, :: random.choice([-1, 1])]
    return graded(pixels, random)


def graded(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """In another gamma, colour balance, contrast and saturation; uint8 [H, W, 3]."""
    light = (pixels / 255.0) ** random.uniform(0.65, 1.5) * random.uniform(0.8, 1.2, 3)
    light = (light - 0.5) * random.uniform(0.75, 1.3) + 0.5
    grey = light.mean(axis=2, keepdims=True)
    return (np.clip(grey + (light - grey) * random.uniform(0.4, 1.5), 0, 1) * 255 + 0.5).astype(np.uint8)
