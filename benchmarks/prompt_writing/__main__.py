"""The closed loop of the prompt writer with the starter model and simulated houses.

    python -m benchmarks.prompt_writing --judgements 200 --json

A house's people judge blind pairs of a brief as it was written and as the untuned writer has it, same seeds, through the
product's own record, queue, worker and dealing. A writer that was tuned on these then rewrites briefs that nobody has judged,
and the same raters, who are now right every time, compare both wordings. Content is what an independent reader sees of the
things that the brief itself names. The pairs to judge are drawn once for all houses.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.house_style.fixture_studio import PROJECT, add_people, copy_studio, draw_queue, open_studio
from benchmarks.house_style.judging import read_takes
from benchmarks.house_style.points import BenchmarkSetup
from benchmarks.prompt_writing.embedded import draw_brief
from benchmarks.prompt_writing.houses import HOUSES, reader, taste_of
from benchmarks.prompt_writing.rendering import draw_by_renderer
from benchmarks.raters import Rater
from feedback.errors import Refused
from feedback.judgements import ballots
from feedback.pair_selection.next_pairs import next_pairs
from feedback.production import briefs, render_queue, shots
from feedback.production.takes import get_takes
from feedback.store import Studio
from feedback.wordings.writers import UNTUNED, results_of
from finetune.prompts.jobs import compare_briefs, tune_prompts
from finetune.prompts.tuning import WriterRecipe

RATERS = 3
ADDITIONS = 2  # of each brief that is judged
TIE = 0.1  # of the standard deviation of the house's scores over the written takes
JUDGED, HELD_OUT = "JUDGED", "HELD_OUT"  # shots
FIRST_BRIEF = 50_000  # of the stream of briefs: others than the embedded writer was made from


ALL_DRAWN = """
SELECT t.*, coalesce(r.prompt, b.prompt) AS words FROM takes t JOIN briefs b ON b.id = t.brief
LEFT JOIN rewrites r ON r.id = t.rewrite WHERE t.state = 'done'
"""


def write_briefs(studio: Studio, shot: str, count: int, stream: int, setup: BenchmarkSetup) -> list[int]:
    """Ids of `count` briefs that leave something open."""
    shots.add_shot(studio, PROJECT, shot)
    number = shots.find_shot(studio, shot, PROJECT)["id"]
    rng, ids = np.random.default_rng([FIRST_BRIEF, stream]), list[int]()
    while len(ids) < count:
        prompt, _, named = draw_brief(rng)
        if len(named) < 5:
            ids.append(briefs.write_brief(studio, number, author="writer", **setup.brief(prompt))["id"])
    return ids


def unjudged(studio: Studio) -> list[tuple[int, int]]:
    """(take of the written, take of the rewritten wording) of open pairs."""
    return studio.tuples("SELECT written, rewritten FROM open_wording_pairs ORDER BY id")


class SimulatedPeople:
    """Raters of one house in one studio."""

    def __init__(self, studio: Studio, name: str, noise: float, seed: int) -> None:
        self.studio, self.seed = studio, seed
        self.people = add_people(studio, [f"rater_{k + 1}" for k in range(RATERS)])
        self.taste = taste_of(name)
        scale = float(np.std(list(self.scores([written for written, _ in unjudged(studio)]).values())))
        self.rater = Rater(self.taste, noise, TIE * scale)

    def scores(self, takes: Sequence[int]) -> dict[int, float]:
        pixels = read_takes(self.studio, list(takes)).astype(np.float32) / 255
        return dict(zip(takes, map(float, self.taste(pixels)), strict=True))

    def judge(self, *, noise: float | None = None) -> int:
        """Casts a ballot on every pair that the product deals; how many."""
        rater = self.rater if noise is None else replace(self.rater, label_noise=noise)
        rng, cast = random.Random(self.seed), 0
        scores = self.scores([take for pair in unjudged(self.studio) for take in pair])
        while dealt := next_pairs(self.studio, self.people[cast % RATERS], 8, check_share=0.0, rng=rng):
            for pair in (pair for pair in dealt if {pair["left"]["id"], pair["right"]["id"]} <= scores.keys()):
                left, right = pair["left"]["id"], pair["right"]["id"]
                verdict = rater.compare(scores[left], scores[right], np.random.default_rng([self.seed, left, right]))
                ballots.cast_ballot(
                    self.studio, self.people[cast % RATERS], f"{left}-{right}", left, right, verdict, 900
                )
            cast += len(dealt)
            if not unjudged(self.studio):
                break
        return cast


def draw_compared(
    studio: Studio, chosen: Sequence[int], writer: str, additions: int, options: argparse.Namespace
) -> dict[str, Any]:
    made = compare_briefs(studio, chosen, additions=additions, name=writer, seed=first_seed(options.seed))
    reuse_drawn(studio)
    draw(studio, options)
    return dict(made)


def draw_written(studio: Studio, chosen: Sequence[int], options: argparse.Namespace) -> None:
    """The takes of these briefs as they were written, which several comparisons share."""
    for brief in chosen:
        render_queue.queue_takes(studio, brief, [first_seed(options.seed) + brief])
    draw(studio, options)


def draw(studio: Studio, options: argparse.Namespace) -> None:
    (draw_queue if options.draw == "starter" else draw_by_renderer)(studio)


def first_seed(seed: int) -> int:
    return 1_000_000 + seed * 100_000


def reuse_drawn(studio: Studio) -> None:
    """Does queued takes of which the same words and seed are drawn already: they would be the same to the last bit."""
    drawn = {(row["words"], row["seed"]): row for row in studio.rows(ALL_DRAWN)}
    while leased := render_queue.lease_takes(studio, "reuse", 1000, 600.0):
        for take in leased:
            twin = drawn.get((take["brief_row"]["prompt"], take["seed"]))
            if twin is not None:
                files = {name: twin[name] for name in ("media", "poster", "rendition", "rendition_poster")}
                provenance = json.loads(twin["provenance"])
                render_queue.finish_take(studio, take["id"], "reuse", provenance=provenance, **files)
    render_queue.give_back(studio, "reuse")


def tune(studio: Studio, recipe: WriterRecipe) -> dict[str, Any]:
    try:
        return {**tune_prompts(studio, recipe=recipe)}
    except Refused as refusal:
        return {"writer": None, "reason": str(refusal)}


def run_taste(fixture: Studio, folder: Path, name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One house, from the fixture's pairs to its wins on held-out briefs."""
    studio, began = copy_studio(fixture, folder), time.monotonic()
    people = SimulatedPeople(studio, name, options.label_noise, options.seed)
    judged = people.judge()
    untuned, tuning = results_of(studio, UNTUNED), time.monotonic()
    tuned = tune(studio, WriterRecipe(seed=options.seed, folds=2))  # of 4, to halve the time
    result = {"house": name, "seed": options.seed, "judgements": judged, "untuned_win_rate": untuned["win_rate"]}
    result |= {"tuned": tuned, "tuning_seconds": round(time.monotonic() - tuning, 1)}
    if tuned["writer"]:
        result |= evaluate(studio, people, tuned["writer"], options)
    result["seconds"] = round(time.monotonic() - began)
    studio.close()
    return result


def evaluate(studio: Studio, people: SimulatedPeople, writer: str, options: argparse.Namespace) -> dict[str, Any]:
    held_out = [row["id"] for row in briefs.list_briefs(studio, PROJECT, HELD_OUT)]
    made = draw_compared(studio, held_out, writer, 1, options)
    pairs = unjudged(studio)
    content = [content_of(studio, [pair[side] for pair in pairs]) for side in (0, 1)]
    people.judge(noise=0.0)
    results = results_of(studio, writer)
    examples = studio.tuples(
        "SELECT b.prompt, r.prompt FROM rewrites r JOIN briefs b ON b.id = r.brief ORDER BY r.id DESC LIMIT 5"
    )
    return {
        "win_rate": results["win_rate"],
        "low": results["low"],
        "high": results["high"],
        "pairs": results["judged"],
        "as_they_are": len(made["as_they_are"]),
        "content_written": content[0],
        "content_change": round(content[1] - content[0], 2),
        "examples": [list(row) for row in examples],
    }


def content_of(studio: Studio, takes: list[int]) -> float:
    """Of what the briefs as written name, the share in per cent that the reader sees in these takes."""
    rows = get_takes(studio, takes)
    written = [briefs.get_brief(studio, rows[take]["brief"])["prompt"] for take in takes]
    pixels = torch.from_numpy(read_takes(studio, takes)[:, 0].astype(np.float32) / 255)
    named = [value for value in reader().agreement(written, pixels).values() if np.isfinite(value)]
    return round(100 * float(np.mean(named)), 2)


def make_fixture(folder: Path, options: argparse.Namespace) -> Studio:
    """The untuned writer's pairs, drawn once for all houses."""
    setup = BenchmarkSetup(size=options.size, steps=options.steps, seed=options.seed)
    done = folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        studio = open_studio(folder, setup)
        judged = write_briefs(studio, JUDGED, -(-options.judgements // ADDITIONS), options.seed, setup)
        held_out = write_briefs(studio, HELD_OUT, options.held_out, 1_000 + options.seed, setup)
        draw_written(studio, [*judged, *held_out], options)
        draw_compared(studio, judged, UNTUNED, ADDITIONS, options)
        studio.close()
        done.touch()
    return open_studio(folder, setup)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prompt_writing", description=__doc__)
    parser.add_argument("--judgements", type=int, default=200, help="Blind pairs that are judged in all.")
    parser.add_argument("--held-out", type=int, default=96, help="Briefs on which the tuned writer is compared.")
    parser.add_argument("--house", action="append", choices=HOUSES, help="Of these houses; all unless given.")
    parser.add_argument("--label-noise", type=float, default=0.08, help="Share of preferences the wrong way round.")
    parser.add_argument("--draw", choices=["starter", "renderer"], default="starter", help="What draws the takes.")
    parser.add_argument("--size", type=int, default=256, help="Pixels a side.")
    parser.add_argument("--steps", type=int, default=8, help="Denoising steps of a take.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path(".prompt_writing"), help="Where studios are made.")
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout at the end.")
    options = parser.parse_args()
    fixture = make_fixture(
        options.work
        / f"fixture-{options.seed}-{options.judgements}-{options.held_out}-{options.draw}-{options.size}-{options.steps}",
        options,
    )
    results = []
    for name in options.house or HOUSES:
        result = run_taste(fixture, options.work / f"{name}-{options.seed}", name, options)
        print(json.dumps(result), file=sys.stderr, flush=True)
        results.append(result)
    rates = [result["win_rate"] for result in results if "win_rate" in result]
    summary = {
        "judgements": options.judgements,
        "draw": options.draw,
        "houses": results,
        "median_win_rate": float(np.median(rates)) if rates else None,
    }
    print(json.dumps(summary) if options.json else json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
