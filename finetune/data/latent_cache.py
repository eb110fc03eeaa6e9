"""Latents, prompt embeddings and reference errors, computed once and kept across epochs and nights.

Small safetensors files under content hashes in the studio's `cache` folder, memory-mapped when read. The folder may be
deleted at any time: a missing or broken file is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from tqdm import tqdm

from feedback.durable_files import whole_file
from feedback.production.briefs import get_brief
from feedback.store import Studio, media
from finetune.data.batches import Batch, Latents, build_batch, noise_levels, side_errors
from finetune.data.examples import Example
from finetune.data.pixels import read_pixels
from finetune.data.pointing import weights_over
from finetune.data.read_ahead import ReadAhead
from finetune.digests import digest
from finetune.memory.uses import MEDIA, PROMPTS, REFERENCE_ERRORS
from finetune.settings import NoiseLevelSettings
from finetune.tensor_files import save_tensors
from finetune.tunable_model import TunableModel
from generation.request import Request, request_of

ENCODED_AT_ONCE = 8  # takes in the VAE, where so many fit
PAIRS_AT_ONCE = 16  # pairs in the denoiser, two items each, where so many fit
PLAIN, LOCAL = "m", "local"  # the reference's errors in a file of the cache: all places alike, and by weight
OnProgress = Callable[[float], None]
Tensors = dict[str, torch.Tensor]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Missing:
    """What has to be computed before these examples can be learned from."""

    takes: list[str]  # sha256
    prompts: list[Example]  # one of each condition
    references: list[Example]

    @property
    def count(self) -> int:
        return len(self.takes) + len(self.prompts) + len(self.references)


class LatentCache:
    """Latents, conditions and reference errors of one model's reference, by what they were computed from."""

    def __init__(
        self,
        studio: Studio,
        model: TunableModel,
        draws: int,
        low: float,
        high: float,
        weighting: str = "uniform",
        shift: float = 1.0,
        region_weight: float = 0.0,
    ) -> None:
        """`region_weight`: of the recipe's data, where errors are to count more where people pointed."""
        self.region_weight = region_weight
        self.studio, self.model = studio, model
        self.folder, self.vae_format = studio.folder / "cache", str(model.pipe.vae.dtype)
        self.requests: dict[str, Request] = {}  # of takes, by their media
        self.readers: dict[str, Callable[[], torch.Tensor]] = {}  # of pixels that are not media as they are, by name
        self.draws, self.low, self.high, self.weighting, self.shift = draws, low, high, weighting, shift
        self.scheme = f"{draws} levels in [{low:g}, {high:g}]" + (f", {weighting}" if weighting != "uniform" else "")
        self.scheme += f", shift {shift:g}" if shift != 1 else ""
        self.ahead = ReadAhead(self.read_batch)
        self.condition_keys: dict[Example, str] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.errors: dict[str, Tensors] = {}  # of the reference: a few numbers a pair
        # Of a method whose examples are single takes: how their batches are read.
        self.alone: Callable[[LatentCache, Sequence[Example], Sequence[int]], Batch] | None = None

    def latent(self, sha256: str) -> torch.Tensor:
        """x0 of a take, [z, F, H, W] float32."""
        return self.get("latents", self.latent_key(sha256))["x0"]

    def latent_shape(self, sha256: str) -> tuple[int, ...]:
        """Of its x0, without reading it."""
        key = self.latent_key(sha256)
        if key not in self.shapes:
            with safe_open(str(self.path("latents", key)), framework="pt") as file:
                self.shapes[key] = tuple(file.get_slice("x0").get_shape())
        return self.shapes[key]

    def condition(self, example: Example) -> Tensors:
        """The family's condition of one example's takes, without the batch axis."""
        return self.get("prompts", self.condition_key(example))

    def reference(self, example: Example, name: str = PLAIN) -> torch.Tensor:
        """Mean squared errors of the reference, [draws, 2], left and right."""
        key = self.reference_key(example)
        if key not in self.errors:
            self.errors[key] = self.get("reference", key)
        return self.errors[key][name]

    def local_reference(self, example: Example) -> torch.Tensor:
        """The same by the weight of where people pointed."""
        return self.reference(example, LOCAL) if self.is_local(example) else self.reference(example)

    def references(self, examples: Sequence[Example], draws: Sequence[int]) -> torch.Tensor:
        """The local ones of several examples, at one draw each: [B, 2]."""
        return torch.stack([self.local_reference(each)[draw] for each, draw in zip(examples, draws, strict=True)])

    def is_local(self, example: Example) -> bool:
        """Whether places of its takes weigh differently."""
        return self.region_weight > 0 and example.pointed

    def latent_key(self, sha256: str) -> str:
        """Latents also depend on the number format that the VAE computes in, and on whether it works in tiles."""
        return digest(self.model.base_sha256, self.vae_format, sha256, *self.tiles)

    @property
    def tiles(self) -> list[str]:
        return ["in tiles"] if self.model.parts.tiling else []

    def condition_key(self, example: Example) -> str:
        if example not in self.condition_keys:
            parts = self.model.family.condition_key(self.request_of(example))
            self.condition_keys[example] = digest(self.model.base_sha256, str(self.model.dtype), *parts)
        return self.condition_keys[example]

    def request_of(self, example: Example) -> Request:
        """What its takes were drawn by, with its prompt: their brief, which never changes, and the size that they have."""
        if example.left not in self.requests:
            row, drawn_by = media.describe(self.studio, example.left), request_of(get_brief(self.studio, example.brief))
            width, height, frames = row["width"], row["height"], row["frames"]
            self.requests[example.left] = replace(drawn_by, width=width, height=height, frames=frames)
        return replace(self.requests[example.left], prompt=example.prompt)

    def add_drawn(self, name: str, request: Request, read: Callable[[], torch.Tensor] | None = None) -> None:
        """Makes a take known that a run drew itself, and that is nowhere but here, under `name` instead of a sha256.

        `read`: gives its pixels, [3, F, H, W], where they can be read anew.
        """
        self.requests[name] = request
        if read is not None:
            self.readers[name] = read

    def reference_key(self, example: Example) -> str:
        pointed = [repr((self.region_weight, example.pointed_left, example.pointed_right))]
        local = pointed if self.is_local(example) else []
        return digest(self.model.sha256, example.key, self.condition_key(example), self.scheme, *self.tiles, *local)

    def path(self, kind: str, key: str) -> Path:
        return self.folder / kind / key[:2] / f"{key[2:]}.safetensors"

    def get(self, kind: str, key: str) -> Tensors:
        with safe_open(str(self.path(kind, key)), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (a safe_open is no mapping)

    def has(self, kind: str, key: str) -> bool:
        try:
            return bool(self.get(kind, key))
        except (OSError, SafetensorError):
            return False

    def put(self, kind: str, key: str, tensors: Tensors) -> None:
        path = self.path(kind, key)
        with whole_file(path, durable=False) as partial:
            save_tensors({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, partial)

    def fill(
        self,
        examples: Sequence[Example],
        on_progress: OnProgress,
        quiet: bool = False,
        with_reference_errors: bool = True,
    ) -> None:
        """Computes what is missing. `on_progress` gets the share done, 0 to 1, and may raise to stop.

        `with_reference_errors`: whether the reference's errors are needed too.
        """
        processes, done = self.model.processes, 0
        missing = self.own_share(examples, with_reference_errors)
        with tqdm(total=missing.count, desc="cache", unit="item", disable=quiet or not missing.count) as bar:

            def step(count: int) -> None:
                nonlocal done
                done += count
                bar.update(count)
                on_progress(min(1.0, done / missing.count))

            tiles = self.tiles
            self.encode_takes(missing.takes, step)
            if processes.any(self.tiles != tiles):  # from the middle on: all takes are to be encoded alike
                self.model.parts.use_tiling()
                missing = self.own_share(examples, with_reference_errors)
                self.encode_takes(missing.takes, step)
            self.encode_prompts(missing.prompts, step)
            self.model.parts.send_away()
            processes.wait()
            self.measure_reference(missing.references, step)
            processes.wait()

    def own_share(self, examples: Sequence[Example], with_reference_errors: bool) -> Missing:
        """What of these examples this process is to compute: the first one looks, since others' disks may lag behind."""
        processes = self.model.processes
        missing = processes.from_first(lambda: self.find_missing(examples, with_reference_errors))
        if processes.is_alone:
            return missing
        own = slice(processes.number, None, processes.count)
        sizes = [self.media_size(each.left) for each in missing.references]
        references = [missing.references[place] for place in processes.places(sizes)]
        return Missing(missing.takes[own], missing.prompts[own], references)

    def find_missing(self, examples: Sequence[Example], with_reference_errors: bool = True) -> Missing:
        """What of these examples is not in the cache, or broken."""
        takes = sorted({sha256 for example in examples for sha256 in (example.left, example.right)})
        conditions = {self.condition_key(example): example for example in examples}
        missing_conditions = sorted(
            (example for key, example in conditions.items() if not self.has("prompts", key)),
            key=lambda example: (example.prompt, self.request_of(example).size),
        )
        references = {self.reference_key(each): each for each in (examples if with_reference_errors else ())}
        return Missing(
            [take for take in takes if not self.has("latents", self.latent_key(take))],
            missing_conditions,
            [each for key, each in references.items() if not self.has("reference", key)],
        )

    def encode_takes(self, takes: Sequence[str], step: Callable[[int], None]) -> None:
        if not takes:
            return
        memory = self.model.memory
        with self.model.parts.encoding_media():
            for group in chunks(takes, ENCODED_AT_ONCE):
                for some in by_shape(group, self.media_size):
                    size = self.media_size(some[0])
                    for latents in memory.in_pieces(MEDIA, size, some, ENCODED_AT_ONCE, self.encode_together):
                        for take, latent in latents.items():
                            self.put("latents", self.latent_key(take), {"x0": latent})
                step(len(group))

    def media_size(self, take: str) -> tuple[int, ...]:
        """(frames, height, width)."""
        if take in self.requests:
            known = self.requests[take]
            return known.frames, known.height, known.width
        row = media.describe(self.studio, take)
        return row["frames"], row["height"], row["width"]

    def encode_together(self, takes: Sequence[str]) -> Tensors:
        """x0 of each take, float32, all of one size."""
        pixels = torch.stack([self.pixels(take) for take in takes])
        x0 = self.model.family.encode_media(self.model.pipe, pixels)
        return dict(zip(takes, x0.float(), strict=True))

    def pixels(self, take: str) -> torch.Tensor:
        """[3, F, H, W] in [-1, 1]."""
        read = self.readers.get(take)
        return read_pixels(media.whole_path_of(self.studio, take)) if read is None else read()

    def encode_prompts(self, examples: Sequence[Example], step: Callable[[int], None]) -> None:
        if not examples:
            return
        memory = self.model.memory
        with self.model.parts.encoding_prompts():
            for group in chunks(examples, ENCODED_AT_ONCE):
                for some in memory.in_pieces(PROMPTS, (), group, ENCODED_AT_ONCE, self.encode_texts):
                    for example, rows in some:
                        self.put("prompts", self.condition_key(example), rows)
                step(len(group))

    def fill_prompts(self, examples: Sequence[Example]) -> None:
        """Encodes the prompts of these examples that are missing; each process of a run encodes some."""
        processes = self.model.processes
        unique = {self.condition_key(example): example for example in examples}
        missing = processes.from_first(lambda: [each for key, each in unique.items() if not self.has("prompts", key)])
        self.encode_prompts(missing[processes.number :: processes.count], lambda count: None)
        processes.wait()

    def encode_texts(self, examples: Sequence[Example]) -> list[tuple[Example, Tensors]]:
        requests = [self.request_of(example) for example in examples]
        encoded = self.model.family.encode_prompt(self.model.pipe, requests)
        return [(each, {name: rows[row] for name, rows in encoded.items()}) for row, each in enumerate(examples)]

    def measure_reference(self, examples: Sequence[Example], step: Callable[[int], None]) -> None:
        """One error per noise level and side; all levels of a pair are in the same shape, so they share a batch."""
        for example in examples:

            def errors(draws: Sequence[int], example: Example = example) -> torch.Tensor:
                with torch.no_grad(), self.model.reference():
                    measured = side_errors(self.model, self.batch([example] * len(draws), draws))
                return torch.stack([*measured.errors, *measured.local], dim=1).cpu()

            shape = self.latent_shape(example.left)
            columns = self.model.memory.in_pieces(REFERENCE_ERRORS, shape, range(self.draws), PAIRS_AT_ONCE, errors)
            plain, local = torch.cat(columns).chunk(2, dim=1)
            both = {PLAIN: plain, LOCAL: local} if self.is_local(example) else {PLAIN: plain}
            self.put("reference", self.reference_key(example), both)
            step(1)

    def batch(self, examples: Sequence[Example], draws: Sequence[int]) -> Batch:
        """The noisy latents of these pairs at these draws, on the model's device."""
        return self.ahead.take(examples, draws).sent(self.model.device)

    def read_batch(self, examples: Sequence[Example], draws: Sequence[int]) -> Batch:
        """The same, ready to be sent there. Any thread may call it."""
        return self.read_pairs(examples, draws) if self.alone is None else self.alone(self, examples, draws)

    def read_pairs(self, examples: Sequence[Example], draws: Sequence[int]) -> Batch:
        batch = build_batch(
            self.model,
            [(self.latent(example.left), self.latent(example.right)) for example in examples],
            [self.condition(example) for example in examples],
            [self.levels(example)[draw] for example, draw in zip(examples, draws, strict=True)],
            [f"{example.key}:{draw}" for example, draw in zip(examples, draws, strict=True)],
            [self.weights(example) for example in examples] if any(map(self.is_local, examples)) else None,
        )
        return batch.pinned(self.model.device)

    def weights(self, example: Example) -> Latents:
        """Of the places of its left and of its right take, [F, h, w] each, 1 on average."""
        left, right = (
            weights_over(pointing, self.latent_shape(take)[1:], self.region_weight)
            for pointing, take in ((example.pointed_left, example.left), (example.pointed_right, example.right))
        )
        return left, right

    def levels(self, example: Example) -> list[float]:
        """The pair's own noise levels, rising."""
        return noise_levels(example.key, self.draws, self.low, self.high, self.weighting, self.shift)


def make_latent_cache(
    studio: Studio, model: TunableModel, levels: NoiseLevelSettings, region_weight: float = 0.0
) -> LatentCache:
    """With those of the recipe's noise levels that the model's network is used for. `region_weight`: as for the class."""
    low, high = max(model.low, levels.low), min(model.high, levels.high)
    return LatentCache(studio, model, levels.draws_per_pair, low, high, levels.weighting, levels.shift, region_weight)


def chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def by_shape(items: Iterable[Item], shape_of: Callable[[Item], tuple[int, ...]]) -> list[list[Item]]:
    """Items that go through a network together, in their order."""
    groups: dict[tuple[int, ...], list[Item]] = {}
    for item in items:
        groups.setdefault(shape_of(item), []).append(item)
    return list(groups.values())
