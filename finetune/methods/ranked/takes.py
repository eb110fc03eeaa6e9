"""Takes of judged briefs to rank: those that production has drawn already, and what is missing, drawn by the run itself.

Drawn takes are kept in the cache alone, under names that depend on the reference, the brief and the seed: an interrupted
run goes on with the take that it was interrupted at, and the next night draws nothing that this one drew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from feedback.models import runs, versions
from feedback.production.briefs import get_brief
from feedback.production.take_rewards import TakeToScore, done_takes
from feedback.store import Studio, media
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.digests import digest
from finetune.memory.uses import DRAWING
from finetune.methods.guided.strength import encode, passes_of, sampling_cost, sketch_of
from finetune.methods.protocol import OnProgress, Work
from finetune.reward.scoring import example_of, is_whole
from finetune.tunable_model import TunableModel
from generation.drawable import is_drawable
from generation.request import BriefRow, Request, request_of
from generation.sampling import sample_each, side_by_side

FIRST_SEED = 1000  # those of the takes that the strength is chosen by are small, and must be others


@dataclass(frozen=True)
class Sketch:
    """A take that the run draws."""

    name: str  # in the cache, where takes of the record have their sha256
    brief: BriefRow
    seed: int


@dataclass(frozen=True)
class TakesToRank:
    """The takes of all briefs, each as an example of itself alone."""

    recorded: Mapping[str, Example]  # by sha256
    sketches: Sequence[Sketch]
    examples: Mapping[str, Example]  # of the sketches, by their names

    @property
    def all(self) -> list[tuple[str, Example]]:
        """In the order of their names."""
        return sorted((self.recorded | self.examples).items())  # type: ignore[operator]


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


def name_of(model: TunableModel, request: Request, seed: int) -> str:
    """`repr` of a request is all that a take depends on: its source by its hash."""
    return digest(model.sha256, repr(request), str(seed), "drawn to be ranked")


def draw_missing(cache: LatentCache, takes: TakesToRank, on_progress: OnProgress) -> int:
    """Draws and encodes what is not in the cache, some by each process; how many. `on_progress` may raise to stop."""
    model = cache.model
    groups = model.processes.from_first(lambda: missing_groups(cache, takes.sketches))
    if not groups:
        return 0
    done = 0

    def draw(group: Sequence[Sketch]) -> int:
        nonlocal done
        draw_group(cache, group, lambda part: on_progress(min(1.0, (done + part) / len(groups))))
        done += 1
        on_progress(min(1.0, done / len(groups)))
        return len(group)

    model.eval()
    with model.parts.drawing():
        model.processes.spread(groups, draw, lambda group: passes_of((group[0].brief, group[0].seed)))
    model.processes.wait()
    return sum(map(len, groups))


def missing_groups(cache: LatentCache, sketches: Sequence[Sketch]) -> list[list[Sketch]]:
    """What is drawn side by side and not all there. Whole groups: the last bits of a take depend on what it is drawn with."""
    places = side_by_side(cache.model, [(each.brief, each.seed) for each in sketches])
    groups = [[sketches[place] for place in group] for group in places]
    return [each for each in groups if not all(cache.has("latents", cache.latent_key(one.name)) for one in each)]


def draw_group(cache: LatentCache, group: Sequence[Sketch], on_progress: Callable[[float], None]) -> None:
    """By the reference, into the cache."""
    model = cache.model
    pairs = [(each.brief, each.seed) for each in group]

    def draw(_: object) -> torch.Tensor:
        with model.reference():
            return encode(model, sample_each(model, pairs, on_progress))

    (x0,) = model.memory.in_pieces(DRAWING, request_of(group[0].brief).size, [pairs], 1, draw)
    for each, latent in zip(group, x0, strict=True):
        cache.put("latents", cache.latent_key(each.name), {"x0": latent})


def describe_missing(cache: LatentCache, takes: TakesToRank) -> list[Work]:
    """What drawing the missing ones will take, by one group of them, which stays in the cache."""
    model = cache.model
    groups = missing_groups(cache, takes.sketches)
    if not groups:
        return []
    costs = [sampling_cost(model, [(each.brief, each.seed) for each in group]) for group in groups]
    usual = costs.index(sorted(costs)[len(costs) // 2])
    model.eval()
    with model.parts.drawing():
        began = time.monotonic()
        draw_group(cache, groups[usual], lambda share: None)
        seconds = time.monotonic() - began
    return [Work("takes drawn to rank", sum(costs) / costs[usual], seconds, sum(map(len, groups)))]
