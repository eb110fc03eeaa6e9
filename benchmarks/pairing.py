"""Judgements saved: pairs chosen by what they teach, as the product deals them, against pairs dealt at random.

    python -m benchmarks.pairing --json

Nothing is drawn by a model here: the takes of a brief are renders of one caption in several styles. A simulated rater
judges what `feedback.pairing.next_pairs` deals, once as it is and once with all of it left to chance, from the same
stock. After every few judgements the product's own scorer is fitted to the ballots and orders renders of captions that
nobody judged. The ratio is that of judgements: how many the chosen pairs need for the accuracy that random ones reach.
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

from benchmarks.raters import Rater, load_taste
from benchmarks.saving import ratio_of
from benchmarks.style.judging import CHANCES, DEALT_AT_ONCE
from benchmarks.style.keeping import Arrays, keep_arrays
from benchmarks.style.scoring import agreement, pooled_spread, score_takes
from benchmarks.style.setting import digest, taste_source
from benchmarks.style.stock import add_people, copy_studio
from feedback import ballots, briefs, pairing, preferences, shots, versions
from feedback.looks import SCHEME, keep_look
from feedback.studio import Studio
from finetune.data.examples import examples_of
from finetune.recipe import Recipe
from finetune.reward.features import fit_thumbnails, measure
from finetune.reward.model import fit_scorer
from generation.loading import load_base
from generation.starter import DEFAULT_SIZE, WEIGHTS
from generation.starter.scenes import captions, parse_caption, render, sample_style
from generation.starter.tastes import BUILT_IN

ENCODED_AT_ONCE = 8
STOCK, HELD_OUT = 1, 2  # streams of captions
BOTH_BAD = 0.05  # share of the stock's takes that are bad; two of those in a pair are both bad
TIE_BAND = 0.1  # in spreads of the taste within a brief


@dataclass(frozen=True)
class Stock:
    """What both arms judge, and what tells how well they learned. Takes are rows, T of each caption."""

    pictures: np.ndarray  # uint8 [P, T, H, W, 3]
    groups: dict[str, torch.Tensor]  # finetune.reward.features.measure of them, [P x T, d] each
    colours: torch.Tensor  # of features.fit_thumbnails
    scores: np.ndarray  # the tastes', in spreads, [tastes, P, T]
    held_groups: dict[str, torch.Tensor]
    held_scores: np.ndarray


def make_stock(options: argparse.Namespace, seed: int) -> Stock:
    about = (options.captions, options.takes, options.held_out, options.tastes, SCHEME)
    sources = [taste_source(taste) for taste in options.tastes]
    path = Path(options.work) / f"{digest('pairing', about, sources, seed)}.npz"
    arrays, _ = keep_arrays(path, lambda: render_stock(options, seed))
    groups = {name.split(".")[1]: torch.from_numpy(array) for name, array in arrays.items() if "stock." in name}
    held = {name.split(".")[1]: torch.from_numpy(array) for name, array in arrays.items() if "held." in name}
    colours = torch.from_numpy(arrays["colours"])
    return Stock(arrays["pictures"], groups, colours, arrays["scores"], held, arrays["held_scores"])


def render_stock(options: argparse.Namespace, seed: int) -> Arrays:
    pictures = render_captions(options.captions, options.takes, seed, STOCK)
    held = render_captions(options.held_out, options.takes, seed, HELD_OUT)
    latents, held_latents = encode(pictures), encode(held)
    colours = fit_thumbnails(
        latents[::10], (as_pixels(picture) for picture in flat(pictures)[::10]), max(latents.shape[3:])
    )
    scores, held_scores = (score_all(options.tastes, some, pictures) for some in (pictures, held))
    return {
        "pictures": pictures,
        "colours": colours.numpy(),
        "scores": scores,
        "held_scores": held_scores,
        **{f"stock.{name}": values.numpy() for name, values in measure(latents, colours).items()},
        **{f"held.{name}": values.numpy() for name, values in measure(held_latents, colours).items()},
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


def score_all(tastes: Sequence[str], pictures: np.ndarray, stock: np.ndarray) -> np.ndarray:
    """[tastes, P, T], in the spreads that each taste has within briefs of the stock."""
    loaded = [load_taste(taste) for taste in tastes]
    clips = [pictures[:, :, None], stock[:, :, None]]
    both = [[score_takes(taste, some) for some in clips] for taste in loaded]
    return np.stack([scores / pooled_spread(stocked) for scores, stocked in both])


def write_stock(folder: Path, stock: Stock) -> Studio:
    """A studio with these takes and their looks, as if a worker had drawn them; take k is row k - 1."""
    studio = Studio.create(folder)
    versions.ensure_starter(studio)
    shots.add_project(studio, "HOUSE")
    shot = shots.add_shot(studio, "HOUSE", "JUDGED")["id"]
    add_people(studio, ["rater"])
    each = stock.pictures.shape[1]
    with studio.writing() as db:
        for row, picture in enumerate(flat(stock.pictures)):
            if row % each == 0:
                brief = briefs.write_brief(studio, shot, f"caption {row // each}", author="rater")["id"]
            name, file = name_of(row), {"ext": "png", "mime": "image/png", "bytes": 1, "frames": 1, "created": "now"}
            side = picture.shape[0]
            db.table("media").insert({"sha256": name, "width": side, "height": side, **file})
            done = {"state": "done", "media": name, "rendition": name, "version": "starter", "created": "now"}
            db.table("takes").insert({"id": row + 1, "brief": brief, "seed": row, **done})
            keep_look(studio, name, picture[None])
    return studio


def name_of(row: int) -> str:
    return f"{row:064x}"


def learn(
    studio: Studio, stock: Stock, taste: int, rater: Rater, arm: str, seed: int, at: Sequence[int]
) -> list[float]:
    """Judges as dealt; how well the scorer foretells the taste after each number of judgements."""
    person, liked = add_people(studio, ["rater"])[0], stock.scores[taste].reshape(-1)
    chance, judged, accuracies = random.Random(seed), 0, list[float]()
    with studio.writing():  # one transaction: nobody waits for a receipt
        for count in at:
            while judged < count:
                wanted = min(DEALT_AT_ONCE, count - judged)
                pairs = pairing.next_pairs(studio, person, wanted, chance=CHANCES[arm], rng=chance)
                judged += len(pairs)
                for pair in pairs:
                    left, right = sorted((pair["left"]["id"], pair["right"]["id"]))
                    # Chance hangs on the takes: both arms hear the same of the same pair.
                    luck = np.random.default_rng([seed, left, right])
                    verdict = rater.compare(liked[left - 1], liked[right - 1], luck)
                    ballots.cast_ballot(studio, person, f"{left}-{right}", left, right, verdict)
            accuracies.append(foretold(studio, stock, taste))
    return accuracies


def foretold(studio: Studio, stock: Stock, taste: int) -> float:
    """Share of the held-out pairs, all takes of a caption with each other, that the fitted scorer orders as the taste."""
    recipe = Recipe()
    frozen, _ = preferences.snapshot(preferences.collect(studio))
    examples = examples_of(frozen, recipe)
    names = sorted({take for example in examples for take in (example.left, example.right)})
    rows = torch.tensor([int(name, 16) for name in names])
    groups = {name: values[rows] for name, values in stock.groups.items()}
    scorer = fit_scorer(examples, groups, names, stock.colours, recipe.both_bad_weight)
    liking = scorer.like(stock.held_groups)
    found = agreement(liking.numpy().reshape(stock.held_scores[taste].shape), stock.held_scores[taste])
    return 0.5 if found is None else found


def ratios(at: Sequence[int], curves: dict[str, np.ndarray], count: int) -> list[float]:
    """For each taste and seed: judgements that active needs for what random reaches after `count`, over `count`."""
    active, plain = (curves[arm].reshape(-1, len(at)) for arm in ("active", "random"))
    return [ratio_of(at, fast, slow, count) for fast, slow in zip(active, plain, strict=True)]


def measure_arms(options: argparse.Namespace) -> dict[str, np.ndarray]:
    """Accuracies by arm, [seeds, tastes, points]."""
    found: dict[str, list[list[list[float]]]] = {arm: [] for arm in CHANCES}
    with tempfile.TemporaryDirectory(prefix="circletake-pairing-") as folder:
        for seed in range(options.seed, options.seed + options.seeds):
            stock = make_stock(options, seed)
            studio = write_stock(Path(folder) / f"stock_{seed}", stock)
            for arm in CHANCES:
                found[arm].append(
                    [run(options, studio, stock, taste, arm, seed) for taste in range(len(options.tastes))]
                )
    return {arm: np.array(accuracies) for arm, accuracies in found.items()}


def run(options: argparse.Namespace, source: Studio, stock: Stock, taste: int, arm: str, seed: int) -> list[float]:
    studio = copy_studio(source, source.folder.with_name(f"{source.folder.name}-{arm}-{taste}"))
    bad = float(np.quantile(stock.scores[taste], BOTH_BAD))
    rater = Rater(load_taste(options.tastes[taste]), options.flip, TIE_BAND, options.noise, bad)
    accuracies = learn(studio, stock, taste, rater, arm, seed, options.at)
    print(f"seed {seed}, {options.tastes[taste]}, {arm}: {np.round(accuracies, 3).tolist()}", file=sys.stderr)
    studio.close()
    return accuracies


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=125, help="briefs in the stock")
    parser.add_argument("--takes", type=int, default=4, help="takes of each brief")
    parser.add_argument("--held-out", type=int, default=125, help="captions nobody judges, to order takes of")
    parser.add_argument("--tastes", type=lambda text: text.split(","), default=list(BUILT_IN))
    parser.add_argument("--flip", type=float, default=0.08, help="share of preferences given the wrong way round")
    parser.add_argument("--noise", type=float, default=0.0, help="spreads that chance adds to each look at a take")
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
    found = {count: ratios(options.at, curves, count) for count in options.compare}
    return {
        "benchmark": "pairing",
        "tastes": options.tastes,
        "seeds": options.seeds,
        "stock_pairs": options.captions * options.takes * (options.takes - 1) // 2,
        "flip": options.flip,
        "noise": options.noise,
        "judgements": options.at,
        "accuracy": {arm: curve.mean(axis=(0, 1)).round(4).tolist() for arm, curve in curves.items()},
        "ratio_at": {count: round(float(np.median(some)), 3) for count, some in found.items()},
        "ratio": round(float(np.median(np.concatenate(list(found.values())))), 3),
        "threads": torch.get_num_threads(),
    }


def shown(result: dict[str, Any]) -> str:
    rows = [["judgements", *result["judgements"]]]
    rows += [[arm, *(f"{100 * each:.1f}" for each in curve)] for arm, curve in result["accuracy"].items()]
    lines = ["".join(str(cell).rjust(12 if not place else 7) for place, cell in enumerate(row)) for row in rows]
    against = ", ".join(f"x{ratio} of {count}" for count, ratio in result["ratio_at"].items())
    return "\n".join([*lines, f"judgements for equal accuracy, active over random: x{result['ratio']} ({against})"])


def main(words: Sequence[str] | None = None) -> int:
    options = parse(words)
    with tempfile.TemporaryDirectory(prefix="circletake-pairing-") as folder:
        options.work = options.work or folder
        result = summed_up(options, measure_arms(options))
    print(json.dumps(result) if options.json else shown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
