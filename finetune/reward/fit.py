"""From examples and cached latents to the scorer of one run."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from feedback import media
from finetune.data.examples import Example
from finetune.data.latent_cache import Cache, by_shape, chunks
from finetune.data.pixels import read_pixels
from finetune.recipe import Recipe
from finetune.reward.features import fit_thumbnails, measure
from finetune.reward.model import Scorer, fit_scorer

PICTURES = 48  # takes whose pixels teach what colours latents stand for; thousands of places each
MEASURED_AT_ONCE = 32


def learn_scorer(cache: Cache, examples: Sequence[Example], recipe: Recipe) -> Scorer:
    """Fits what people like to everything they said; a matter of seconds, and the same every time."""
    takes = sorted({take for example in examples for take in (example.left, example.right)})
    colours = colours_of(cache, takes[:: -(-len(takes) // PICTURES)])
    rows: dict[str, dict[str, torch.Tensor]] = {}
    for group in by_shape((take, cache.latent(take)) for take in takes):
        for some in chunks(group, MEASURED_AT_ONCE):
            found = measure(torch.stack([latent for _, latent in some]), colours)
            for place, (take, _) in enumerate(some):
                rows[take] = {name: values[place] for name, values in found.items()}
    groups = {name: torch.stack([rows[take][name] for take in takes]) for name in next(iter(rows.values()))}
    return fit_scorer(examples, groups, takes, colours, recipe.both_bad_weight)


def colours_of(cache: Cache, takes: Sequence[str]) -> torch.Tensor:
    """The map from these takes' latents to their colours, as features.fit_thumbnails says."""
    pixels = (read_pixels(media.path_of(cache.studio, take)) for take in takes)
    largest = max(max(cache.latent(take).shape[2:]) for take in takes)
    return fit_thumbnails((cache.latent(take) for take in takes), pixels, largest)
