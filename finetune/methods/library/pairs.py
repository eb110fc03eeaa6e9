"""Frames of the library against takes that the model draws of the same words, and against copies that it draws over; and these
copies against the takes.

What is drawn is kept in the cache alone, under names that depend on the reference: the next night draws nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from tqdm import tqdm

from feedback.production.briefs import get_brief
from finetune.data.examples import Example
from finetune.data.latent_cache import ENCODED_AT_ONCE, LatentCache, by_shape
from finetune.data.library.pictures import read_row
from finetune.data.library.split import Row, name_of, rows_of
from finetune.digests import digest
from finetune.memory.uses import MEDIA
from finetune.methods.drawing import Sketch, TakesToRank, describe_missing, draw_missing, sketch_of
from finetune.methods.drawing import name_of as name_of_sketch
from finetune.methods.protocol import OnProgress, RunContext, Work
from finetune.metrics import LibraryPairsMetrics
from finetune.reward.anchors import COPIES_OVER_TAKES, OWN_TAKES, REDRAWN, Anchors
from finetune.reward.features.hidden_states import TakeOfExample, read_cached_takes
from finetune.reward.features.sets import Groups
from finetune.reward.features.statistics import measure_features
from finetune.reward.fit import AnchorEffect
from finetune.settings import Recipe
from generation.drawable import is_drawable
from generation.request import BriefRow, request_of

SEED = 2000  # no other takes that runs draw have it
REDRAWN_FROM = 0.6  # the noise level, 0 to 1, from which a frame is drawn over: what is where stays, what it looks like is the model's


@dataclass
class LibraryPairs:
    """What is to be drawn, and the pairs that come of it."""

    frames: dict[str, Row] = field(default_factory=dict)  # by their name in the cache
    sketches: list[Sketch] = field(default_factory=list)
    pairs: dict[str, list[Example]] = field(
        default_factory=lambda: {REDRAWN: [], OWN_TAKES: [], COPIES_OVER_TAKES: []}
    )  # winners are left

    @property
    def takes(self) -> list[TakeOfExample]:
        """Each frame and drawn take once, in the order of their names."""
        named = {name: pair for pairs in self.pairs.values() for pair in pairs for name in (pair.left, pair.right)}
        return sorted(named.items())

    @property
    def to_draw(self) -> TakesToRank:
        return TakesToRank({}, self.sketches, {})


def find_pairs(cache: LatentCache, rows: Sequence[Row]) -> LibraryPairs:
    """Of frames and clips that a run has beside judgements; of one that the model cannot draw, none."""
    library = LibraryPairs()
    for row in rows:
        brief, frame = brief_like(cache, row), digest(name_of(row), "decoded again")
        if not is_drawable(cache.studio, cache.model, brief):
            continue
        over = {**brief, "source_media": row["media"], "strength": REDRAWN_FROM}
        take = add_sketch(cache, library, brief, brief)
        library.pairs[OWN_TAKES].append(pair_of(row, frame, take))
        if is_drawable(cache.studio, cache.model, over):
            copy = add_sketch(cache, library, over, brief)
            library.pairs[REDRAWN].append(pair_of(row, frame, copy))
            library.pairs[COPIES_OVER_TAKES].append(pair_of(row, copy, take))
        library.frames[frame] = row
        cache.add_drawn(frame, request_of(brief))
    return library


def add_sketch(cache: LatentCache, library: LibraryPairs, row: BriefRow, brief: BriefRow) -> str:
    """The name of a take of `row` that is to be drawn; it is read as one of `brief`."""
    sketch = sketch_of(cache.studio, row)  # type: ignore[arg-type]
    name = name_of_sketch(cache.model, request_of(sketch), SEED)
    library.sketches.append(Sketch(name, sketch, SEED))
    cache.add_drawn(name, request_of(brief))
    return name


def brief_like(cache: LatentCache, row: Row) -> BriefRow:
    """A brief with the frame's words and size, and the settings of one that was judged."""
    size = {"width": row["width"], "height": row["height"], "frames": row["frames"]}
    none = {"source_media": None, "mask_media": None, "strength": None}
    return {**get_brief(cache.studio, row["like"]), "prompt": row["prompt"], **size, **none}


def pair_of(row: Row, winner: str, loser: str) -> Example:
    """Its weight is set when it is known; of no brief, so the number is none of one."""
    return Example(-row["item"], row["prompt"], winner, loser, 1.0, 1.0, 0.0, 1.0, 0.0, compared=False)


def draw_pairs(run: RunContext, on_progress: OnProgress) -> LibraryPairs | None:
    """Draws and encodes what is missing; None where the run has nothing of the library beside judgements. All processes call it."""
    rows = [row for row in rows_of(run.dataset.snapshot) if row["like"] is not None]
    library = find_pairs(run.cache, rows) if rows else None
    if library is None or not library.frames:
        return None
    with tqdm(total=100, desc="drawing takes to set frames against", unit="%", disable=run.quiet) as bar:

        def report(share: float) -> None:
            bar.update(round(100 * share) - bar.n)
            on_progress(share)

        draw_missing(run.cache, library.to_draw, report)
    encode_frames(run.cache, library.frames)
    run.cache.fill_prompts([example for _, example in library.takes])
    return library


def describe_drawing_pairs(run: RunContext, snapshot: Mapping[str, Any]) -> list[Work]:
    """What that will take, for a dry run."""
    rows = [row for row in rows_of(snapshot) if row["like"] is not None]
    return describe_missing(run.cache, find_pairs(run.cache, rows).to_draw) if rows else []


def encode_frames(cache: LatentCache, frames: Mapping[str, Row]) -> None:
    """Frames as takes are encoded: through the VAE to pixels of eight bits and back, so that they differ in no such trace."""
    model = cache.model
    names = model.processes.from_first(
        lambda: [name for name in sorted(frames) if not cache.has("latents", cache.latent_key(name))]
    )

    def encode(some: Sequence[str]) -> dict[str, torch.Tensor]:
        pixels = torch.stack([read_row(cache.studio, frames[name]) for name in some])
        decoded = model.family.decode(model.pipe, model.family.encode_media(model.pipe, pixels)).float().cpu()
        shown = ((decoded.clamp(-1, 1) + 1) * 127.5).round() / 127.5 - 1
        return dict(zip(some, model.family.encode_media(model.pipe, shown).float(), strict=True))

    own = names[model.processes.number :: model.processes.count]
    with torch.no_grad(), model.parts.encoding_media():
        for group in by_shape(own, cache.media_size):
            for latents in model.memory.in_pieces(MEDIA, cache.media_size(group[0]), group, ENCODED_AT_ONCE, encode):
                for name, latent in latents.items():
                    cache.put("latents", cache.latent_key(name), {"x0": latent})
    model.processes.wait()


def read_states(cache: LatentCache, library: LibraryPairs | None) -> Groups | None:
    """Hidden states of its frames and takes; all processes call it."""
    return None if library is None else read_cached_takes(cache, library.takes)


def anchors_of(
    cache: LatentCache, library: LibraryPairs | None, states: Groups | None, colour_map: torch.Tensor, recipe: Recipe
) -> Anchors | None:
    """The pairs as a reward model reads them. `states`: of `takes`, a row each, where it may read them."""
    if library is None:
        return None
    names = [name for name, _ in library.takes]
    rows = {name: measure_features(cache.latent(name)[None], colour_map) for name in names}
    groups = {group: torch.cat([rows[name][group] for name in names]) for group in next(iter(rows.values()))}
    place = {name: number for number, name in enumerate(names)}
    sides = {
        side: tuple(torch.tensor([place[getattr(pair, each)] for pair in pairs]) for each in ("left", "right"))
        for side, pairs in library.pairs.items()
        if pairs
    }
    weight = None if recipe.library.pairs_weight == "auto" else float(recipe.library.pairs_weight)
    return Anchors({**groups, **(states or {})}, sides, recipe.data.label_smoothing or 0.0, weight)  # type: ignore[arg-type]


def describe_anchor(effect: AnchorEffect, items: int) -> LibraryPairsMetrics:
    """For the run's record."""
    return {
        "weight": effect.chosen.weight,
        "against": effect.chosen.against,
        "items": items,
        "loss_with": effect.loss_with,
        "loss_without": effect.loss_without,
        "reason": effect.reason,
        "why": effect.why,
    }
