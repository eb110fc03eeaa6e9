"""`python -m benchmarks.copies.descriptors`: do a reward model's descriptors know copies, or the same content drawn anew?

Three kinds are asked as an image encoder is (`generation.copies.encoding`): the 61 numbers by which pairs are chosen, statistics of
latents, and hidden states of the starter's denoiser. Numbers are divided by how much they vary over the library, and the
library sets the threshold, by the product's rule.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.copies.__main__ import pixels_of
from benchmarks.copies.changes import GOAL, resized
from benchmarks.house_style.points import BenchmarkSetup
from benchmarks.pair_selection import as_pixels
from benchmarks.reward_accuracy.states import noisy
from benchmarks.synthetic.scenes import render, sample_content, sample_style
from feedback.copies.threshold import allowed
from feedback.pair_selection.descriptors import measure_descriptors
from finetune.reward.features.colour_map import fit_colour_map
from finetune.reward.features.hidden_states import grid_features
from finetune.reward.features.sets import HIDDEN_STATES, STATISTICS
from finetune.reward.features.statistics import measure_features
from generation.copies.encoding import as_unit
from generation.families.hidden import LEVEL
from generation.models.loading import load_base
from generation.request import request_of
from generation.starter import DEFAULT_SIZE, WEIGHTS

AT_ONCE = 16
STATES = "hidden_states_4x4"
Vectors = dict[str, np.ndarray]  # by kind of descriptors, float [pictures, d]


class Reader:
    """The starter as a reward model reads by it."""

    def __init__(self) -> None:
        self.pipe, self.family, _ = load_base(str(WEIGHTS))
        brief = BenchmarkSetup().brief("")
        self.condition = {
            name: value.float() for name, value in self.family.encode_prompt(self.pipe, [request_of(brief)]).items()
        }
        self.colour_map: torch.Tensor | None = None

    @torch.no_grad()
    def read(self, pictures: Sequence[np.ndarray]) -> Vectors:
        parts = [
            self.read_some(pictures[first : first + AT_ONCE])
            for first in tqdm(range(0, len(pictures), AT_ONCE), file=sys.stderr)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def read_some(self, pictures: Sequence[np.ndarray]) -> Vectors:
        side = int(DEFAULT_SIZE[0])
        pixels = torch.stack([as_pixels(resized(picture, (side, side))) for picture in pictures])
        latents = self.family.encode_media(self.pipe, pixels).float()
        if self.colour_map is None:
            self.colour_map = fit_colour_map(latents, pixels, max(latents.shape[3:]))
        statistics = measure_features(latents, self.colour_map)
        x_t = noisy(self.family, latents, [str(number) for number in range(len(latents))])
        condition = {name: value.expand(len(latents), *value.shape[1:]) for name, value in self.condition.items()}
        network = self.pipe.transformer.float().eval()
        states = grid_features(self.family.hidden_states(network, x_t, torch.full((len(latents),), LEVEL), condition))
        return {
            "61 numbers": np.stack([measure_descriptors(picture[None]) for picture in pictures]),
            "statistics": torch.cat([statistics[name] for name in STATISTICS["layout"]], dim=1).numpy(),
            STATES: torch.cat([states[name] for name in HIDDEN_STATES[STATES]], dim=1).numpy(),
        }


def cosines(library: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """float [queries, library]; numbers that never vary count for nothing."""
    mean, spread = library.mean(axis=0), library.std(axis=0)
    own, other = (as_unit((each - mean) / np.maximum(spread, 1e-3)) for each in (library, queries))
    return other @ own.T


def threshold_of(library: np.ndarray) -> float:
    alike = cosines(library, library)
    np.fill_diagonal(alike, -1)
    highest = np.sort(alike.max(axis=1))[::-1]
    return float(highest[allowed(len(highest))]) + 1e-6


def drawn_anew(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """One content in two looks."""
    random = np.random.default_rng([7, seed])
    content = sample_content(random)
    first, second = (render(content, sample_style(random), int(DEFAULT_SIZE[0]), 1, seed + n)[0] for n in (0, 1))
    return first, second


def measure(paths: list[Path], copies: int, anew: int) -> dict[str, Any]:
    reader, random = Reader(), np.random.default_rng(0)
    library, distinct = ([pixels_of(path) for path in some] for some in (paths[::2], paths[1::2]))
    known = reader.read(library)
    queries = {"distinct": reader.read(distinct)}
    for name, change in GOAL.items():
        queries[name] = reader.read([change(picture, random) for picture in library[:copies]])
    results: dict[str, Any] = {}
    for kind, rows in known.items():
        limit = threshold_of(rows)
        marked = {
            name: float((cosines(rows, vectors[kind]).max(axis=1) >= limit).mean()) for name, vectors in queries.items()
        }
        results[kind] = {"threshold": round(limit, 3), **{name: round(value, 4) for name, value in marked.items()}}
    firsts, seconds = zip(*(drawn_anew(2 * seed) for seed in range(anew)), strict=True)
    kept, drawn = reader.read(firsts), reader.read(seconds)
    for kind in known:
        best = np.argsort(-cosines(kept[kind], drawn[kind]), axis=1)[:, :3]
        results[kind]["drawn anew"] = float((best == np.arange(anew)[:, None]).any(axis=1).mean())
    return {"library": len(library), "copies": copies, "anew": anew, **results}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("out/copies"), help="as `benchmarks.copies` left them")
    parser.add_argument("--most", type=int, default=800, help="pictures, half of them the library")
    parser.add_argument("--copies", type=int, default=200, help="of each kind")
    parser.add_argument("--anew", type=int, default=200, help="contents that are drawn in two looks")
    given = parser.parse_args()
    paths = sorted(given.pictures.glob("*.png"))
    chosen = np.sort(np.random.default_rng(0).permutation(len(paths))[: given.most])
    random: Callable[[int], np.ndarray] = np.random.default_rng(1).permutation
    mixed = [paths[chosen[place]] for place in random(len(chosen))]
    print(json.dumps(measure(mixed, given.copies, given.anew), indent=1))


if __name__ == "__main__":
    main()
