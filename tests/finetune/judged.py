"""A judged studio whose production is a tiny random model: noisy pictures, and a rater who likes the redder one."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from feedback.judgements import ballots
from feedback.models import versions
from feedback.people import accounts
from feedback.preferences.dataset import collect
from feedback.preferences.snapshot import freeze
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio, media
from feedback.trials import promotion
from finetune.data.dataset import make_dataset
from finetune.data.latent_cache import make_latent_cache
from finetune.methods.protocol import RunContext
from finetune.methods.registry import make_method
from finetune.recipe import recipe_as_dict, recipe_from
from finetune.settings import METHODS, Recipe
from finetune.training.loop import Trainer, make_trainer
from finetune.tunable_model import load_tunable_model
from generation.media.encode import encode_clip
from tests.factories import new_studio

QUICK = {
    "method": "dpo",
    "max_steps": 6,
    "eval_steps": 3,
    "save_steps": 2,
    "per_device_train_batch_size": 8,
    "draws_per_pair": 4,
    "draws": 2,
    "r": 4,
    "alpha": 4,
    "learning_rate": 2e-3,
    "warmup_steps": 1,
    # A random model of 60,000 parameters learns nothing that holds on other pairs: what is tested is the machinery.
    "max_winner_error": 2.0,
    "min_heldout_accuracy": 0.0,
    # Nor need six steps move its takes; test_strength.py is about those that are drawn to measure the gain.
    "target_gain": None,
}
SHARED = ("data", "library", "lora", "optimiser", "memory", "noise_levels", "evaluation")


def recipe_of(base: Recipe | None = None, **fields: Any) -> Recipe:
    """A recipe, or one with changes, from names without their sections; a field of several methods is the recipe's own."""
    method = fields.pop("method", base.method if base else "guided")
    values = {"method": method} if base is None else {**recipe_as_dict(base), "method": method}
    known = Recipe()
    for name, value in fields.items():
        homes = [section for section in (*SHARED, method, *METHODS) if hasattr(getattr(known, section), name)]
        if homes:
            values[homes[0]] = {**values.get(homes[0], {}), name: value}
        else:
            values[name] = value
    return recipe_from(values)


def quick(**changes: Any) -> Recipe:
    """A recipe of a few seconds."""
    return recipe_of(**{**QUICK, **changes})


def tiny_studio(folder: Path, base: Path) -> Studio:
    studio = new_studio(folder)
    versions.register_candidate(studio, "tiny", str(base), [])
    promotion.promote(studio, "tiny", force=True, reason="tests tune a tiny model")
    accounts.add_person(studio, "ada", "admin")
    accounts.add_person(studio, "ben", "creative")
    projects.add_project(studio, "P", "A project")
    shots.add_shot(studio, "P", "S_010")
    return studio


def picture(redness: float, chance: np.random.Generator, frames: int = 1) -> bytes:
    """A noisy 32x32 still or clip."""
    pixels = 90 + 40 * chance.standard_normal((frames, 32, 32, 3))
    pixels[..., 0] += 120 * redness
    pixels[..., 2] -= 60 * redness
    taken = pixels.clip(0, 255).astype(np.uint8)
    if frames > 1:
        return encode_clip(taken, Fraction(24))
    sink = io.BytesIO()
    Image.fromarray(taken[0]).save(sink, "PNG")
    return sink.getvalue()


def add_brief(studio: Studio, prompt: str, frames: int = 1, **fields: Any) -> int:
    shot = shots.find_shot(studio, "S_010")["id"]
    author = accounts.get_person(studio, "ada")["id"]
    shape = {"kind": "clip" if frames > 1 else "still", "width": 32, "height": 32, "frames": frames}
    return briefs.write_brief(studio, shot, prompt, author=author, **{"steps": 2, **shape, **fields})["id"]


def add_takes(
    studio: Studio, brief: int, redness: list[float], seed: int = 0, draw: Callable[..., bytes] = picture
) -> list[int]:
    """Done takes of these rednesses, or of whatever `draw` makes of the number."""
    chance, frames = np.random.default_rng([seed, brief]), briefs.get_brief(studio, brief)["frames"]
    kind = ("mp4", "video/mp4") if frames > 1 else ("png", "image/png")
    ids = render_queue.queue_takes(studio, brief, list(range(len(redness))))
    render_queue.lease_takes(studio, "test", len(ids))
    for take, value in zip(ids, redness, strict=True):
        sha256 = media.store_bytes(studio, draw(value, chance, frames), *kind, 32, 32, frames)
        files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
        render_queue.finish_take(studio, take, "test", **files, provenance={})
    return ids


def cast(studio: Studio, left: int, right: int, verdict: str, name: str = "ada") -> None:
    person = accounts.get_person(studio, name)["id"]
    ballots.cast_ballot(studio, person, f"{name}-{left}-{right}-{verdict}", left, right, verdict, 900)


def judge_briefs(
    studio: Studio,
    count: int = 6,
    takes_each: int = 4,
    verdict: str | None = None,
    frames: int = 1,
    draw: Callable[..., bytes] = picture,
    **fields: Any,
) -> list[int]:
    """`count` briefs, every pair of takes judged: the redder wins unless a verdict is given. Returns the briefs.

    `draw`: as of `add_takes`. `fields`: more of the briefs'.
    """
    made = []
    for number in range(count):
        brief = add_brief(studio, f"a red sun over the sea, {number}", frames, **fields)
        redness = [k / (takes_each - 1) for k in range(takes_each)]
        pairs = combinations(add_takes(studio, brief, redness, draw=draw), 2)
        for k, (cold, warm) in enumerate(pairs):
            left, right = (cold, warm) if k % 2 else (warm, cold)
            cast(studio, left, right, verdict or ("right" if k % 2 else "left"))
        made.append(brief)
    return made


def prepared(studio: Studio, folder: Path, **changes: Any) -> Trainer:
    """A trainer whose method is prepared, as a run makes it."""
    recipe = quick(**changes)
    snapshot, _ = freeze(collect(studio))
    dataset = make_dataset(snapshot, recipe.data)
    model = load_tunable_model(studio, "tiny", recipe)
    cache = make_latent_cache(studio, model, recipe.noise_levels, recipe.data.region_weight)
    run, method = RunContext(studio, model, cache, dataset, quiet=True), make_method(recipe)
    method.prepare(run, lambda share: None)
    return make_trainer(run, recipe, method, folder)


def with_fields(trainer: Trainer, **fields: Any) -> Trainer:
    """The same trainer under a recipe with changes."""
    recipe = recipe_of(trainer.recipe, **fields)
    method = make_method(recipe)
    vars(method).update({name: value for name, value in vars(trainer.method).items() if name != "recipe"})
    return replace(trainer, recipe=recipe, method=method)
