"""Takes of judged briefs to rank: those that production has drawn already, and what is missing, drawn by the run itself.

Drawn takes are kept in the cache alone, under names that depend on the reference, the brief and the seed: an interrupted
run goes on with the take that it was interrupted at, and the next night draws nothing that this one drew.
"""

from __future__ import annotations

from collections.abc import Sequence

from feedback.models import runs, versions
from feedback.production.briefs import get_brief
from feedback.production.take_rewards import TakeToScore, done_takes
from feedback.store import Studio, media
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.methods.drawing import Sketch, TakesToRank, name_of, sketch_of
from finetune.reward.scoring import example_of, is_whole
from finetune.tunable_model import TunableModel
from generation.drawable import is_drawable
from generation.request import request_of

FIRST_SEED = 1000  # those of the takes that the strength is chosen by are small, and must be others


def find_takes(cache: LatentCache, examples: Sequence[Example], count: int) -> TakesToRank:
    """At least `count` takes of each brief of these examples, as far as the studio's model draws it."""
    studio, model = cache.studio, cache.model
    prompts = {example.brief: example.prompt for example in examples}
    recorded = model.processes.from_first(lambda: recorded_takes(cache, sorted(prompts)))
    sketches = []
    for brief in sorted(prompts):
        there = sum(each.brief == brief for each in recorded)
        sketches += sketches_of(studio, model, brief, count - there)
    own = {each.sha256: example_of(each) for each in recorded}
    drawn = {
        each.name: example_of(TakeToScore(0, each.name, number, prompts[number]))
        for each, number in ((each, int(each.brief["id"])) for each in sketches)
    }
    for each in sketches:
        row = get_brief(studio, int(each.brief["id"]))
        cache.add_drawn(each.name, request_of(row))
    return TakesToRank(own, sketches, drawn)


def recorded_takes(cache: LatentCache, briefs: Sequence[int]) -> list[TakeToScore]:
    """Takes of these briefs that the reference drew, and that were done when the run began: so the same after an interruption."""
    studio, model = cache.studio, cache.model
    names = versions.versions_drawing_with(studio, model.base, model.adapters)
    running = runs.running_run(studio)
    takes = done_takes(studio, briefs, names, running["started"] if running else None)
    unique = {take.sha256: take for take in takes}
    sizes = {brief: request_of(get_brief(studio, brief)).size for brief in briefs}
    return [each for each in unique.values() if size_of(studio, each) == sizes[each.brief] and is_readable(cache, each)]


def size_of(studio: Studio, take: TakeToScore) -> tuple[int, int, int]:
    file = media.describe(studio, take.sha256)
    return file["width"], file["height"], file["frames"]


def is_readable(cache: LatentCache, take: TakeToScore) -> bool:
    """One whose file is gone or damaged is left out, and drawn anew, unless its latents are in the cache."""
    return cache.has("latents", cache.latent_key(take.sha256)) or is_whole(cache.studio, take.sha256)


def sketches_of(studio: Studio, model: TunableModel, brief: int, count: int) -> list[Sketch]:
    """`count` more takes, in half the steps; none of a brief that the model cannot draw."""
    row = get_brief(studio, brief)
    if count <= 0 or not is_drawable(studio, model, row):
        return []
    sketch = sketch_of(studio, row)
    return [
        Sketch(name_of(model, request_of(sketch), seed), sketch, seed) for seed in range(FIRST_SEED, FIRST_SEED + count)
    ]
