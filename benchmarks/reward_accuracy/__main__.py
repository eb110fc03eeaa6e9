"""`python -m benchmarks.reward_accuracy`: progress on stderr, results on stdout."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

import benchmarks.reward_accuracy
from benchmarks.reward_accuracy import pointing
from benchmarks.reward_accuracy.judging import JUDGED, UNSEEN, accuracy_of, deal, examples_of
from benchmarks.reward_accuracy.learners import PRODUCT, learners_of
from benchmarks.reward_accuracy.renders import NOT_RENDERED, SUBJECTS, TASTES, make_scenes, scores_of
from feedback.errors import Invalid


def measure(options: argparse.Namespace) -> dict[str, Any]:
    scenes = make_scenes(options)
    learners = learners_of(options, scenes)
    results: dict[str, dict[str, Any]] = {name: {"accuracy": {}, "chosen": {}} for name in learners}
    for taste in tqdm(options.tastes or TASTES, desc="tastes", file=sys.stderr, disable=None):
        scores = scores_of(scenes, taste)
        judged = deal(scenes, scores, JUDGED, options.pairs, options.label_noise, options.seed)
        unseen = deal(scenes, scores, UNSEEN, options.pairs, 0.0, options.seed)
        examples = examples_of(scenes, judged)
        for name, learn in learners.items():
            learned = learn(scenes, examples)
            results[name]["accuracy"][taste] = round(accuracy_of(learned.reward, unseen), 4)
            results[name]["chosen"][taste] = learned.chosen
    for each in results.values():
        each["mean"] = round(float(np.mean(list(each["accuracy"].values()))), 4)
    return {
        "benchmark": "reward_accuracy",
        "pairs": options.pairs,
        "label_noise": options.label_noise,
        "captions": [options.captions, options.unseen],
        "renders": options.renders,
        "seed": options.seed,
        "not_rendered": NOT_RENDERED,
        "learners": results,
    }


def as_text(result: dict[str, Any]) -> str:
    learners = result["learners"]
    lines = [["unseen pairs ordered rightly, %", *learners, f"chosen by {PRODUCT}"]]
    for taste in learners[PRODUCT]["accuracy"]:
        shares = [f"{100 * each['accuracy'][taste]:.1f}" for each in learners.values()]
        lines.append([taste, *shares, learners[PRODUCT]["chosen"][taste]])
    lines.append(["mean", *(f"{100 * each['mean']:.1f}" for each in learners.values()), ""])
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    rows = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*rows, f"not rendered within one caption yet: {', '.join(result['not_rendered'])}"])


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reward_accuracy",
        description=benchmarks.reward_accuracy.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--tastes", type=lambda text: text.split(","), help="of all, or some of them")
    parser.add_argument("--pointing", action="store_true", help="what boxes around the subject are worth, instead")
    parser.add_argument(
        "--judgements", type=counts, default=pointing.JUDGEMENTS, help="with --pointing: how many, N,N,..."
    )
    parser.add_argument("--pointed", type=float, default=1.0, metavar="SHARE", help="of the verdicts come with a box")
    parser.add_argument("--features", action="append", default=[], metavar="FILE.py:FUNCTION", help="may be repeated")
    parser.add_argument("--captions", type=int, default=125, help="whose renders are judged")
    parser.add_argument("--unseen", type=int, default=125, help="captions of the unseen pairs")
    parser.add_argument("--renders", type=int, default=8, help="of each caption")
    parser.add_argument("--pairs", type=int, default=500, help="judged, and unseen")
    parser.add_argument("--label-noise", type=float, default=0.08, help="share of verdicts given the wrong way round")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", help="keep the renders' latents in this folder")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    known = (*TASTES, *SUBJECTS) if options.pointing else TASTES
    unknown = [taste for taste in options.tastes or () if taste not in known]
    if unknown:
        parser.error(f"no taste {unknown[0]!r}; give some of {', '.join(known)}")
    return options


def counts(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(word) for word in text.split(",")))


def main(words: Sequence[str] | None = None) -> int:
    options = parse(words)
    with tempfile.TemporaryDirectory(prefix="circletake-reward-accuracy-") as folder:
        options.work = options.work or folder
        try:
            result = pointing.measure_pointing(options) if options.pointing else measure(options)
        except Invalid as error:
            print(error, file=sys.stderr)
            return 1
    in_words = pointing.as_text if options.pointing else as_text
    print(json.dumps(result) if options.json else in_words(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
