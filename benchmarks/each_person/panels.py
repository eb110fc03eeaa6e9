"""Panels of simulated people, and their verdicts on pairs of renders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.house_style.metrics import within_prompt_std
from benchmarks.reward_accuracy.judging import JUDGED, deal, examples_of
from benchmarks.reward_accuracy.renders import TASTES, Scenes, scores_of
from feedback.errors import Invalid
from finetune.data.examples import Example, Vote

STEADY, CONTRARY, CARELESS = "steady", "contrary", "careless"


@dataclass(frozen=True)
class Judge:
    """A simulated person: a taste as an expression over names of tastes, and what they do to their verdicts."""

    taste: str
    manner: str = STEADY


def panel_of(text: str) -> list[Judge]:
    """From `3xwarm,-low_horizon`; Invalid names a taste that there is not."""
    panel = []
    for part in text.split(","):
        number, _times, taste = part.rpartition("x") if part.partition("x")[0].isdigit() else ("1", "x", part)
        for _, name in terms_of(taste):
            if name not in TASTES:
                raise Invalid(f"no taste {name!r} in panel {text!r}; there are {', '.join(TASTES)}")
        panel += [Judge(taste)] * int(number)
    return panel


def terms_of(taste: str) -> list[tuple[float, str]]:
    """(sign, name) of each term of an expression such as `warm-barred`."""
    spaced = taste.replace("-", " -").replace("+", " +").split()
    return [(-1.0 if term.startswith("-") else 1.0, term.lstrip("+-")) for term in spaced]


def scores(scenes: Scenes, taste: str) -> np.ndarray:
    """Of every render, in within-prompt standard deviations, [C x T]."""
    total = sum(sign * scores_of(scenes, name) for sign, name in terms_of(taste))
    by_caption = np.asarray(total).reshape(-1, scenes.each)
    return np.asarray(total) / within_prompt_std(by_caption[~np.isnan(by_caption).any(axis=1)])


def judged_by(
    scenes: Scenes, panel: Sequence[Judge], judgements: int, label_noise: float, seed: int
) -> list[list[Example]]:
    """Each person's verdicts on pairs dealt to them alone."""
    noise = {STEADY: label_noise, CONTRARY: 1 - label_noise, CARELESS: 0.5}
    made = []
    for person, judge in enumerate(panel):
        own_seed = 1000 * seed + person
        pairs = deal(scenes, scores(scenes, judge.taste), JUDGED, judgements, noise[judge.manner], own_seed)
        examples = examples_of(scenes, pairs)
        made.append([replace(each, votes=(Vote(person, each.p_left, 1.0),)) for each in examples])
    return made
