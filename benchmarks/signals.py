"""What rankings, stars, both bad, circles and tags add to verdicts on pairs: unseen pairs ordered rightly with and without each.

    python -m benchmarks.signals --json

A simulated person judges pairs of renders, and gives every other signal by the same taste with the same noise: ranks five takes,
gives stars, finds two takes both bad, circles the best of a brief, tags a bad one. The product's reward model learns from the pairs
alone, from the pairs and one kind of signal, and from all. `--pairs` more are what the time for them might have gone to instead.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import combinations
from math import exp
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.reward_accuracy.__main__ import accuracy_of
from benchmarks.reward_accuracy.judging import JUDGED, UNSEEN, deal, examples_of, name_of
from benchmarks.reward_accuracy.learners import measured_groups, product_learner
from benchmarks.reward_accuracy.renders import TASTES, Scenes, make_scenes, scores_of
from benchmarks.reward_accuracy.states import make_states
from feedback.errors import Invalid
from feedback.preferences.rater_reliability import PRIOR_RELIABILITY
from finetune.data.examples import Example
from finetune.settings import DataSettings

NOISE = 0.35  # of each look at a take, in within-prompt deviations: about 8 % of pairs are then ordered wrongly
RANKED = 5  # takes of a ranking
BAD = -0.7  # takes below it are bad
DEFAULTS = DataSettings()


class Person:
    """One taste, which sees each take a little differently every time."""

    def __init__(self, scenes: Scenes, taste: str, seed: int) -> None:
        by_caption = scores_of(scenes, taste).reshape(-1, scenes.each)
        self.scenes = scenes
        self.scores = (by_caption - by_caption.mean(axis=1, keepdims=True)).reshape(-1)  # for what was asked for
        self.chance = np.random.default_rng([seed, 7])
        seen = [brief for brief in range(scenes.judged) if not np.isnan(self.scores[list(scenes.rows_of(brief))]).any()]
        self.briefs = [int(brief) for brief in self.chance.permutation(seen)]

    def scores_seen(self, rows: Sequence[int]) -> np.ndarray:
        return self.scores[list(rows)] + NOISE * self.chance.standard_normal(len(rows))

    def some(self, brief: int, count: int) -> list[int]:
        return [int(row) for row in self.chance.permutation(list(self.scenes.rows_of(brief)))[:count]]

    def example(self, left: int, right: int, **fields: Any) -> Example:
        known = {"p_left": 0.5, "pair_weight": 0.0, "both_bad": 0.0, "anchor_left": 0.0, "anchor_right": 0.0}
        values: dict[str, Any] = {**known, "label_noise": 1 - PRIOR_RELIABILITY, **fields}
        sides = name_of(left), name_of(right)
        return Example(left // self.scenes.each, self.scenes.captions[left], *sides, **values)

    def rankings(self, count: int) -> list[Example]:
        made = []
        for brief in self.briefs[:count]:
            rows = self.some(brief, RANKED)
            order = [rows[k] for k in np.argsort(-self.scores_seen(rows))]
            share = 2 / RANKED
            made += [
                self.example(a, b, p_left=1.0, pair_weight=share, choices=share) for a, b in combinations(order, 2)
            ]
        return made

    def stars(self, count: int) -> list[Example]:
        """Three takes each of so many briefs."""
        made = []
        for brief in self.briefs[:count]:
            rows = self.some(brief, 3)
            given = np.clip(np.round(3 + 1.2 * self.scores_seen(rows)), 1, 5)
            for (a, one), (b, other) in combinations(zip(rows, given, strict=True), 2):
                p_left = 1 / (1 + exp(-(one - other)))
                if one != other:
                    made.append(self.example(a, b, p_left=p_left, pair_weight=DEFAULTS.star_weight, compared=False))
        return made

    def both_bad(self, count: int) -> list[Example]:
        made = []
        for brief in self.briefs * 4:
            rows = self.some(brief, 2)
            if self.scores_seen(rows).max() < BAD:
                made.append(self.example(*rows, both_bad=1.0))
        return made[:count]

    def circles(self, count: int) -> list[Example]:
        made = []
        for brief in self.briefs[:count]:
            rows = list(self.scenes.rows_of(brief))
            best = rows[int(np.argmax(self.scores_seen(rows)))]
            made.append(self.example(best, best, anchor_left=1.0, compared=False))
        return made

    def tags(self, count: int) -> list[Example]:
        made = []
        for brief in self.briefs:
            (row,) = self.some(brief, 1)
            if self.scores_seen([row])[0] < BAD:
                made.append(self.example(row, row, both_bad=1.0, compared=False, tagged=True))
        return made[:count]


SIGNALS: dict[str, tuple[Callable[[Person, int], list[Example]], int]] = {
    "rankings": (Person.rankings, 12),
    "stars": (Person.stars, 20),
    "both_bad": (Person.both_bad, 30),
    "circles": (Person.circles, 40),
    "tags": (Person.tags, 30),
}
"""How each is given, and how many: about as long as 50 more pairs take."""


def measure(options: argparse.Namespace, scenes: Scenes, taste: str) -> dict[str, Any]:
    learn, scores = product_learner(options.groups), scores_of(scenes, taste)
    base = deal(scenes, scores, JUDGED, options.pairs + options.more, options.label_noise, options.verdicts)
    pairs = examples_of(scenes, base)
    unseen = deal(scenes, scores, UNSEEN, 500, 0.0, options.verdicts)
    person = Person(scenes, taste, options.verdicts)
    given = {name: give(person, count) for name, (give, count) in SIGNALS.items()}
    first = pairs[: options.pairs]
    sets = {"pairs_alone": first, **{f"with_{name}": [*first, *extra] for name, extra in given.items()}}
    sets["with_all"] = [*first, *(example for extra in given.values() for example in extra)]
    sets["more_pairs"] = pairs
    accuracy = {name: round(accuracy_of(learn(scenes, some).reward, unseen), 4) for name, some in sets.items()}
    return {"taste": taste, "verdicts": options.verdicts, "pairs": options.pairs, **accuracy}


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.signals", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tastes", type=lambda text: text.split(","), default=list(TASTES))
    parser.add_argument("--pairs", type=int, default=100, help="judged whatever else is")
    parser.add_argument("--more", type=int, default=50, help="pairs in the place of other signals")
    parser.add_argument("--coarse", action="store_true", help="without hidden states of 8 by 8 parts, in half the time")
    parser.add_argument("--label-noise", type=float, default=0.08)
    parser.add_argument("--captions", type=int, default=125, help="whose renders are judged")
    parser.add_argument("--unseen", type=int, default=125, help="captions of the unseen pairs")
    parser.add_argument("--renders", type=int, default=8, help="of each caption")
    parser.add_argument("--seed", type=int, default=0, help="of scenes")
    parser.add_argument("--verdicts", type=int, default=0, metavar="SEED", help="of what is judged, and the noise")
    parser.add_argument("--work", help="keep the renders' latents in this folder")
    parser.add_argument("--json", action="store_true", help="a line for each taste")
    options = parser.parse_args(words)
    unknown = [taste for taste in options.tastes if taste not in TASTES]
    if unknown:
        parser.error(f"no taste {unknown[0]!r}; give some of {', '.join(TASTES)}")
    return options


def as_text(results: Sequence[dict[str, Any]]) -> str:
    names = [name for name in results[0] if name.startswith("with_") or name in ("pairs_alone", "more_pairs")]
    lines = [["taste", *names]]
    lines += [[each["taste"], *(f"{100 * each[name]:.1f}" for name in names)] for each in results]
    means = [100 * float(np.mean([each[name] for each in results])) for name in names]
    lines.append(["mean", *(f"{mean:.1f}" for mean in means)])
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def main(words: Sequence[str] | None = None) -> int:
    options, results = parse(words), []
    with tempfile.TemporaryDirectory(prefix="circletake-signals-") as folder:
        options.work = options.work or folder
        try:
            scenes = make_scenes(options)
            options.groups = {**measured_groups(scenes), **make_states(options, scenes)}
            if options.coarse:
                del options.groups["states_8x8"]
            for taste in tqdm(options.tastes, desc="tastes", file=sys.stderr, disable=None):
                results.append(measure(options, scenes, taste))
                if options.json:
                    print(json.dumps(results[-1]), flush=True)
        except Invalid as error:
            print(error, file=sys.stderr)
            return 1
    if not options.json:
        print(as_text(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
