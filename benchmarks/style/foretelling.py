"""How well the scorer of method guided, fitted to a point's ballots, foretells the taste on takes that nobody judged."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.style.bench import Bench
from benchmarks.style.keeping import keep_arrays
from benchmarks.style.scoring import agreement
from benchmarks.style.setting import Point, digest
from feedback import preferences, versions
from feedback.studio import Studio
from finetune.data.examples import examples_of
from finetune.data.latent_cache import make_cache
from finetune.recipe import recipe_from
from finetune.reward.fit import learn_scorer
from finetune.tunable_model import Policy, load_policy

ENCODED_AT_ONCE = 8


def scorer_accuracy(bench: Bench, studio: Studio, point: Point) -> float | None:
    """Share of production's held-out pairs that the scorer orders as the taste does; None where none was fitted.

    The scorer is fitted again, on all ballots: it takes seconds, and is the same as the run's.
    """
    recipe = recipe_from(point.learner.values) if point.learner.method != "plain" else None
    if recipe is None or recipe.method != "guided" or point.night:
        return None
    production = versions.production_version(studio)
    frozen, _ = preferences.snapshot(preferences.collect(studio))
    examples = examples_of(frozen, recipe, production)
    if not any(example.decided for example in examples):
        return None
    policy = load_policy(studio, production, recipe)
    cache = make_cache(studio, policy, recipe)
    cache.fill(examples, lambda share: None, referred=())
    scorer = learn_scorer(cache, examples, recipe)
    with torch.no_grad():
        liked = scorer.score(held_out_latents(bench, policy)).numpy()
    true = bench.base(point.people.taste).scores
    return agreement(liked.reshape(true.shape), true)


def held_out_latents(bench: Bench, policy: Policy) -> torch.Tensor:
    """Of production's held-out takes, [P x T, z, F, h, w]; kept, since every point asks for them."""
    path = bench.folder / "draws" / f"latents_{digest(policy.base_sha256)}.npz"
    arrays, _ = keep_arrays(path, lambda: {"x0": encode_takes(policy, bench.production[0])})
    return torch.from_numpy(arrays["x0"])


@torch.no_grad()
def encode_takes(policy: Policy, takes: np.ndarray) -> np.ndarray:
    """uint8 [P, T, F, H, W, 3] -> latents."""
    pixels = torch.from_numpy(takes.reshape(-1, *takes.shape[2:])).permute(0, 4, 1, 2, 3)
    encoded = [
        policy.family.encode_media(policy.pipe, some.float() / 127.5 - 1).float().cpu()
        for some in pixels.split(ENCODED_AT_ONCE)
    ]
    return torch.cat(encoded).numpy()
