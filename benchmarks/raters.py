"""Simulated raters: a hidden taste, and label noise.

A taste maps float pixels [B, F, H, W, 3] in [0, 1] to a score per item. It never sees captions, versions or latents.
`benchmarks.house_style` sets the widths in within-prompt standard deviations of the score, and makes panels of raters
who disagree.
"""

from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from feedback.errors import Invalid

Taste = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class GatedTaste:
    """A taste that gets its own copy of the pixels, and is checked to give one finite number per item."""

    name: str
    function: Taste

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """[B, F, H, W, 3] -> float64 [B]; Invalid names the taste and what it gave."""
        scores = np.asarray(self.function(np.array(pixels)), dtype=np.float64)
        if scores.size != len(pixels):
            raise Invalid(f"taste {self.name} gave {scores.size} numbers for {len(pixels)} items: give one each")
        if not np.isfinite(scores).all():
            odd = int((~np.isfinite(scores)).sum())
            raise Invalid(f"taste {self.name}: {odd} of {scores.size} scores are no finite numbers")
        return scores.reshape(-1)


def load_taste(name: str) -> GatedTaste:
    """A taste of `benchmarks.synthetic.tastes` by name, or `FILE.py:FUNCTION`; the same object at every call."""
    if ".py:" in name:
        path, function = name.rsplit(":", 1)
        file = Path(path).resolve()
        if not file.is_file():
            raise SystemExit(f"no taste file {path!r}; give FILE.py:FUNCTION")
        return taste_in_file(name, file, function, file.stat().st_mtime_ns)
    from benchmarks.synthetic import tastes

    if name not in tastes.BUILT_IN:
        raise SystemExit(f"no taste {name!r}; give FILE.py:FUNCTION or one of {', '.join(tastes.BUILT_IN)}")
    return GatedTaste(name, tastes.function_of(name))


@cache
def taste_in_file(name: str, file: Path, function: str, changed: int) -> GatedTaste:
    """Run once per process: a file that draws weights at random must not be another taste at every call.

    `changed`: when the file was, so that an edited one is read again.
    """
    spec = importlib.util.spec_from_file_location(f"taste_file_{changed}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))  # for what lies beside it
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a stranger's file does
        raise SystemExit(f"taste file {file} cannot be run: {type(error).__name__}: {error}") from error
    if not callable(getattr(module, function, None)):
        raise SystemExit(f"no function {function!r} in {file}; give FILE.py:FUNCTION")
    return GatedTaste(name, getattr(module, function))


def probe_taste(taste: GatedTaste, size: int, frames: int) -> None:
    """Invalid, before anything is drawn, for a taste that is no function of one item's pixels."""
    pixels = np.random.default_rng(0).random((3, frames, size, size, 3), dtype=np.float32)
    first, again = taste(pixels), taste(pixels)
    alone = np.concatenate([taste(item[None]) for item in pixels])
    for other, what in ((again, "is not the same twice"), (alone, "depends on what else is in the batch")):
        if not np.allclose(first, other, rtol=1e-3, atol=1e-4):
            raise Invalid(f"taste {taste.name} {what}: a score must follow from one item's pixels alone")


def read_pixels(data: bytes) -> np.ndarray:
    """A still's bytes as float pixels [1, 1, H, W, 3] in [0, 1]."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float32)[None, None] / 255


@dataclass(frozen=True)
class Rater:
    """A person with a taste and with label noise; every width is in the taste's own units."""

    taste: Taste
    # Share of preferences given the wrong way round.
    label_noise: float = 0.08
    # Takes whose scores differ by this or less are called a tie.
    tie_band: float = 0.0
    # Standard deviation of the random part of each score.
    noise: float = 0.0
    # Two takes that both score below this are called both bad.
    bad_below: float = -np.inf

    def verdict(self, left: bytes, right: bytes, rng: np.random.Generator) -> str:
        return self.compare(self.score(left), self.score(right), rng)

    def compare(self, left: float, right: float, rng: np.random.Generator) -> str:
        """left, right, tie or both_bad for two scores."""
        # All random numbers are drawn first, so that with one `rng` a change of one width changes no other verdict.
        noise, wrong = self.noise * rng.standard_normal(2), rng.random() < self.label_noise
        left, right = left + noise[0], right + noise[1]
        if max(left, right) < self.bad_below:
            return "both_bad"
        if abs(left - right) <= self.tie_band:
            return "tie"
        return "left" if (left > right) != wrong else "right"

    def score(self, data: bytes) -> float:
        return float(self.taste(read_pixels(data))[0])
