"""Scores takes by the reward model of a run, so that people can sort by what they are expected to prefer.

It comes last in a run, and is bounded in time: the newest takes first, the others by a later run, which finds in the cache
what this one encoded.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext

import torch
from tqdm import tqdm

from feedback.errors import Refused
from feedback.models.versions import production_version
from feedback.production.take_rewards import TakeToScore, add_rewards, takes_to_score
from feedback.store import Studio, media
from finetune.data.examples import Example
from finetune.data.latent_cache import ENCODED_AT_ONCE, LatentCache, by_shape, chunks
from finetune.reward.features.encoded_takes import encode_takes, kept_takes, missing_takes
from finetune.reward.features.hidden_states import TakeOfExample, read_cached_takes
from finetune.reward.features.statistics import measure_features
from finetune.reward.model import RewardModel
from generation.image_encoder import ImageEncoder
from generation.intake.drawable_shapes import undrawable_briefs

SECONDS = 600.0  # for all takes of a run
STORED_AT_ONCE = 256  # takes in one transaction: others who judge wait for its end

log = logging.getLogger(__name__)


def score_takes(
    cache: LatentCache,
    model: RewardModel,
    run: int,
    briefs: set[int],
    should_stop: Callable[[], bool],
    *,
    encoder: ImageEncoder | None = None,
    quiet: bool = True,
    seconds: float = SECONDS,
) -> int:
    """Stores the rewards of takes of the kinds that these briefs are; how many takes it scored.

    It ends early when the time is over or the run is asked to stop. Takes whose file is gone or damaged, or cannot be
    encoded, are left out. `encoder`: needed by a reward model that reads images.
    """
    studio, end, scored = cache.studio, time.monotonic() + seconds, 0
    undrawable, rewards = undrawable_briefs(studio, production_version(studio)), dict[int, float]()
    waiting = [take for take in takes_to_score(studio, briefs) if take.brief not in undrawable]
    loaded = encoder.loaded() if encoder is not None and model.reads_images else nullcontext()
    with loaded, tqdm(total=len(waiting), desc="scoring takes", unit="take", disable=quiet) as bar:
        for some in chunks(waiting, ENCODED_AT_ONCE):
            if should_stop() or time.monotonic() > end:
                break
            rewards |= dict(rewards_of(cache, model, some, encoder))
            bar.update(len(some))
            if len(rewards) >= STORED_AT_ONCE:
                scored += store(studio, run, model, rewards)
    return scored + store(studio, run, model, rewards)


def store(studio: Studio, run: int, model: RewardModel, rewards: dict[int, float]) -> int:
    """How many; `rewards` is empty afterwards."""
    count = len(rewards)
    add_rewards(studio, run, model.accuracy, rewards)
    rewards.clear()
    return count


def rewards_of(
    cache: LatentCache, model: RewardModel, takes: Sequence[TakeToScore], encoder: ImageEncoder | None
) -> Iterator[tuple[int, float]]:
    """(take, reward) of those that can be encoded."""
    examples = {each.sha256: example_of(each) for each in takes if is_whole(cache.studio, each.sha256)}
    try:
        if model.reads_images:
            assert encoder is not None
            encode_takes(cache, encoder, missing_takes(cache, encoder, sorted(examples)))
        else:
            encode(cache, model, examples)
    except (Refused, OSError, RuntimeError, ValueError) as error:
        log.warning("takes %s were not scored: %s", ", ".join(str(each.take) for each in takes), error)
    scores = (
        scores_by_image(cache, model, encoder, examples)
        if model.reads_images and encoder
        else scores_by_latents(cache, model, examples)
    )
    finite = {each: score for each, score in scores.items() if abs(score) < float("inf")}
    return ((each.take, finite[each.sha256]) for each in takes if each.sha256 in finite)


@torch.no_grad()
def scores_by_image(
    cache: LatentCache, model: RewardModel, encoder: ImageEncoder, takes: Iterable[str]
) -> dict[str, float]:
    """By sha256, of those that are in the cache."""
    gone = set(missing_takes(cache, encoder, list(takes)))
    there = [each for each in takes if each not in gone]
    return dict(zip(there, model.reward(kept_takes(cache, encoder, there)).tolist(), strict=True)) if there else {}


def scores_by_latents(cache: LatentCache, model: RewardModel, examples: Mapping[str, Example]) -> dict[str, float]:
    there = sorted(each for each in examples if cache.has("latents", cache.latent_key(each)))
    scores = dict[str, float]()
    for group in by_shape(there, cache.latent_shape):
        scores |= dict(zip(group, scores_of(cache, model, [(each, examples[each]) for each in group]), strict=True))
    return scores


def example_of(take: TakeToScore) -> Example:
    """The take beside itself: what the cache knows takes by."""
    return Example(take.brief, take.prompt, take.sha256, take.sha256, 0.5, 0.0, 0.0, 0.0, 0.0)


def encode(cache: LatentCache, model: RewardModel, examples: Mapping[str, Example]) -> None:
    """Latents, and prompts where the reward model needs them, that are not in the cache."""
    cache.encode_takes([each for each in sorted(examples) if not cache.has("latents", cache.latent_key(each))], skip)
    if model.reads_hidden_states:
        cache.encode_prompts(cache.find_missing(list(examples.values()), False).prompts, skip)


@torch.no_grad()
def scores_of(cache: LatentCache, model: RewardModel, takes: Sequence[TakeOfExample]) -> list[float]:
    """Of takes of one shape."""
    if model.reads_hidden_states:
        return model.reward(read_cached_takes(cache, takes)).tolist()
    x0 = torch.stack([cache.latent(each) for each, _ in takes])
    return model.reward(measure_features(x0, model.colour_map)).tolist()


def is_whole(studio: Studio, sha256: str) -> bool:
    try:
        media.whole_path_of(studio, sha256)
    except (Refused, OSError) as error:
        log.warning("not scored: %s", error)
        return False
    return True


def skip(count: int) -> None:
    """Progress is counted by takes, encoded or not."""
