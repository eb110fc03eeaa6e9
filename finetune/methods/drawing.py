"""Takes that a run draws itself: in half the steps, kept in the cache alone under names that tell what they depend on.

An interrupted run goes on with the take that it was interrupted at, and the next night draws nothing that this one drew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from feedback.production.briefs import Brief
from feedback.production.sources import fewest_steps
from feedback.store import Studio
from finetune.data.examples import Example
from finetune.data.latent_cache import LatentCache
from finetune.digests import digest
from finetune.memory.uses import DRAWING
from finetune.methods.protocol import OnProgress, Work
from finetune.tunable_model import TunableModel
from generation.media.sources import with_source
from generation.request import BriefRow, Request, request_of
from generation.sampling import BriefAndSeed, sample_each, side_by_side

FEWEST_STEPS = 8


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


def sketch_of(studio: Studio, brief: Brief) -> BriefRow:
    """With its source; a low strength, which draws the last steps alone, keeps as many as give it one."""
    steps = sketch_steps(brief["steps"])
    if brief["strength"] is not None:
        steps = max(steps, fewest_steps(brief["strength"]))
    return with_source(studio, {**brief, "steps": steps})


def sketch_steps(steps: int) -> int:
    """Half the steps, but not below eight: both sides are drawn so, and twice as many briefs say more.

    On the starter 52 takes of 8 steps gained 1.78 deviations where those of 16 gained 1.82.
    """
    return max(min(steps, FEWEST_STEPS), steps // 2)


def id_of(brief: BriefRow | Request) -> int:
    return int(cast(Mapping[str, Any], brief)["id"])  # sketches of briefs are rows


def passes_of(take: BriefAndSeed) -> tuple[object, ...]:
    """What decides how often the denoisers are called for a take."""
    request = request_of(take[0])
    return *request.size, request.steps, request.guidance, request.guidance_2


def sampling_cost(model: TunableModel, takes: Sequence[BriefAndSeed]) -> float:
    """Tokens times steps of takes that are drawn side by side."""
    request = request_of(takes[0][0])
    return request.steps * model.family.tokens_per_item(model.pipe, *request.size)


def encode(model: TunableModel, drawn: Sequence[np.ndarray]) -> torch.Tensor:
    """Latents x0 of what was drawn, uint8 [F, H, W, 3] each; on the processor."""
    pixels = torch.from_numpy(np.stack(drawn)).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    with torch.no_grad():
        return model.family.encode_media(model.pipe, pixels).float().cpu()


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
