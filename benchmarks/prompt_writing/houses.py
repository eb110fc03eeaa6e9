"""Simulated houses: what each likes to see in a picture, whatever words it was drawn from.

Four like things that a brief may leave open (a time of day, weather, a place, a framing), as an independent reader sees them
in the picture; two like a look that no word names and some words bring about. None knows a prompt.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from benchmarks.raters import Taste
from benchmarks.synthetic.labels import ATTRIBUTES, CHOICES
from benchmarks.synthetic.reader import ContentReader
from benchmarks.synthetic.tastes import function_of

CONTENT = {
    "dusk_fog": {"time": "dusk", "weather": "fog"},
    "close_snow": {"framing": "close", "weather": "snow"},
    "night_mountains": {"time": "night", "place": "mountains"},
    "wide_clear": {"framing": "wide", "weather": "clear"},
}
PIXEL_TASTES = ("cold", "muted")
HOUSES = (*CONTENT, *PIXEL_TASTES)
LEAST = -4.0  # log-probability below which a picture is no less what the house likes: it is not that at all


@cache
def reader() -> ContentReader:
    return ContentReader.load()


@torch.no_grad()
def read_logits(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Log-probabilities of each attribute's values [B, values] for pixels [B, F, H, W, 3] in [0, 1]; of the first frame."""
    logits = reader()(torch.from_numpy(np.ascontiguousarray(pixels[:, 0], np.float32)))
    return {name: logits[name].log_softmax(-1).numpy() for name in ATTRIBUTES}


def likes(values: dict[str, str]) -> Callable[[np.ndarray], np.ndarray]:
    """How much of these attribute values a picture shows, the mean of their log-probabilities, each from LEAST to 0; [B]."""

    def score(pixels: np.ndarray) -> np.ndarray:
        read = read_logits(pixels)
        shown = [read[name][:, CHOICES[name].index(value)].clip(LEAST, 0) for name, value in values.items()]
        return np.mean(shown, axis=0)

    return score


def taste_of(name: str) -> Taste:
    """The taste of a house of HOUSES."""
    return likes(CONTENT[name]) if name in CONTENT else function_of(name)
