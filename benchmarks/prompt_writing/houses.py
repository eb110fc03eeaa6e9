"""Simulated houses: what each likes to see in a picture, whatever words it was drawn from.

A house likes some values of what a brief may leave open (the hour, the weather, the place, the framing) more than others,
as an independent reader sees them in the picture: who likes dusk best likes dawn better than noon. Or it likes a look that no
word names and some words bring about, or both. None knows a prompt.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import torch
from PIL import Image

from benchmarks.prompt_writing.rendering import picture_of
from benchmarks.raters import Taste
from benchmarks.synthetic.labels import ATTRIBUTES, CHOICES
from benchmarks.synthetic.reader import ContentReader
from benchmarks.synthetic.tastes import function_of

Wishes = Mapping[str, Mapping[str, float]]
SCENES = 200  # rendered, to know how far a look varies


@dataclass(frozen=True)
class Wish:
    """`wishes`: by attribute, how much each value is liked, 0 for those not listed. `look`: a taste of `tastes.BUILT_IN`."""

    wishes: Wishes = field(default_factory=dict)
    look: str | None = None


HOUSES = {
    "dusk_fog": Wish({"time": {"dusk": 1, "dawn": 0.6, "night": 0.4}, "weather": {"fog": 1, "rain": 0.5, "snow": 0.4}}),
    "close_snow": Wish({"framing": {"close": 1, "medium": 0.5}, "weather": {"snow": 1, "fog": 0.4, "rain": 0.3}}),
    "night_mountains": Wish(
        {
            "time": {"night": 1, "dusk": 0.5, "dawn": 0.3},
            "place": {"mountains": 1, "forest": 0.5, "sea": 0.4, "field": 0.2, "desert": 0.2},
        }
    ),
    "wide_clear": Wish({"framing": {"wide": 1, "medium": 0.4}, "weather": {"clear": 1, "snow": 0.5, "fog": 0.2}}),
    "cold": Wish(look="cold"),
    "muted": Wish(look="muted"),
}
# Invented when the writer was finished, to see whether it had been made for those above.
HOUSES |= {
    "dawn_city_wide": Wish(
        {
            "time": {"dawn": 1, "day": 0.5, "dusk": 0.3},
            "place": {"city": 1, "sea": 0.4, "field": 0.3},
            "framing": {"wide": 1, "medium": 0.6},
        }
    ),
    "warm_rain": Wish({"weather": {"rain": 1, "fog": 0.5, "snow": 0.2}}, look="warm"),
    "contrasty": Wish(look="contrasty"),
}


@cache
def reader() -> ContentReader:
    return ContentReader.load()


@torch.no_grad()
def read_shares(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Probabilities of each attribute's values [B, values] for pixels [B, F, H, W, 3] in [0, 1]; of the first frame."""
    logits = reader()(torch.from_numpy(np.ascontiguousarray(pixels[:, 0], np.float32)))
    return {name: logits[name].softmax(-1).numpy() for name in ATTRIBUTES}


def wished_for(wishes: Wishes) -> Taste:
    """How much a picture is liked for what it shows: the mean over the wishes of what is expected of each, 0 to 1; [B]."""

    def score(pixels: np.ndarray) -> np.ndarray:
        shares = read_shares(pixels)
        liked = {name: np.array([values.get(value, 0) for value in CHOICES[name]]) for name, values in wishes.items()}
        return np.mean([shares[name] @ liked[name] for name in wishes], axis=0)

    return score


@cache
def spread_of(score: Callable[[np.ndarray], np.ndarray]) -> float:
    """The standard deviation of a score over rendered scenes of anything."""
    pictures = [np.asarray(Image.open(io.BytesIO(picture_of("", seed)))) for seed in range(SCENES)]
    return float(np.std(score(np.stack(pictures)[:, None].astype(np.float32) / 255)))


def taste_of(name: str) -> Taste:
    """The taste of a house of HOUSES; what it shows and how it looks weigh the same for one that likes both."""
    wish = HOUSES[name]
    parts = [*([wished_for(wish.wishes)] if wish.wishes else []), *([function_of(wish.look)] if wish.look else [])]
    if len(parts) == 1:
        return parts[0]
    return lambda pixels: np.sum([part(pixels) / spread_of(part) for part in parts], axis=0)
