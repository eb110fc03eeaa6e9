"""Simulated raters: a hidden taste, and the human noise around it.

A taste maps float pixels [B, F, H, W, 3] in [0, 1] to a score per item. It never sees captions, versions or latents.
`benchmarks.style` sets the widths in units of the score's own spread, and makes panels of raters who disagree.
"""

from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

Taste = Callable[[np.ndarray], np.ndarray]


def load_taste(name: str) -> Taste:
    """A taste of `generation.starter.tastes` by name, or `FILE.py:FUNCTION`."""
    if ".py:" in name:
        return taste_in_file(*name.rsplit(":", 1))
    from generation.starter import tastes

    if name not in tastes.BUILT_IN:
        raise SystemExit(f"no taste {name!r}; give FILE.py:FUNCTION or one of {', '.join(tastes.BUILT_IN)}")
    return getattr(tastes, name)


def taste_in_file(path: str, function: str) -> Taste:
    spec = importlib.util.spec_from_file_location("taste_file", path)
    if spec is None or spec.loader is None or not Path(path).is_file():
        raise SystemExit(f"no taste file {path!r}; give FILE.py:FUNCTION")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    if not callable(getattr(module, function, None)):
        raise SystemExit(f"no function {function!r} in {path}; give FILE.py:FUNCTION")
    return getattr(module, function)


def read_pixels(data: bytes) -> np.ndarray:
    """A still's bytes as float pixels [1, 1, H, W, 3] in [0, 1]."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float32)[None, None] / 255


@dataclass(frozen=True)
class Rater:
    """Someone with a taste who is not always true to it; every width is in the taste's own units."""

    taste: Taste
    # Share of preferences given the wrong way round.
    flip: float = 0.08
    # Takes whose scores differ by this or less are called a tie.
    tie_band: float = 0.0
    # Standard deviation of what the mood of the moment adds to each score.
    noise: float = 0.0
    # Two takes that both score below this are called both bad.
    bad_below: float = -np.inf

    def verdict(self, left: bytes, right: bytes, rng: np.random.Generator) -> str:
        return self.compare(self.score(left), self.score(right), rng)

    def compare(self, left: float, right: float, rng: np.random.Generator) -> str:
        """left, right, tie or both_bad for two scores."""
        # All chance is drawn first, so that with one `rng` a change of habit changes no other verdict.
        mood, slips = self.noise * rng.standard_normal(2), rng.random() < self.flip
        left, right = left + mood[0], right + mood[1]
        if max(left, right) < self.bad_below:
            return "both_bad"
        if abs(left - right) <= self.tie_band:
            return "tie"
        return "left" if (left > right) != slips else "right"

    def score(self, data: bytes) -> float:
        return float(np.asarray(self.taste(read_pixels(data))).reshape(-1)[0])
