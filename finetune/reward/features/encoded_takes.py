"""Takes as an image encoder sees them, read once for each and kept in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from feedback.store import media
from finetune.data.latent_cache import LatentCache, by_shape
from finetune.digests import digest
from finetune.memory.uses import IMAGES
from finetune.reward.features.image_encoder import FRAMES, groups_of
from finetune.reward.features.sets import Groups
from generation.image_encoder import FRAMES_AT_ONCE, ImageEncoder, LoadedEncoder
from generation.media.decode import read_frames

KIND = "image_encoder"  # of the cache's files
SCHEME = f"{FRAMES} frames, 4x4"  # of what is kept


def read_encoded_takes(
    cache: LatentCache, encoder: ImageEncoder, takes: Sequence[str], on_batch: Callable[[], None] = lambda: None
) -> Groups:
    """Groups of archived takes, by their sha256, a row each, float32.

    They are kept in 16 bits under the hashes of take and encoder. The network is in memory only while some are missing. Each
    process of a run reads some; all of them must call this. `on_batch` may raise to stop. Invalid names a file that cannot
    be read.
    """
    processes = cache.model.processes
    missing = processes.from_first(lambda: missing_takes(cache, encoder, takes))
    encode_takes(cache, encoder, missing[processes.number :: processes.count], on_batch)
    processes.wait()
    return kept_takes(cache, encoder, takes)


def kept_takes(cache: LatentCache, encoder: ImageEncoder, takes: Sequence[str]) -> Groups:
    """Of takes that are in the cache."""
    rows = [cache.get(KIND, key_of(encoder, take)) for take in takes]
    return {name: torch.stack([row[name] for row in rows]).float() for name in rows[0]}


def missing_takes(cache: LatentCache, encoder: ImageEncoder, takes: Sequence[str]) -> list[str]:
    return [take for take in dict.fromkeys(takes) if not cache.has(KIND, key_of(encoder, take))]


def encode_takes(
    cache: LatentCache, encoder: ImageEncoder, takes: Sequence[str], on_batch: Callable[[], None] = lambda: None
) -> None:
    """Puts these into the cache, by this process alone."""
    if takes:
        with encoder.loaded() as loaded:
            for some in by_shape(takes, cache.media_size):
                encode_alike(cache, loaded, some, on_batch)


def encode_alike(cache: LatentCache, loaded: LoadedEncoder, takes: Sequence[str], on_batch: Callable[[], None]) -> None:
    """Of takes of one shape, a few at a time."""
    frames, height, width = cache.media_size(takes[0])
    most = max(1, FRAMES_AT_ONCE // min(frames, FRAMES))

    def encode(some: Sequence[str]) -> None:
        on_batch()
        groups = groups_of(loaded, [read_frames(media.whole_path_of(cache.studio, take)) for take in some])
        for row, take in enumerate(some):
            halves = {name: values[row].half() for name, values in groups.items()}
            cache.put(KIND, key_of(loaded.encoder, take), halves)

    cache.model.memory.in_pieces(IMAGES, (frames, height, width), takes, most, encode)


def key_of(encoder: ImageEncoder, take: str) -> str:
    return digest(encoder.sha256, take, SCHEME)
