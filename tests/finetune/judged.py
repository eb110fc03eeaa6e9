"""A judged studio whose production is a tiny random model: noisy pictures, and a rater who likes the redder one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from feedback import accounts, ballots, briefs, media, preferences, shots, takes, versions
from feedback.studio import Studio
from finetune.data.examples import Example
from finetune.data.latent_cache import make_cache
from finetune.jobs.tune import split
from finetune.methods.guided.guidance import make_steering
from finetune.methods.pairwise import pair_losses
from finetune.recipe import Recipe, recipe_from
from finetune.reward.fit import learn_scorer
from finetune.training.loop import Trainer, make_trainer
from finetune.tunable_model import load_policy

QUICK = {
    "method": "dpo",
    "max_steps": 6,
    "eval_steps": 3,
    "save_steps": 2,
    "per_device_train_batch_size": 8,
    "noise_draws": 4,
    "eval_draws": 2,
    "lora_r": 4,
    "lora_alpha": 4,
    "learning_rate": 2e-3,
    "warmup_steps": 1,
    # A random model of 60,000 parameters learns nothing that holds on other pairs: what is tested is the machinery.
    "max_winner_error": 2.0,
    "min_heldout_accuracy": 0.0,
    # Nor need six steps move its takes; test_aiming.py is about those that are drawn to see.
    "aim": None,
}


def quick(**changes: Any) -> Recipe:
    """A recipe of a few seconds."""
    return recipe_from({**QUICK, **changes})


def tiny_studio(folder: Path, base: Path) -> Studio:
    studio = Studio.create(folder)
    versions.ensure_starter(studio)
    versions.register_candidate(studio, "tiny", str(base), [])
    versions.promote(studio, "tiny", force=True, reason="tests tune a tiny model")
    accounts.add_person(studio, "ada", "admin")
    accounts.add_person(studio, "ben", "creative")
    shots.add_project(studio, "P", "A project")
    shots.add_shot(studio, "P", "S_010")
    return studio


def picture(redness: float, chance: np.random.Generator) -> bytes:
    """A noisy 32x32 still."""
    pixels = 90 + 40 * chance.standard_normal((32, 32, 3))
    pixels[..., 0] += 120 * redness
    pixels[..., 2] -= 60 * redness
    sink = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(sink, "PNG")
    return sink.getvalue()


def add_brief(studio: Studio, prompt: str) -> int:
    shot = shots.find_shot(studio, "S_010")["id"]
    author = accounts.get_person(studio, "ada")["id"]
    return briefs.write_brief(studio, shot, prompt, author=author, width=32, height=32, steps=2)["id"]


def add_takes(studio: Studio, brief: int, redness: list[float], seed: int = 0) -> list[int]:
    """Done takes of these rednesses."""
    chance = np.random.default_rng([seed, brief])
    ids = takes.queue_takes(studio, brief, list(range(len(redness))))
    takes.lease_takes(studio, "test", len(ids))
    for take, value in zip(ids, redness, strict=True):
        sha256 = media.store_bytes(studio, picture(value, chance), "png", "image/png", 32, 32, 1)
        files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
        takes.finish_take(studio, take, "test", **files, recipe={})
    return ids


def cast(studio: Studio, left: int, right: int, verdict: str, name: str = "ada") -> None:
    person = accounts.get_person(studio, name)["id"]
    ballots.cast_ballot(studio, person, f"{name}-{left}-{right}-{verdict}", left, right, verdict, 900)


def judge_briefs(studio: Studio, count: int = 6, takes_each: int = 4, verdict: str | None = None) -> list[int]:
    """`count` briefs, every pair of takes judged: the redder wins unless a verdict is given. Returns the briefs."""
    made = []
    for number in range(count):
        brief = add_brief(studio, f"a red sun over the sea, {number}")
        redness = [k / (takes_each - 1) for k in range(takes_each)]
        pairs = combinations(add_takes(studio, brief, redness), 2)
        for k, (cold, warm) in enumerate(pairs):
            left, right = (cold, warm) if k % 2 else (warm, cold)
            cast(studio, left, right, verdict or ("right" if k % 2 else "left"))
        made.append(brief)
    return made


def prepared(studio: Studio, folder: Path, **changes: Any) -> Trainer:
    """A trainer with a filled cache, as `learn` makes it."""
    recipe = quick(**changes)
    frozen, _ = preferences.snapshot(preferences.collect(studio))
    train, heldout = split(frozen, recipe)
    policy = load_policy(studio, "tiny", recipe)
    cache = make_cache(studio, policy, recipe)
    cache.fill([*train, *heldout], lambda share: None, quiet=True)
    scorer = learn_scorer(cache, [*train, *heldout], recipe) if recipe.method == "guided" else None
    steering = make_steering(policy, cache, scorer, train, recipe) if scorer else None
    return make_trainer(policy, cache, recipe, 500.0, train, heldout, folder, steering)


def losses_of(
    trainer: Trainer, examples: Sequence[Example], draws: Sequence[int]
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    return pair_losses(trainer.policy, trainer.cache, trainer.recipe, trainer.beta, examples, draws)
