"""`python -m benchmarks.copies.descriptors`: do a reward model's descriptors know copies, or the same content drawn anew?

Asked as an image encoder is (`generation.copies.encoding`) are the 61 numbers by which pairs are chosen, statistics of latents, and
hidden states of the starter's denoiser. Numbers are divided by how much they vary over the library; hidden states are also compared
as the product does, by a metric that altered copies of 200 frames of the library set. The library sets the threshold, by the
product's rule.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.copies.__main__ import pixels_of
from benchmarks.copies.changes import GOAL, resized
from benchmarks.pair_selection import as_pixels
from benchmarks.synthetic.labels import label_indices
from benchmarks.synthetic.scenes import render, sample_content, sample_style
from feedback.copies.threshold import allowed
from feedback.pair_selection.descriptors import measure_descriptors
from feedback.store import Studio
from feedback.trials.promotion import ensure_starter
from finetune.reward.features.colour_map import fit_colour_map
from finetune.reward.features.sets import STATISTICS
from finetune.reward.features.statistics import measure_features
from generation.copies.encoding import as_unit
from generation.copies.metric import STEPS, alter, fit_metric
from generation.copies.model_reader import model_reader
from generation.models.loading import load_base
from generation.starter import DEFAULT_SIZE, WEIGHTS

AT_ONCE = 16
STATES, PRODUCT = "hidden_states_4x4", "hidden_states_4x4 by the metric"
Compared = Callable[[np.ndarray], np.ndarray]  # vectors [n, d] -> those whose cosines count [n, k]
Vectors = dict[str, np.ndarray]  # by kind of descriptors, float [pictures, d]


class Reader:
    """The starter as a reward model reads by it, and as the product does."""

    def __init__(self, folder: Path) -> None:
        self.pipe, self.family, _ = load_base(str(WEIGHTS))
        studio = Studio.create(folder)
        ensure_starter(studio)
        reader = model_reader(studio)
        assert reader is not None
        self.states = reader.read
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
        return {
            "61 numbers": np.stack([measure_descriptors(picture[None]) for picture in pictures]),
            "statistics": torch.cat([statistics[name] for name in STATISTICS["layout"]], dim=1).numpy(),
            STATES: self.read_states(pictures),
        }

    def read_states(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """As the product keeps them."""
        return np.concatenate([as_unit(self.states(picture[None])) for picture in pictures])


def by_spread(library: np.ndarray) -> Compared:
    """Each number divided by how much it varies over the library; those that never vary count for nothing."""
    mean, spread = library.mean(axis=0), library.std(axis=0)
    return lambda rows: (rows - mean) / np.maximum(spread, 1e-3 * max(1.0, float(spread.mean())))


def compare(known: Vectors, altered: np.ndarray) -> dict[str, tuple[str, Compared]]:
    """By what is printed: (descriptors, what makes of them what is compared)."""
    ways: dict[str, tuple[str, Compared]] = {kind: (kind, by_spread(rows)) for kind, rows in known.items()}
    return {**ways, PRODUCT: (STATES, fit_metric(known[STATES][: len(altered)], altered))}


def cosines(library: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """float [queries, library]."""
    return as_unit(queries) @ as_unit(library).T


def threshold_of(library: np.ndarray) -> float:
    alike = cosines(library, library)
    np.fill_diagonal(alike, -1)
    highest = np.sort(alike.max(axis=1))[::-1]
    return float(highest[allowed(len(highest))]) + 1e-6


def drawn_anew(seed: int) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """One content in two looks, and what it is by attribute."""
    random = np.random.default_rng([7, seed])
    content = sample_content(random)
    first, second = (render(content, sample_style(random), int(DEFAULT_SIZE[0]), 1, seed + n)[0] for n in (0, 1))
    return first, second, label_indices(content)


def marks(compared: Compared, library: np.ndarray, queries: Mapping[str, np.ndarray]) -> dict[str, float]:
    known = compared(library)
    limit = threshold_of(known)
    shares = {
        name: float((cosines(known, compared(rows)).max(axis=1) >= limit).mean()) for name, rows in queries.items()
    }
    return {"threshold": round(limit, 3), **{name: round(share, 4) for name, share in shares.items()}}


def named(compared: Compared, firsts: np.ndarray, seconds: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Whether the same content is the most similar, or among three; and how many attributes those three share, beside chance."""
    best = np.argsort(-cosines(compared(firsts), compared(seconds)), axis=1)[:, :3]
    same = best == np.arange(len(best))[:, None]
    shared = (labels[best] == labels[:, None]).mean()
    by_chance = (labels[:, None] == labels[None]).mean()
    return {
        "first": round(float(same[:, 0].mean()), 4),
        "among three": round(float(same.any(axis=1).mean()), 4),
        "attributes shared": round(float(shared), 4),
        "by chance": round(float(by_chance), 4),
    }


def measure(paths: list[Path], copies: int, anew: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        reader = Reader(Path(folder) / "studio")
        random = np.random.default_rng(0)
        library, distinct = ([pixels_of(path) for path in some] for some in (paths[::2], paths[1::2]))
        known = reader.read(library)
        altered = reader.read_states([alter(picture, number) for number, picture in enumerate(library[: STEPS[-1]])])
        queries = {"distinct": reader.read(distinct)}
        for name, change in GOAL.items():
            queries[name] = reader.read([change(picture, random) for picture in library[:copies]])
        firsts, seconds, labels = zip(*(drawn_anew(2 * seed) for seed in range(anew)), strict=True)
        kept, drawn = reader.read(firsts), reader.read(seconds)
    results: dict[str, Any] = {}
    for name, (kind, compared) in compare(known, altered).items():
        marked = marks(compared, known[kind], {query: rows[kind] for query, rows in queries.items()})
        results[name] = {**marked, **named(compared, kept[kind], drawn[kind], np.stack(labels))}
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
