"""Judgements saved by active pair selection, as the product deals pairs, against pairs dealt at random.

    python -m benchmarks.pair_selection --json

Nothing is drawn by a model here: the takes of a brief are renders of one caption in several styles. A simulated rater
judges what `feedback.pair_selection.next_pairs.next_pairs` deals, once as it is and once with all pairs at random, from the same pool.
After every few judgements the product's own reward model is fitted to the ballots and orders renders of captions that
nobody judged. The ratio is that of judgements: how many active pairs need for the accuracy that random ones reach.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.array_cache import Arrays, cached_arrays
from benchmarks.house_style.fixture_studio import add_people, copy_studio
from benchmarks.house_style.judging import DEALT_AT_ONCE
from benchmarks.house_style.metrics import pairwise_accuracy, score_takes, within_prompt_std
from benchmarks.house_style.points import digest, taste_source
from benchmarks.raters import Rater, load_taste
from benchmarks.sample_efficiency import judgement_ratio
from benchmarks.synthetic.oracles import BUILT_IN
from benchmarks.synthetic.scenes import captions, parse_caption, render, sample_style
from feedback.judgements import ballots
from feedback.pair_selection import next_pairs
from feedback.pair_selection.descriptors import SCHEME, store_descriptors
from feedback.preferences import dataset, snapshot
from feedback.production import briefs, projects, shots
from feedback.store import Studio
from feedback.trials import promotion
from finetune.data.examples import examples_of
from finetune.reward.features.colour_map import fit_colour_map
from finetune.reward.features.statistics import measure_features
from finetune.reward.fit import fit_reward_model
from finetune.settings import DataSettings
from generation.models.loading import load_base
from generation.starter import DEFAULT_SIZE, WEIGHTS

ENCODED_AT_ONCE = 8
POOL, HELD_OUT = 1, 2  # streams of captions
BOTH_BAD = 0.05  # share of the pool's takes that are bad; two of those in a pair are both bad
TIE_BAND = 0.1  # in within-prompt standard deviations of the taste


@dataclass(frozen=True)
class TakePool:
    """What both arms judge, and what their accuracy is measured on. Takes are rows, T of each caption."""

    pictures: np.ndarray  # uint8 [P, T, H, W, 3]
    groups: dict[str, torch.Tensor]  # features.measure_features of them, [P x T, d] each
    colour_map: torch.Tensor  # of colour_map.fit_colour_map
    scores: np.ndarray  # the tastes', in within-prompt standard deviations, [tastes, P, T]
    held_groups: dict[str, torch.Tensor]
    held_scores: np.ndarray


def make_pool(options: argparse.Namespace, seed: int) -> TakePool:
    about = (options.captions, options.takes, options.held_out, options.tastes, SCHEME)
    sources = [taste_source(taste) for taste in options.tastes]
    path = Path(options.work) / f"{digest('pair selection', about, sources, seed)}.npz"
    arrays, _ = cached_arrays(path, lambda: render_pool(options, seed))
    groups = {name.split(".")[1]: torch.from_numpy(array) for name, array in arrays.items() if "pool." in name}
    held = {name.split(".")[1]: torch.from_numpy(array) for name, array in arrays.items() if "held." in name}
    colour_map = torch.from_numpy(arrays["colour_map"])
    return TakePool(arrays["pictures"], groups, colour_map, arrays["scores"], held, arrays["held_scores"])


def render_pool(options: argparse.Namespace, seed: int) -> Arrays:
    pictures = render_captions(options.captions, options.takes, seed, POOL)
    held = render_captions(options.held_out, options.takes, seed, HELD_OUT)
    latents, held_latents = encode(pictures), encode(held)
    colour_map = fit_colour_map(
        latents[::10], (as_pixels(picture) for picture in flat(pictures)[::10]), max(latents.shape[3:])
    )
    scores, held_scores = (score_all(options.tastes, some, pictures) for some in (pictures, held))
    return {
        "pictures": pictures,
        "colour_map": colour_map.numpy(),
        "scores": scores,
        "held_scores": held_scores,
        **{f"pool.{name}": values.numpy() for name, values in measure_features(latents, colour_map).items()},
        **{f"held.{name}": values.numpy() for name, values in measure_features(held_latents, colour_map).items()},
    }


def render_captions(count: int, each: int, seed: int, stream: int) -> np.ndarray:
    """`each` renders of `count` captions in styles of their own, uint8 [P, T, H, W, 3]."""
    rng = np.random.default_rng([seed, stream])
    contents = [parse_caption(text) for text in captions(count, 10 * seed + stream)]
    size = int(DEFAULT_SIZE[0])
    rendered = [
        [render(content, sample_style(rng), size, 1, int(rng.integers(2**31)))[0] for _ in range(each)]
        for content in contents
        if content is not None
    ]
    return np.array(rendered)


def flat(pictures: np.ndarray) -> np.ndarray:
    return pictures.reshape(-1, *pictures.shape[2:])


def as_pixels(picture: np.ndarray) -> torch.Tensor:
    """uint8 [H, W, 3] -> [3, 1, H, W] in [-1, 1]."""
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[:, None].float() / 127.5 - 1


@torch.no_grad()
def encode(pictures: np.ndarray) -> torch.Tensor:
    """The starter model's latents, [P x T, z, 1, h, w]."""
    pipe, family, _ = load_base(str(WEIGHTS))
    pixels = torch.stack([as_pixels(picture) for picture in flat(pictures)])
    batches = tqdm(pixels.split(ENCODED_AT_ONCE), desc="encoding", file=sys.stderr, disable=None)
    return torch.cat([family.encode_media(pipe, batch).float() for batch in batches])


def score_all(tastes: Sequence[str], pictures: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """[tastes, P, T], in within-prompt standard deviations of each taste over the pool."""
    loaded = [load_taste(taste) for taste in tastes]
    clips = [pictures[:, :, None], pool[:, :, None]]
    both = [[score_takes(taste, some) for some in clips] for taste in loaded]
    return np.stack([scores / within_prompt_std(pooled) for scores, pooled in both])


def write_pool(folder: Path, pool: TakePool) -> Studio:
    """A studio with these takes and their descriptors, as if a worker had drawn them; take k is row k - 1."""
    studio = Studio.create(folder)
    promotion.ensure_starter(studio)
    projects.add_project(studio, "HOUSE", open_to_all=True)
    shot = shots.add_shot(studio, "HOUSE", "JUDGED")["id"]
    add_people(studio, ["rater"])
    each = pool.pictures.shape[1]
    with studio.writing() as db:
        for row, picture in enumerate(flat(pool.pictures)):
            if row % each == 0:
                brief = briefs.write_brief(studio, shot, f"caption {row // each}", author="rater")["id"]
            name, file = name_of(row), {"ext": "png", "mime": "image/png", "bytes": 1, "frames": 1, "created": "now"}
            side = picture.shape[0]
            db.table("media").insert({"sha256": name, "width": side, "height": side, **file})
            done = {"state": "done", "media": name, "rendition": name, "version": "starter", "created": "now"}
            db.table("takes").insert({"id": row + 1, "brief": brief, "seed": row, **done})
            store_descriptors(studio, name, picture[None])
    return studio


def name_of(row: int) -> str:
    return f"{row:064x}"


def accuracy_curve(
    studio: Studio, pool: TakePool, taste: int, rater: Rater, arm: str, seed: int, at: Sequence[int]
) -> list[float]:
    """Judges as dealt; accuracy of the reward model after each number of judgements."""
    person, scores = add_people(studio, ["rater"])[0], pool.scores[taste].reshape(-1)
    rng, judged, accuracies = random.Random(seed), 0, list[float]()
    with studio.writing():  # one transaction: nobody waits for a receipt
        for count in at:
            while judged < count:
                missing = min(DEALT_AT_ONCE, count - judged)
                pairs = next_pairs.next_pairs(
                    studio, person, missing, random_share=next_pairs.RANDOM_SHARES[arm], rng=rng
                )
                judged += len(pairs)
                for pair in pairs:
                    left, right = sorted((pair["left"]["id"], pair["right"]["id"]))
                    # Seeded by the takes: both arms get the same verdict on the same pair.
                    pair_rng = np.random.default_rng([seed, left, right])
                    verdict = rater.compare(scores[left - 1], scores[right - 1], pair_rng)
                    ballots.cast_ballot(studio, person, f"{left}-{right}", left, right, verdict)
            accuracies.append(heldout_accuracy(studio, pool, taste))
    return accuracies


def heldout_accuracy(studio: Studio, pool: TakePool, taste: int) -> float:
    """Share of held-out pairs, all takes of a caption with each other, that the reward model orders as the taste does."""
    settings = DataSettings()
    frozen, _ = snapshot.freeze(dataset.collect(studio))
    examples = examples_of(frozen, settings)
    names = sorted({take for example in examples for take in (example.left, example.right)})
    rows = torch.tensor([int(name, 16) for name in names])
    groups = {name: values[rows] for name, values in pool.groups.items()}
    reward_model = fit_reward_model(examples, groups, names, pool.colour_map, settings.both_bad_weight)
    reward, true = reward_model.reward(pool.held_groups), pool.held_scores[taste]
    accuracy = pairwise_accuracy(reward.numpy().reshape(true.shape), true)
    return 0.5 if accuracy is None else accuracy


def ratios(at: Sequence[int], curves: dict[str, np.ndarray], count: int) -> list[float]:
    """For each taste and seed: judgements that active needs for what random reaches after `count`, over `count`."""
    active, plain = (curves[arm].reshape(-1, len(at)) for arm in ("active", "random"))
    return [judgement_ratio(at, fast, slow, count) for fast, slow in zip(active, plain, strict=True)]


def measure_arms(options: argparse.Namespace) -> dict[str, np.ndarray]:
    """Accuracies by arm, [seeds, tastes, points]."""
    accuracies: dict[str, list[list[list[float]]]] = {arm: [] for arm in next_pairs.RANDOM_SHARES}
    with tempfile.TemporaryDirectory(prefix="circletake-pair-selection-") as folder:
        for seed in range(options.seed, options.seed + options.seeds):
            pool = make_pool(options, seed)
            studio = write_pool(Path(folder) / f"pool_{seed}", pool)
            for arm in next_pairs.RANDOM_SHARES:
                accuracies[arm].append(
                    [run(options, studio, pool, taste, arm, seed) for taste in range(len(options.tastes))]
                )
    return {arm: np.array(each) for arm, each in accuracies.items()}


def run(options: argparse.Namespace, source: Studio, pool: TakePool, taste: int, arm: str, seed: int) -> list[float]:
    studio = copy_studio(source, source.folder.with_name(f"{source.folder.name}-{arm}-{taste}"))
    bad = float(np.quantile(pool.scores[taste], BOTH_BAD))
    rater = Rater(load_taste(options.tastes[taste]), options.label_noise, TIE_BAND, options.noise, bad)
    accuracies = accuracy_curve(studio, pool, taste, rater, arm, seed, options.at)
    print(f"seed {seed}, {options.tastes[taste]}, {arm}: {np.round(accuracies, 3).tolist()}", file=sys.stderr)
    studio.close()
    return accuracies


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=125, help="briefs in the pool")
    parser.add_argument("--takes", type=int, default=4, help="takes of each brief")
    parser.add_argument("--held-out", type=int, default=125, help="captions nobody judges, to order takes of")
    parser.add_argument("--tastes", type=lambda text: text.split(","), default=list(BUILT_IN))
    parser.add_argument(
        "--label-noise", type=float, default=0.08, help="share of preferences given the wrong way round"
    )
    parser.add_argument("--noise", type=float, default=0.0, help="random part of each score")
    parser.add_argument("--at", type=numbers, default=numbers("24,48,72,96,120,144,192,240,288,336,384"),
                        help="numbers of judgements at which accuracy is measured")  # fmt: skip
    parser.add_argument("--compare", type=numbers, default=numbers("96,192,288"), help="which of them random stops at")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--work", help="keep renders and their latents in this folder")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(words)


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def summed_up(options: argparse.Namespace, curves: dict[str, np.ndarray]) -> dict[str, Any]:
    by_count = {count: ratios(options.at, curves, count) for count in options.compare}
    return {
        "benchmark": "pair_selection",
        "tastes": options.tastes,
        "seeds": options.seeds,
        "pool_pairs": options.captions * options.takes * (options.takes - 1) // 2,
        "label_noise": options.label_noise,
        "noise": options.noise,
        "judgements": options.at,
        "accuracy": {arm: curve.mean(axis=(0, 1)).round(4).tolist() for arm, curve in curves.items()},
        "ratio_at": {count: median_ratio(some) for count, some in by_count.items()},
        "ratio": median_ratio([ratio for some in by_count.values() for ratio in some]),
        "threads": torch.get_num_threads(),
    }


def median_ratio(some: Sequence[float]) -> float | None:
    """None where active pairs mostly never reached the accuracy of random ones: JSON has no infinity."""
    median = float(np.median(some))
    return round(median, 3) if np.isfinite(median) else None


def as_text(result: dict[str, Any]) -> str:
    rows = [["judgements", *result["judgements"]]]
    rows += [[arm, *(f"{100 * each:.1f}" for each in curve)] for arm, curve in result["accuracy"].items()]
    lines = ["".join(str(cell).rjust(12 if not place else 7) for place, cell in enumerate(row)) for row in rows]
    against = ", ".join(f"x{ratio} of {count}" for count, ratio in result["ratio_at"].items())
    return "\n".join([*lines, f"judgements for equal accuracy, active over random: x{result['ratio']} ({against})"])


def main(words: Sequence[str] | None = None) -> int:
    options = parse(words)
    with tempfile.TemporaryDirectory(prefix="circletake-pair-selection-") as folder:
        options.work = options.work or folder
        result = summed_up(options, measure_arms(options))
    print(json.dumps(result) if options.json else as_text(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
