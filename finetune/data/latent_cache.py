"""Latents, prompt embeddings and reference errors, computed once and kept across epochs and nights.

Small safetensors files under content hashes in the studio's `cache` folder, memory-mapped when read. The folder may be
deleted at any time: a missing or broken file is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from tqdm import tqdm

from feedback.durable_files import whole_file
from feedback.production.briefs import get_brief
from feedback.store import Studio, media
from finetune.data.batches import Batch, build_batch, noise_levels, side_errors
from finetune.data.examples import Example
from finetune.data.pixels import read_pixels
from finetune.digests import digest
from finetune.settings import NoiseLevelSettings
from finetune.tunable_model import TunableModel
from generation.request import Request, request_of

ENCODED_AT_ONCE = 8  # takes in the VAE
PAIRS_AT_ONCE = 16  # pairs in the denoiser, two items each
OnProgress = Callable[[float], None]
Tensors = dict[str, torch.Tensor]


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
    ) -> None:
        self.studio, self.model = studio, model
        self.folder = studio.folder / "cache"
        self.requests: dict[str, Request] = {}  # of takes, by their media
        self.draws, self.low, self.high, self.weighting, self.shift = draws, low, high, weighting, shift
        self.scheme = f"{draws} levels in [{low:g}, {high:g}]" + (f", {weighting}" if weighting != "uniform" else "")
        self.scheme += f", shift {shift:g}" if shift != 1 else ""

    def latent(self, sha256: str) -> torch.Tensor:
        """x0 of a take, [z, F, H, W] float32."""
        return self.get("latents", self.latent_key(sha256))["x0"]

    def condition(self, example: Example) -> Tensors:
        """The family's condition of one example's takes, without the batch axis."""
        return self.get("prompts", self.condition_key(example))

    def reference(self, example: Example) -> torch.Tensor:
        """Mean squared errors of the reference, [draws, 2], left and right."""
        return self.get("reference", self.reference_key(example))["m"]

    def references(self, examples: Sequence[Example], draws: Sequence[int]) -> torch.Tensor:
        """The same of several examples, at one draw each: [B, 2]."""
        return torch.stack([self.reference(example)[draw] for example, draw in zip(examples, draws, strict=True)])

    def latent_key(self, sha256: str) -> str:
        """Latents also depend on the number format that the VAE computes in."""
        return digest(self.model.base_sha256, str(self.model.pipe.vae.dtype), sha256)

    def condition_key(self, example: Example) -> str:
        parts = self.model.family.condition_key(self.request_of(example))
        return digest(self.model.base_sha256, str(self.model.dtype), *parts)

    def request_of(self, example: Example) -> Request:
        """What its takes were drawn by: their brief, which never changes, and the size that they have."""
        if example.left not in self.requests:
            row, drawn_by = media.describe(self.studio, example.left), request_of(get_brief(self.studio, example.brief))
            width, height, frames = row["width"], row["height"], row["frames"]
            self.requests[example.left] = replace(
                drawn_by, prompt=example.prompt, width=width, height=height, frames=frames
            )
        return self.requests[example.left]

    def reference_key(self, example: Example) -> str:
        return digest(self.model.sha256, example.key, self.condition_key(example), self.scheme)

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
            save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, partial)

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
        takes = sorted({sha256 for example in examples for sha256 in (example.left, example.right)})
        conditions = {self.condition_key(example): example for example in examples}
        missing_takes = [take for take in takes if not self.has("latents", self.latent_key(take))]
        missing_conditions = sorted(
            (example for key, example in conditions.items() if not self.has("prompts", key)),
            key=lambda example: (example.prompt, self.request_of(example).size),
        )
        needed = {self.reference_key(each): each for each in (examples if with_reference_errors else ())}
        missing = [each for key, each in needed.items() if not self.has("reference", key)]
        total = len(missing_takes) + len(missing_conditions) + len(missing)
        done = 0
        with tqdm(total=total, desc="cache", unit="item", disable=quiet or not total) as bar:

            def step(count: int) -> None:
                nonlocal done
                done += count
                bar.update(count)
                on_progress(done / total)

            self.encode_takes(missing_takes, step)
            self.encode_prompts(missing_conditions, step)
            self.measure_reference(missing, step)

    def encode_takes(self, takes: Sequence[str], step: Callable[[int], None]) -> None:
        family, pipe = self.model.family, self.model.pipe
        for group in chunks(takes, ENCODED_AT_ONCE):
            for shape_group in by_shape([(take, read_pixels(media.path_of(self.studio, take))) for take in group]):
                x0 = family.encode_media(pipe, torch.stack([pixels for _, pixels in shape_group]))
                for (take, _), latent in zip(shape_group, x0.float(), strict=True):
                    self.put("latents", self.latent_key(take), {"x0": latent})
            step(len(group))

    def encode_prompts(self, examples: Sequence[Example], step: Callable[[int], None]) -> None:
        for group in chunks(examples, ENCODED_AT_ONCE):
            encoded = self.model.family.encode_prompt(self.model.pipe, [self.request_of(each) for each in group])
            for row, example in enumerate(group):
                self.put("prompts", self.condition_key(example), {name: rows[row] for name, rows in encoded.items()})
            step(len(group))

    def measure_reference(self, examples: Sequence[Example], step: Callable[[int], None]) -> None:
        """One error per noise level and side; all levels of a pair are in the same shape, so they share a batch."""
        for example in examples:
            columns = []
            for draws in chunks(range(self.draws), PAIRS_AT_ONCE):
                batch = self.batch([example] * len(draws), list(draws))
                with torch.no_grad(), self.model.reference():
                    columns.append(torch.stack(side_errors(self.model, batch).errors, dim=1))
            self.put("reference", self.reference_key(example), {"m": torch.cat(columns)})
            step(1)

    def batch(self, examples: Sequence[Example], draws: Sequence[int]) -> Batch:
        """The noisy latents of these pairs at these draws, on the model's device."""
        return build_batch(
            self.model,
            [(self.latent(example.left), self.latent(example.right)) for example in examples],
            [self.condition(example) for example in examples],
            [self.levels(example)[draw] for example, draw in zip(examples, draws, strict=True)],
            [f"{example.key}:{draw}" for example, draw in zip(examples, draws, strict=True)],
        )

    def levels(self, example: Example) -> list[float]:
        """The pair's own noise levels, rising."""
        return noise_levels(example.key, self.draws, self.low, self.high, self.weighting, self.shift)


def make_latent_cache(studio: Studio, model: TunableModel, levels: NoiseLevelSettings) -> LatentCache:
    """With those of the recipe's noise levels that the model's network is used for."""
    low, high = max(model.low, levels.low), min(model.high, levels.high)
    return LatentCache(studio, model, levels.draws_per_pair, low, high, levels.weighting, levels.shift)


def chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def by_shape(items: Iterable[tuple[str, torch.Tensor]]) -> list[list[tuple[str, torch.Tensor]]]:
    groups: dict[tuple[int, ...], list[tuple[str, torch.Tensor]]] = {}
    for item in items:
        groups.setdefault(tuple(item[1].shape), []).append(item)
    return list(groups.values())
