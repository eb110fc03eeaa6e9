"""`python -m benchmarks.each_person`: progress on stderr, results on stdout."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

import benchmarks.each_person
from benchmarks.each_person.panels import CARELESS, CONTRARY, Judge, judged_by, panel_of, scores
from benchmarks.reward_accuracy.__main__ import accuracy_of
from benchmarks.reward_accuracy.judging import UNSEEN, deal, name_of
from benchmarks.reward_accuracy.learners import judged_rows, measured_groups, product_learner
from benchmarks.reward_accuracy.renders import Scenes, make_scenes
from benchmarks.reward_accuracy.states import make_states
from feedback.errors import Invalid
from finetune.data.examples import Example
from finetune.reward.features.sets import Groups
from finetune.reward.people.panel import Panel, fit_panel
from finetune.reward.people.standing import standings

PANELS = (
    "6xwarm",
    "3xwarm,3xlow_horizon",
    "4xwarm,2x-warm",
    "3xsubject_left,3xbarred",
    "5xcontrasty,1xoff_centre",
    "3xwarm+subject_left,3xwarm-barred",
    "1xmuted,1xlow_horizon,1xsubject_left,1xbarred",
)
"""One taste; two of one kind; opposite ones; of composition and of look; one who differs; a part in common; each their own."""


def measure(options: argparse.Namespace, scenes: Scenes, groups: Groups, text: str, judgements: int) -> dict[str, Any]:
    panel = panel_of(text)
    if options.odd:
        panel += [Judge(panel[0].taste, CONTRARY), Judge(panel[0].taste, CARELESS)]
    judged = judged_by(scenes, panel, judgements, options.label_noise, options.verdicts)
    everything = [example for each in judged for example in each]
    pooled, pooled_seconds = timed(lambda: product_learner(groups)(scenes, everything).reward)
    shared, seconds = timed(lambda: shared_fit(scenes, groups, everything))
    fit = shared.best
    steady = [person for person, judge in enumerate(panel) if judge.manner not in (CONTRARY, CARELESS)]
    rewards = {"pooled": [pooled] * len(panel), "shared": list(fit.rewards(groups).numpy())}
    if not options.without_apart:
        rewards["apart"] = [product_learner(groups)(scenes, each).reward for each in judged]
    accuracy = {
        name: [
            accuracy_of(by[person], unseen_pairs(options, scenes, panel[person]))
            for person in steady
            if person < len(by)
        ]
        for name, by in rewards.items()
    }
    return {
        "panel": text,
        "judgements": judgements,
        "verdicts": options.verdicts,
        **{name: round(float(np.mean(values)), 4) for name, values in accuracy.items()},
        "of_each": {name: [round(value, 3) for value in values] for name, values in accuracy.items()},
        "level": fit.level,
        "features": fit.features,
        "kinds": [each.kind for each in standings(shared, judged_groups(groups, everything))],
        "odd": options.odd,
        "seconds": {"pooled": round(pooled_seconds, 1), "shared": round(seconds, 1)},
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return work(), time.monotonic() - began


def unseen_pairs(options: argparse.Namespace, scenes: Scenes, judge: Judge) -> Any:
    return deal(scenes, scores(scenes, judge.taste), UNSEEN, options.unseen_pairs, 0.0, options.verdicts)


@torch.no_grad()
def shared_fit(scenes: Scenes, groups: Groups, examples: list[Example]) -> Panel:
    rows = judged_rows(examples)
    panel = fit_panel(examples, judged_groups(groups, examples), [name_of(row) for row in rows], scenes.brief[rows])
    if panel is None:
        raise Invalid("nobody judged enough: give more --judgements or a panel of two or more")
    return panel


def judged_groups(groups: Groups, examples: list[Example]) -> Groups:
    rows = judged_rows(examples)
    return {name: values[rows] for name, values in groups.items()}


def as_text(results: Sequence[dict[str, Any]]) -> str:
    lines = [["panel", "each judged", "pooled", "apart", "shared", "seen in", "found"]]
    for each in results:
        shares = [f"{100 * each[name]:.1f}" if name in each else "-" for name in ("pooled", "apart", "shared")]
        chosen = f"{each['features']} ({each['level']})"
        lines.append([each["panel"], str(each["judgements"]), *shares, chosen, " ".join(each["kinds"])])
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.each_person",
        description=benchmarks.each_person.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--panels", action="append", metavar="PANEL", help="may be repeated")
    parser.add_argument("--judgements", type=lambda text: [int(each) for each in text.split(",")], default=[20, 60])
    parser.add_argument("--odd", action="store_true", help="one contrary and one careless person more")
    parser.add_argument("--without-apart", action="store_true", help="leave out what takes longest")
    parser.add_argument("--label-noise", type=float, default=0.08, help="share of verdicts given the wrong way round")
    parser.add_argument("--captions", type=int, default=125, help="whose renders are judged")
    parser.add_argument("--unseen", type=int, default=125, help="captions of the unseen pairs")
    parser.add_argument("--renders", type=int, default=8, help="of each caption")
    parser.add_argument("--unseen-pairs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="of scenes")
    parser.add_argument("--verdicts", type=int, default=0, metavar="SEED", help="of pairs and their verdicts")
    parser.add_argument("--work", help="keep the renders' latents in this folder")
    parser.add_argument("--json", action="store_true", help="a line each")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    options, results = parse(words), []
    with tempfile.TemporaryDirectory(prefix="circletake-each-person-") as folder:
        options.work = options.work or folder
        try:
            scenes = make_scenes(options)
            groups = {**measured_groups(scenes), **make_states(options, scenes)}
            for text in options.panels or PANELS:
                for judgements in options.judgements:
                    results.append(measure(options, scenes, groups, text, judgements))
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
